/** What a container has moved so far, where no cgroup counts it: bytes of its network, bytes its processes read and wrote. */
import { parseNetDev } from '../src/kernel/proc/net-dev.ts';
import { parsePidIo } from '../src/kernel/proc/pid-io.ts';
import {
  type Fact,
  factOf,
  isKnown,
  isUnknown,
  known,
  mapFact,
  type Reading,
  type Unknown,
} from '../src/kernel/reading.ts';
import type { NamespaceInodes, ProcessFacts, Traffic } from '../src/model/sample.ts';
import { clockUsec, type FileWatch, type KernelFiles } from '../src/sys/kernel-files.ts';
import type { Collector } from './collector.ts';
import { IDLE_GOOD_FOR_MS } from './freshness.ts';
import { parsed } from './parsed.ts';

export interface TrafficQuestion {
  readonly key: string;
  readonly init: ProcessFacts;
  readonly pids: readonly number[];
  /** It has no cgroup of its own: its processes' I/O is all there is. */
  readonly wantsProcessIo: boolean;
  /** Processor time of its cgroup, read before in this round: while that stands still, its network hardly moves. */
  readonly usageFile: string | undefined;
}

export interface TrafficInput {
  readonly questions: readonly TrafficQuestion[];
  readonly host: NamespaceInodes;
}

export const traffic: Collector<TrafficInput, ReadonlyMap<string, Traffic>> = {
  id: 'traffic',
  reads: ['/proc/PID/net/dev', '/proc/PID/io'],
  needs: ['CAP_SYS_PTRACE'],
  tier: 'counters',
  collect(files, input) {
    return new RepeatedTraffic(files).read(input);
  },
};

interface KnownTraffic {
  readonly question: TrafficQuestion;
  readonly watch: FileWatch;
  readonly traffic: Traffic;
}

/** Traffic read again and again: that of a container which moved nothing since the last round stays as it is. */
export class RepeatedTraffic {
  #known = new Map<string, KnownTraffic>();
  #found = new Map<string, Traffic>();
  #questions: readonly TrafficQuestion[] | undefined;
  /** Some have files that nobody watches. */
  #isUnwatched = false;

  constructor(readonly files: KernelFiles) {}

  /** By key; the very same map as long as nothing in it is new. @param input with the same questions as before where nobody came or went */
  read({ questions, host }: TrafficInput): ReadonlyMap<string, Traffic> {
    let isNew = questions !== this.#questions;
    if (!isNew && !this.#isUnwatched && !this.files.hasNews()) return this.#found;
    if (isNew) this.#isUnwatched = questions.some(({ wantsProcessIo }) => wantsProcessIo);
    const known = isNew ? new Map<string, KnownTraffic>() : this.#known;
    for (const question of questions) {
      const before = this.#known.get(question.key);
      const isSame = before !== undefined && this.#isSame(before, question);
      if (!isSame) isNew = true;
      known.set(question.key, isSame ? before : this.#read(question, host, before));
    }
    if (!isNew) return this.#found;
    this.#known.forEach((each, key) => {
      if (known.get(key)?.watch !== each.watch) each.watch.stop();
    });
    this.#known = known;
    this.#questions = questions;
    this.#found = new Map();
    known.forEach(({ traffic: moved }, key) => {
      this.#found.set(key, moved);
    });
    return this.#found;
  }

  #isSame({ question, watch }: KnownTraffic, now: TrafficQuestion): boolean {
    return !now.wantsProcessIo && isSameQuestion(question, now) && watch.isSame();
  }

  #read(question: TrafficQuestion, host: NamespaceInodes, before: KnownTraffic | undefined): KnownTraffic {
    const { init, pids, wantsProcessIo, usageFile } = question;
    const isPrivate = privateNet(init, host);
    const net = isPrivate ? this.#netTotals(init.pid, usageFile) : undefined;
    const isBefore = before !== undefined && isSameQuestion(before.question, question);
    const path = netDev(this.files, init.pid);
    if (isBefore && isKnown(before.traffic.net))
      before.traffic.net.readAtUsec = this.files.readBeforeUsec(path) ?? before.traffic.net.readAtUsec;
    return {
      question,
      watch: isBefore ? before.watch : this.files.watch(isPrivate ? [path] : []),
      traffic: { net, ...(wantsProcessIo && { processIo: processIo(this.files, pids) }) },
    };
  }

  #netTotals(pid: number, usageFile: string | undefined): Traffic['net'] {
    const { files } = this;
    const path = netDev(files, pid);
    const idle = () => (usageFile === undefined ? {} : { leaders: [usageFile], goodForMs: IDLE_GOOD_FOR_MS });
    const totals = totalsIn(files.again(path, idle), path);
    return totals === undefined || isUnknown(totals)
      ? totals
      : { ...totals, readAtUsec: files.readAtUsec(path) };
  }
}

/** The same process in the same namespaces, and read in the same way. */
function isSameQuestion(a: TrafficQuestion, b: TrafficQuestion): boolean {
  return (
    a === b ||
    (a.init.pid === b.init.pid &&
      a.init.starttimeTicks === b.init.starttimeTicks &&
      known(a.init.namespaces)?.net === known(b.init.namespaces)?.net &&
      a.wantsProcessIo === b.wantsProcessIo &&
      a.usageFile === b.usageFile)
  );
}

function netDev(files: KernelFiles, pid: number): string {
  return files.proc(`${pid}/net/dev`);
}

function privateNet(init: ProcessFacts, host: NamespaceInodes): boolean {
  const net = known(init.namespaces)?.net;
  return net !== undefined && net !== host.net;
}

type Totals = Pick<Exclude<NonNullable<Traffic['net']>, Unknown>, 'rxBytes' | 'txBytes'>;

/** Of all devices but lo, which goes nowhere. */
function totalsIn(reading: Reading<string>, path: string): Fact<Totals> {
  return mapFact(factOf(parsed(reading, path, parseNetDev)), (devices) => {
    let [rxBytes, txBytes] = [0, 0];
    for (const device of devices) {
      if (device.name === 'lo') continue;
      rxBytes += Number(device.rxBytes);
      txBytes += Number(device.txBytes);
    }
    return { rxBytes, txBytes };
  });
}

function processIo(files: KernelFiles, pids: readonly number[]): Traffic['processIo'] {
  let readBytes = 0;
  let writeBytes = 0;
  for (const pid of pids) {
    const path = files.proc(`${pid}/io`);
    const io = factOf(parsed(files.again(path), path, parsePidIo));
    // One process that ended costs its share; one that may not be read makes the sum meaningless.
    if (isUnknown(io) && io.unknown !== 'gone') return io;
    const values = known(io);
    readBytes += Number(values?.readBytes ?? 0);
    writeBytes += Number(values?.writeBytes ?? 0);
  }
  return { readBytes, writeBytes, readAtUsec: clockUsec() };
}
