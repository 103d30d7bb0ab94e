/** The freezer of one cgroup, by v1's files or by v2's: what state it is in, whose wish that is, and changing the wish. Types only. */

export type FreezerState = 'thawed' | 'freezing' | 'frozen';

export interface Freezer {
  /** The file whose value is the wish, and what it says for each. A watchdog writes it. */
  readonly file: string;
  readonly values: { readonly frozen: string; readonly thawed: string };
  /** @throws {CgroupGoneError} */
  state(): FreezerState;
  /** Its own wish: what it would be if no cgroup above it were frozen. @throws {CgroupGoneError} */
  isWished(): boolean;
  /** @throws {CgroupGoneError | AccessDeniedError} */
  wish(frozen: boolean): void;
  /** Until the kernel says that the state may have changed, for at most so long. While a v1 cgroup freezes, it is asked to again. */
  wait(patienceMs: number): Promise<void>;
  close(): void;
}
