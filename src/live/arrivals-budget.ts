/** How long a loop may be busy in each window of time; pure but for the clock. */
export class Budget {
  #windowSince = 0;
  #busyMs = 0;
  #begun = 0;

  constructor(
    readonly windowMs: number,
    readonly mostBusyMs: number,
    readonly now: () => number = () => performance.now(),
  ) {}

  begin(): void {
    this.#begun = this.now();
    if (this.#begun - this.#windowSince < this.windowMs) return;
    this.#windowSince = this.#begun;
    this.#busyMs = 0;
  }

  /** How long to rest now. */
  end(): number {
    const now = this.now();
    this.#busyMs += now - this.#begun;
    if (this.#busyMs < this.mostBusyMs) return 0;
    return Math.max(0, Math.ceil(this.#windowSince + this.windowMs - now));
  }
}
