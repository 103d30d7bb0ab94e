/** Types of what tui/trouble.ts finds. */

/** `act`: something failed or is about to; `watch`: it could. */
export type TroubleLevel = 'act' | 'watch';

export interface Trouble {
  readonly level: TroubleLevel;
  /** The part of the row it shows in. */
  readonly about: 'memory' | 'cpu' | 'oom' | 'pressure' | 'state' | 'restart' | 'pids';
  readonly reason: string;
}

/** From here on it is to be watched, and from there on something must be done. */
export interface Thresholds {
  readonly watch: number;
  readonly act: number;
}

export function levelOf(value: number, { watch, act }: Thresholds): TroubleLevel | undefined {
  if (value >= act) return 'act';
  return value >= watch ? 'watch' : undefined;
}
