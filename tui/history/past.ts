/** What happened to one container while it was watched: OOM kills, restarts, and since when it is frozen. */
import { known } from '../../src/kernel/reading.ts';
import type { Container } from '../../src/model/host-model.ts';

export type PressureResource = 'cpu' | 'memory' | 'io';

export interface ContainerPast {
  readonly firstSeenMs: number;
  /** Of the time before Porthole watched it; undefined when the count could not be read. */
  readonly oomKillsBefore: number | undefined;
  readonly oomKillsSince: number;
  readonly lastOomMs?: number;
  /** The same container with another init that started later. */
  readonly restarts: number;
  readonly lastRestartMs?: number;
  /** Left out while it is not frozen, and when it was already frozen at first sight: nobody saw when that began. */
  readonly frozenSinceMs?: number;
  /** Its avg10 has at least doubled in half a minute, and is not small. Left out while there is nothing to compare with. */
  readonly psiRising: Readonly<Partial<Record<PressureResource, boolean>>>;
}

/** Start times are known to a tick, boot time to a second. */
const START_SLACK_MS = 1000;

/** Added to in place, by tui/history.ts alone. */
export class Watched {
  readonly #firstSeenMs: number;
  #seenMs: number;
  #init: string;
  #restarts = 0;
  #lastRestartMs: number | undefined;
  #oomKills: number | undefined;
  #oomKillsBefore: number | undefined;
  #oomKillsSince = 0;
  #lastOomMs: number | undefined;
  #isFrozen: boolean;
  #frozenSinceMs: number | undefined;

  /** @param watchingSinceMs what started later has no past that Porthole did not see */
  constructor(container: Container, atMs: number, watchingSinceMs: number) {
    this.#firstSeenMs = atMs;
    this.#seenMs = atMs;
    this.#init = initOf(container);
    this.#isFrozen = isFrozen(container);
    if (Date.parse(container.startedAt) > watchingSinceMs) {
      this.#oomKills = 0;
      this.#oomKillsBefore = 0;
    }
    this.#countOomKills(container, atMs);
  }

  see(container: Container, atMs: number): void {
    this.#countRestart(container, atMs);
    this.#countOomKills(container, atMs);
    const frozen = isFrozen(container);
    if (frozen && !this.#isFrozen) this.#frozenSinceMs = atMs;
    if (!frozen) this.#frozenSinceMs = undefined;
    this.#isFrozen = frozen;
    this.#seenMs = atMs;
  }

  /** The same as it was the last time. */
  seeAgain(atMs: number): void {
    this.#seenMs = atMs;
  }

  past(psiRising: ContainerPast['psiRising']): ContainerPast {
    return {
      firstSeenMs: this.#firstSeenMs,
      oomKillsBefore: this.#oomKillsBefore,
      oomKillsSince: this.#oomKillsSince,
      ...(this.#lastOomMs !== undefined && { lastOomMs: this.#lastOomMs }),
      restarts: this.#restarts,
      ...(this.#lastRestartMs !== undefined && { lastRestartMs: this.#lastRestartMs }),
      ...(this.#frozenSinceMs !== undefined && { frozenSinceMs: this.#frozenSinceMs }),
      psiRising,
    };
  }

  /** Without a pid namespace the oldest process counts as init: when it ends, the next oldest is no restart. */
  #countRestart(container: Container, atMs: number): void {
    const init = initOf(container);
    if (init === this.#init) return;
    this.#init = init;
    if (Date.parse(container.startedAt) < this.#seenMs - START_SLACK_MS) return;
    this.#restarts += 1;
    this.#lastRestartMs = atMs;
  }

  /** A count below the one before is of a cgroup made anew, and counts from 0. */
  #countOomKills({ memory }: Container, atMs: number): void {
    const kills = known(memory.oomKills);
    if (kills === undefined) return;
    const before = this.#oomKills;
    this.#oomKills = kills;
    if (before === undefined) {
      this.#oomKillsBefore ??= kills;
      return;
    }
    const added = kills < before ? kills : kills - before;
    if (added === 0) return;
    this.#oomKillsSince += added;
    this.#lastOomMs = atMs;
  }
}

function initOf({ initPid, initStarttimeTicks }: Container): string {
  return `${initPid}/${initStarttimeTicks}`;
}

function isFrozen({ state }: Container): boolean {
  return state === 'frozen' || state === 'freezing';
}
