/** What was made last, for as long as all it was made of is the very same. Pure to look at. */

export class Last<T> {
  #of: readonly unknown[] | undefined;
  #made: { readonly value: T } | undefined;

  /** @param of everything that `make` makes it of and that can be another one the next time, as many each time */
  get(of: readonly unknown[], make: () => T): T {
    if (this.#made !== undefined && this.#of !== undefined && isSame(this.#of, of)) return this.#made.value;
    const value = make();
    this.#of = of;
    this.#made = { value };
    return value;
  }
}

/** The same in each place. */
export function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (!Object.is(a[i], b[i])) return false;
  return true;
}
