/** What a container has moved so far, where no cgroup counts it: bytes of its network, bytes its processes read and wrote. */
import { parseNetDev } from '../src/kernel/proc/net-dev.ts';
import { parsePidIo } from '../src/kernel/proc/pid-io.ts';
import {
  type Fact,
  factOf,
  isUnknown,
  known,
  mapFact,
  type Reading,
  type Unknown,
} from '../src/kernel/reading.ts';
import type { NamespaceInodes, ProcessFacts, Traffic } from '../src/model/sample.ts';
import { clockUsec, type KernelFiles } from '../src/sys/kernel-files.ts';
import type { Collector } from './collector.ts';
import { parsed } from './parsed.ts';

export interface TrafficQuestion {
  readonly key: string;
  readonly init: ProcessFacts;
  readonly pids: readonly number[];
  /** It has no cgroup of its own: its processes' I/O is all there is. */
  readonly wantsProcessIo: boolean;
}

export interface TrafficInput {
  readonly questions: readonly TrafficQuestion[];
  readonly host: NamespaceInodes;
}

export const traffic: Collector<TrafficInput, Map<string, Traffic>> = {
  id: 'traffic',
  reads: ['/proc/PID/net/dev', '/proc/PID/io'],
  needs: ['CAP_SYS_PTRACE'],
  tier: 'counters',
  collect(files, { questions, host }) {
    const found = new Map<string, Traffic>();
    for (const { key, init, pids, wantsProcessIo } of questions) {
      found.set(key, {
        net: privateNet(init, host) ? netTotals(files, init.pid) : undefined,
        ...(wantsProcessIo && { processIo: processIo(files, pids) }),
      });
    }
    return found;
  },
};

function privateNet(init: ProcessFacts, host: NamespaceInodes): boolean {
  const net = known(init.namespaces)?.net;
  return net !== undefined && net !== host.net;
}

type Totals = Pick<Exclude<NonNullable<Traffic['net']>, Unknown>, 'rxBytes' | 'txBytes'>;

/** A reader that repeats gives the same reading for the same text: most containers move nothing from one second to the next. */
const totalsOf = new WeakMap<Reading<string>, Fact<Totals>>();

function netTotals(files: KernelFiles, pid: number): Traffic['net'] {
  const path = files.proc(`${pid}/net/dev`);
  const reading = files.again(path);
  const totals = totalsOf.has(reading) ? totalsOf.get(reading) : totalsIn(reading, path);
  totalsOf.set(reading, totals);
  const readAtUsec = files.readAtUsec(path);
  return totals === undefined || isUnknown(totals) ? totals : { ...totals, readAtUsec };
}

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
