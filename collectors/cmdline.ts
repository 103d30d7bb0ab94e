/**
 * argv and environ of processes. They lie in the process's own memory and are its own to rewrite: a part of them is kept,
 * and who reads them waits for its mmap lock and its pages, so that all of a host are read together and guarded.
 */
import { parseCmdline } from '../src/kernel/proc/cmdline.ts';
import { parseEnviron } from '../src/kernel/proc/environ.ts';
import { type Fact, factOf, type Reading } from '../src/kernel/reading.ts';
import type { ProcessFacts } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { ofLiving, parsed } from './parsed.ts';

const ARGV_CAP_BYTES = 4096;
const ENVIRON_CAP_BYTES = 32 * 1024;

export type Cmdline = ReturnType<typeof parseCmdline>;
type Identity = Pick<ProcessFacts, 'pid' | 'starttimeTicks'>;

/** By pid. */
export function cmdlinesOf(
  files: KernelFiles,
  processes: readonly Identity[],
): ReadonlyMap<number, Fact<Cmdline>> {
  return readTogether(files, processes, 'cmdline', ARGV_CAP_BYTES + 1, cmdlineIn);
}

/** @param reading at most one byte more than is kept */
export function cmdlineIn(reading: Reading<Uint8Array>, path: string): Reading<Cmdline> {
  return parsed(ofLiving(reading), path, (raw) => parseCmdline(raw, ARGV_CAP_BYTES));
}

/** By pid. */
export function environsOf(
  files: KernelFiles,
  processes: readonly Identity[],
): ReadonlyMap<number, Fact<ReturnType<typeof parseEnviron>>> {
  return readTogether(files, processes, 'environ', ENVIRON_CAP_BYTES, (reading, path) =>
    parsed(reading, path, parseEnviron),
  );
}

function readTogether<T>(
  files: KernelFiles,
  processes: readonly Identity[],
  name: 'cmdline' | 'environ',
  capBytes: number,
  parse: (reading: Reading<Uint8Array>, path: string) => Reading<T>,
): Map<number, Fact<T>> {
  const requests = processes.map(({ pid, starttimeTicks }) => ({
    path: files.proc(`${pid}/${name}`),
    capBytes,
    starttimeTicks,
  }));
  const readings = files.manyGuarded(requests);
  return new Map(
    processes.map(({ pid }, index) => {
      const path = requests[index]?.path ?? '';
      const reading = readings[index] ?? { ok: false, why: 'gone', path, errno: 'ESRCH' };
      return [pid, factOf(parse(reading, path))];
    }),
  );
}
