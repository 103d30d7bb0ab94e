/** What is read once per container rather than per process: argv and hostname, network totals, I/O of its processes. */
import { parseEnviron } from '../src/kernel/proc/environ.ts';
import { parseNetDev } from '../src/kernel/proc/net-dev.ts';
import { parsePidIo } from '../src/kernel/proc/pid-io.ts';
import { type Fact, factOf, isUnknown, known, mapFact } from '../src/kernel/reading.ts';
import type { InitFacts, NamespaceInodes, ProcessFacts } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { hostnamesInside } from '../src/sys/uts.ts';
import { bytesOf, cmdlineOf } from './cmdline.ts';
import type { Collector } from './collector.ts';
import { parsed } from './parsed.ts';

export interface InitQuestion {
  readonly key: string;
  readonly init: ProcessFacts;
  readonly pids: readonly number[];
  /** Ask its environment what made it: only where nothing above it says. */
  readonly wantsEnviron: boolean;
  /** It has no cgroup of its own: its processes' I/O is all there is. */
  readonly wantsProcessIo: boolean;
}

export interface InitsInput {
  readonly questions: readonly InitQuestion[];
  readonly host: NamespaceInodes;
  readonly hostname: string;
}

const ENVIRON_CAP_BYTES = 32 * 1024;

export const inits: Collector<InitsInput, Map<string, InitFacts>> = {
  id: 'inits',
  reads: ['/proc/PID/cmdline', '/proc/PID/environ', '/proc/PID/net/dev', '/proc/PID/io', '/proc/PID/ns/uts'],
  needs: ['CAP_SYS_PTRACE', 'CAP_SYS_ADMIN'],
  tier: 'arrivals',
  collect(files, { questions, host, hostname }) {
    const hostnames = hostnamesOf(files, questions, host, hostname);
    const found = new Map<string, InitFacts>();
    for (const question of questions) {
      const { key, init } = question;
      const cmdline = cmdlineOf(files, init);
      found.set(key, {
        argv: mapFact(cmdline, ({ argv }) => argv),
        ...(known(cmdline)?.truncated === true && { argvTruncated: true }),
        hostname: hostnames.get(key),
        environContainer: question.wantsEnviron ? environContainer(files, init) : undefined,
        net: privateNet(init, host) ? netTotals(files, init.pid) : undefined,
        ...(question.wantsProcessIo && { processIo: processIo(files, question.pids) }),
      });
    }
    return found;
  },
};

function privateNet(init: ProcessFacts, host: NamespaceInodes): boolean {
  const net = known(init.namespaces)?.net;
  return net !== undefined && net !== host.net;
}

/** One visit per uts namespace, however many containers share it. */
function hostnamesOf(
  files: KernelFiles,
  questions: readonly InitQuestion[],
  host: NamespaceInodes,
  hostname: string,
): Map<string, Fact<string>> {
  const names = new Map<string, Fact<string>>();
  const visits = new Map<number, string>();
  for (const { key, init } of questions) {
    if (isUnknown(init.namespaces)) names.set(key, init.namespaces);
    const uts = known(init.namespaces)?.uts;
    if (uts === undefined) continue;
    if (uts === host.uts) names.set(key, hostname);
    else if (!visits.has(uts)) visits.set(uts, files.proc(`${init.pid}/ns/uts`));
  }
  const answers = hostnamesInside([...visits.values()]);
  const byNamespace = new Map([...visits.keys()].map((uts, index) => [uts, answers[index]]));
  for (const { key, init } of questions) {
    const answer = byNamespace.get(known(init.namespaces)?.uts ?? -1);
    if (answer !== undefined) names.set(key, factOf(answer));
  }
  return names;
}

function environContainer(files: KernelFiles, { pid, state }: ProcessFacts): Fact<string> {
  const path = files.proc(`${pid}/environ`);
  const environ = factOf(parsed(bytesOf(files, path, state, ENVIRON_CAP_BYTES), path, parseEnviron));
  return isUnknown(environ) ? environ : environ?.get('container');
}

function netTotals(files: KernelFiles, pid: number): InitFacts['net'] {
  const path = files.proc(`${pid}/net/dev`);
  const devices = factOf(parsed(files.text(path), path, parseNetDev));
  const readAtUsec = Math.round(performance.now() * 1000);
  if (devices === undefined || isUnknown(devices)) return devices;
  const outside = devices.filter((device) => device.name !== 'lo');
  const sum = (pick: (device: (typeof outside)[number]) => number | bigint) =>
    outside.reduce((total, device) => total + Number(pick(device)), 0);
  return { rxBytes: sum((device) => device.rxBytes), txBytes: sum((device) => device.txBytes), readAtUsec };
}

function processIo(files: KernelFiles, pids: readonly number[]): InitFacts['processIo'] {
  let readBytes = 0;
  let writeBytes = 0;
  for (const pid of pids) {
    const path = files.proc(`${pid}/io`);
    const io = factOf(parsed(files.text(path), path, parsePidIo));
    // One process that ended costs its share; one that may not be read makes the sum meaningless.
    if (isUnknown(io) && io.unknown !== 'gone') return io;
    const values = known(io);
    readBytes += Number(values?.readBytes ?? 0);
    writeBytes += Number(values?.writeBytes ?? 0);
  }
  return { readBytes, writeBytes, readAtUsec: Math.round(performance.now() * 1000) };
}
