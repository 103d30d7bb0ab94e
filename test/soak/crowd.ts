/**
 * Containers that can be told apart on a screen: the name of each says how many processes it has, and each has a memory limit
 * of its own. Some stay; others start five times a second and end after a few seconds, so that as many end.
 */
import { setMaxListeners } from 'node:events';
import { type Load, startHost } from '../load/load.ts';
import { asleep, asleepUntil } from './asleep.ts';

export const STARTS_PER_SECOND = 5;
const SHORTEST_LIFE_MS = 200;
const LONGEST_LIFE_MS = 4000;
const MOST_SHORT_PROCESSES = 24;
/** From here on the limit of each is written as a whole number: `137M`. */
const LEAST_LIMIT_MIB = 101;
const LIMITS = 800;
/** Names begin with two digits, at which those that come and go are sorted between those that stay. */
const RANKS = 100;

export interface Member {
  readonly name: string;
  readonly stays: boolean;
  readonly processes: number;
  readonly limitMib: number;
  /** When all of it was there: its name is seen a moment before its cgroups are. */
  madeMs?: number;
  /** Since when its end was on its way, as performance.now() counts, and when it had come. */
  endingMs?: number;
  endedMs?: number;
}

export class Crowd {
  /** Everybody who ever was, by name. */
  readonly members = new Map<string, Member>();
  readonly #staying: Load[] = [];
  #count = 0;

  static async start(staying: number): Promise<Crowd> {
    const crowd = new Crowd();
    try {
      for (let i = 0; i < staying; i += 1) {
        const rank = Math.floor((i * RANKS) / staying);
        const member = crowd.#member(rank, true, i + 2);
        crowd.#staying.push(await startHost(loadOf(member)));
      }
    } catch (error) {
      await crowd.stop();
      throw error;
    }
    return crowd;
  }

  get staying(): Member[] {
    return [...this.members.values()].filter(({ stays }) => stays);
  }

  get passing(): Member[] {
    return [...this.members.values()].filter(({ stays }) => !stays);
  }

  /** Until `signal`; resolves when those that came are gone. @throws when one could not be made or unmade */
  async churn(signal: AbortSignal): Promise<void> {
    const startedMs = performance.now();
    const failed = new AbortController();
    const over = AbortSignal.any([signal, failed.signal]);
    // Everybody alive listens.
    setMaxListeners(0, over);
    const lives: Promise<void>[] = [];
    for (let n = 0; ; n += 1) {
      await asleepUntil(startedMs + (n * 1000) / STARTS_PER_SECOND, over);
      if (over.aborted) break;
      const life = this.#oneLife(over);
      life.catch(() => failed.abort());
      lives.push(life);
    }
    await Promise.allSettled(lives);
    await Promise.all(lives);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#staying.splice(0).map((load) => load.stop()));
  }

  async #oneLife(signal: AbortSignal): Promise<void> {
    const processes = 1 + Math.floor(Math.random() * MOST_SHORT_PROCESSES);
    const member = this.#member(Math.floor(Math.random() * RANKS), false, processes);
    const load = await startHost(loadOf(member));
    member.madeMs = performance.now();
    await asleep(SHORTEST_LIFE_MS + Math.random() * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS), signal);
    member.endingMs = performance.now();
    await load.stop();
    member.endedMs = performance.now();
  }

  #member(rank: number, stays: boolean, processes: number): Member {
    this.#count += 1;
    const name = `${String(rank).padStart(2, '0')}-${stays ? 'still' : 'short'}-${this.#count}-${processes}`;
    const member = { name, stays, processes, limitMib: LEAST_LIMIT_MIB + (this.#count % LIMITS) };
    this.members.set(name, member);
    return member;
  }
}

function loadOf({ name, processes, limitMib }: Member) {
  return { processes, containers: 1, name, memoryMib: limitMib };
}
