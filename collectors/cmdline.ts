/** argv of a process. It can be megabytes and is the process's own to rewrite: 4 KiB of it are kept. */
import { parseCmdline } from '../src/kernel/proc/cmdline.ts';
import { type Fact, factOf } from '../src/kernel/reading.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { ofLiving, parsed } from './parsed.ts';

const ARGV_CAP_BYTES = 4096;

export function cmdlineOf(files: KernelFiles, pid: number): Fact<ReturnType<typeof parseCmdline>> {
  const path = files.proc(`${pid}/cmdline`);
  const bytes = ofLiving(files.bytes(path, ARGV_CAP_BYTES + 1));
  return factOf(parsed(bytes, path, (raw) => parseCmdline(raw, ARGV_CAP_BYTES)));
}
