/** Open descriptors, threads and memory of a process from time to time, and whether they stay flat. */
import { readdirSync, readFileSync } from 'node:fs';
import { median } from '../bench/figures.ts';
import type { Check } from './soak.ts';

const WARM_UP_SECONDS = 10;
const WINDOW_SECONDS = 15;
const DESCRIPTOR_SLACK = 3;
const MOST_GROWTH = 1.2;

export interface Vital {
  readonly atSecond: number;
  readonly descriptors: number;
  readonly threads: number;
  readonly rssMib: number;
  /** Its own heaps, stacks and buffers: what no file lies behind, and no other process shares. */
  readonly ownMib: number;
}

export class Vitals {
  readonly seen: Vital[] = [];

  constructor(readonly pid: number) {}

  /** @throws when the process is gone */
  look(atSecond: number): void {
    this.seen.push(this.now(atSecond));
  }

  /** @throws when the process is gone */
  now(atSecond: number): Vital {
    const memory = readFileSync(`/proc/${this.pid}/smaps_rollup`, 'utf8');
    return {
      atSecond,
      descriptors: readdirSync(`/proc/${this.pid}/fd`).length,
      threads: readdirSync(`/proc/${this.pid}/task`).length,
      rssMib: mib(memory, /^Rss:\s+(\d+) kB$/m),
      ownMib: mib(memory, /^Anonymous:\s+(\d+) kB$/m),
    };
  }

  /** The first window after warming up against the last one; both shrink with a short soak. */
  checks(seconds: number): Check[] {
    const warmUp = Math.min(WARM_UP_SECONDS, seconds / 2);
    const window = Math.min(WINDOW_SECONDS, (seconds - warmUp) / 2);
    const first = this.seen.filter(({ atSecond }) => atSecond >= warmUp && atSecond < warmUp + window);
    const last = this.seen.filter(({ atSecond }) => atSecond >= seconds - window);
    const [before, after] = [first, last].map((looks) => ({
      descriptors: median(looks.map((look) => look.descriptors)),
      rssMib: median(looks.map((look) => look.rssMib)),
    }));
    if (before === undefined || after === undefined) throw new Error('no looks at the process');
    return [
      {
        what: 'open descriptors stay the same',
        passed: Math.abs(after.descriptors - before.descriptors) <= DESCRIPTOR_SLACK,
        detail: `${before.descriptors} after warming up, ${after.descriptors} at the end`,
      },
      {
        what: 'resident memory stays flat',
        passed: after.rssMib < before.rssMib * MOST_GROWTH,
        detail: `${before.rssMib.toFixed(1)} MiB after warming up, ${after.rssMib.toFixed(1)} MiB at the end, most ${Math.max(...this.seen.map(({ rssMib }) => rssMib)).toFixed(1)} MiB`,
      },
    ];
  }
}

function mib(text: string, line: RegExp): number {
  const kib = line.exec(text)?.[1];
  if (kib === undefined) throw new Error(`smaps_rollup has no ${line.source}`);
  return Number(kib) / 1024;
}
