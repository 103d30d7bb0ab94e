/**
 * The four answers that one look at the kernel can give, never folded into 0, "" or null. Lowest layer: pure.
 * `Reading` is what readers return; `Fact` is how the model and its JSON carry the same answer.
 */

/**
 * - `absent`: the thing does not exist or does not apply here (ENOENT on a file that need not be there)
 * - `denied`: the kernel refused (EACCES, EPERM)
 * - `unsupported`: this kernel or controller cannot say (EOPNOTSUPP, EINVAL, ENOSYS)
 * - `gone`: it vanished while we looked (ESRCH, ENODEV)
 */
export type WhyNot = 'absent' | 'denied' | 'unsupported' | 'gone';

export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: WhyNot; readonly path: string; readonly errno: string };

export type FailedReading = Extract<Reading<never>, { ok: false }>;

/** A field that could not be read, exactly as it appears in JSON. */
export interface Unknown {
  readonly unknown: 'denied' | 'unsupported' | 'gone';
  readonly path: string;
  readonly errno: string;
}

/** A value, or why it is not known. Absent is `undefined`: the field is left out. */
export type Fact<T> = T | Unknown | undefined;

export function ok<T>(value: T): Reading<T> {
  return { ok: true, value };
}

export function isUnknown(fact: unknown): fact is Unknown {
  return typeof fact === 'object' && fact !== null && 'unknown' in fact && 'errno' in fact;
}

export function isKnown<T>(fact: Fact<T>): fact is T {
  return fact !== undefined && !isUnknown(fact);
}

/** The value when there is one, else undefined: for sorting and arithmetic that skip what is not known. */
export function known<T>(fact: Fact<T>): T | undefined {
  return isKnown(fact) ? fact : undefined;
}

export function factOf<T>(reading: Reading<T>): Fact<T> {
  if (reading.ok) return reading.value;
  if (reading.why === 'absent') return undefined;
  return { unknown: reading.why, path: reading.path, errno: reading.errno };
}

/** One check guards several files, and this one was not even tried when the first was refused. */
export function refusedAsWell(unknown: Unknown, path: string): Unknown {
  return { ...unknown, path };
}

export function mapReading<T, U>(reading: Reading<T>, use: (value: T) => U): Reading<U> {
  return reading.ok ? { ok: true, value: use(reading.value) } : reading;
}

export function mapFact<T, U>(fact: Fact<T>, use: (value: T) => U): Fact<U> {
  if (fact === undefined) return undefined;
  return isUnknown(fact) ? fact : use(fact);
}
