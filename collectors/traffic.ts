/** What a container has moved so far, where no cgroup counts it: bytes of its network, bytes its processes read and wrote. */
import { parseNetDev } from '../src/kernel/proc/net-dev.ts';
import { parsePidIo } from '../src/kernel/proc/pid-io.ts';
import { factOf, isUnknown, known } from '../src/kernel/reading.ts';
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

function netTotals(files: KernelFiles, pid: number): Traffic['net'] {
  const path = files.proc(`${pid}/net/dev`);
  const devices = factOf(parsed(files.again(path), path, parseNetDev));
  const readAtUsec = files.readAtUsec(path);
  if (devices === undefined || isUnknown(devices)) return devices;
  const outside = devices.filter((device) => device.name !== 'lo');
  const sum = (pick: (device: (typeof outside)[number]) => number | bigint) =>
    outside.reduce((total, device) => total + Number(pick(device)), 0);
  return { rxBytes: sum((device) => device.rxBytes), txBytes: sum((device) => device.txBytes), readAtUsec };
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
