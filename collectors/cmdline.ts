/** argv of a process. It can be megabytes and is the process's own to rewrite: 4 KiB of it are kept. */
import { parseCmdline } from '../src/kernel/proc/cmdline.ts';
import { type Fact, factOf, type Reading } from '../src/kernel/reading.ts';
import type { ProcessFacts } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { ofLiving, parsed } from './parsed.ts';

const ARGV_CAP_BYTES = 4096;

/** @param state as in stat: D is the state in which the read itself could hang */
export function cmdlineOf(
  files: KernelFiles,
  { pid, state }: Pick<ProcessFacts, 'pid' | 'state'>,
): Fact<ReturnType<typeof parseCmdline>> {
  const path = files.proc(`${pid}/cmdline`);
  const bytes = ofLiving(bytesOf(files, path, state, ARGV_CAP_BYTES + 1));
  return factOf(parsed(bytes, path, (raw) => parseCmdline(raw, ARGV_CAP_BYTES)));
}

/** argv and environ lie in the process's own memory: reading them takes its mmap lock. */
export function bytesOf(
  files: KernelFiles,
  path: string,
  state: string,
  capBytes: number,
): Reading<Uint8Array> {
  return state === 'D' ? files.bytesGuarded(path, capBytes) : files.bytes(path, capBytes);
}
