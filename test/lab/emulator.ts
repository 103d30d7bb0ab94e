// qemu's user mode: programs for another processor on this machine, if it is installed.
import { spawnSync } from 'node:child_process';

const names = { x64: ['qemu-x86_64-static', 'qemu-x86_64'], arm64: ['qemu-aarch64-static', 'qemu-aarch64'] };

export interface Emulator {
  /** Why nothing can be run for that processor here; empty when it can. */
  readonly missing: string;
  /** What runs its programs; absent where the machine does so itself. */
  readonly command?: string;
}

export function emulatorOf(processor: 'x64' | 'arm64'): Emulator {
  if (process.arch === processor) return { missing: '' };
  const command = names[processor].find((each) => spawnSync(each, ['--version']).error === undefined);
  if (command === undefined) return { missing: ` (skipped: neither ${names[processor].join(' nor ')})` };
  return { missing: '', command };
}

export interface Machine {
  readonly missing: string;
  /** To be put before a command: in there the kernel runs programs for that processor as it does its own. */
  readonly through: readonly string[];
}

/** An ELF header's beginning: 64 bits, little-endian, a program or a shared object, of that machine. */
const magic = (machine: string) =>
  [
    String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00`,
    String.raw`${machine}\x00`,
    String.raw`:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`,
  ].join('');

const machines = { x64: magic(String.raw`\x3e`), arm64: magic(String.raw`\xb7`) };

/** In a user namespace of its own: binfmt_misc is set per user namespace, so that nothing changes for the host. */
const enter =
  'mount -t binfmt_misc none /proc/sys/fs/binfmt_misc && printf %s "$1" >/proc/sys/fs/binfmt_misc/register && shift && exec "$@"';

/** Programs that start others need the kernel's help: qemu alone emulates one, and starts only the machine's own. */
export function machineOf(processor: 'x64' | 'arm64'): Machine {
  const { missing, command } = emulatorOf(processor);
  if (missing !== '' || command === undefined) return { missing, through: [] };
  const path = spawnSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' }).stdout.trim();
  // F: opened now, and found whatever becomes of the root; P: argv[0] is passed on.
  const rule = `:porthole-test:M::${machines[processor]}:${path}:FP`;
  const through = ['unshare', '-Ur', '-m', 'sh', '-c', enter, 'sh', rule];
  const works = spawnSync(through[0] ?? '', [...through.slice(1), 'true']).status === 0;
  return works
    ? { missing, through }
    : { missing: ' (skipped: no binfmt_misc of a user namespace; Linux 6.7 has it)', through: [] };
}
