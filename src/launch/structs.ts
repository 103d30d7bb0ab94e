/**
 * Structures of the kernel's interface as program data, each with the words strace has for it.
 * @see include/uapi/linux/{openat2,sched,capability,mount}.h, struct rlimit64
 */
import { CAPABILITIES } from '../kernel/tables/capabilities.ts';
import { signalName } from '../kernel/tables/signals.ts';
import { Place } from './data.ts';
import { CLONE, MOUNT_ATTR, RESOLVE } from './flags.ts';
import { flags, mountFlags, octal, openFlags, type Processor, signal } from './parameters.ts';
import { quoted } from './quoted.ts';

const ZERO = Uint8Array.of(0);

export function stringBytes(text: string | Uint8Array): Place {
  const bytes = typeof text === 'string' ? Buffer.from(text) : Buffer.from(text);
  // The kernel would stop reading there: something else than what was said would be done.
  if (bytes.includes(0)) throw new Error(`a string for the kernel cannot hold a zero byte: ${quoted(bytes)}`);
  return new Place([bytes, ZERO], () => quoted(bytes));
}

export function stringList(texts: readonly (string | Uint8Array)[]): Place {
  const places = texts.map(stringBytes);
  return new Place([...places, u64(0)], () => `[${places.map(({ text }) => text).join(', ')}]`);
}

/** `struct open_how` */
export function openHow(
  processor: Processor,
  how: { readonly flags: number; readonly mode?: number; readonly resolve?: number },
): Place {
  const { mode = 0, resolve = 0 } = how;
  const text = () => [
    `flags=${openFlags(BigInt(how.flags), processor)}`,
    ...(mode === 0 ? [] : [`mode=${octal(BigInt(mode), processor)}`]),
    `resolve=${flags(RESOLVE)(BigInt(resolve), processor)}`,
  ];
  return new Place([u64(how.flags), u64(mode), u64(resolve)], () => `{${text().join(', ')}}`);
}

/** `struct clone_args`, up to its `cgroup`. */
export function cloneArguments(
  processor: Processor,
  values: { readonly flags: number; readonly exitSignal: number; readonly cgroupFd?: number },
): Place {
  const { flags: bits, exitSignal, cgroupFd } = values;
  const all = bits + (cgroupFd === undefined ? 0 : CLONE.CLONE_INTO_CGROUP);
  const words = [all, 0, 0, 0, exitSignal, 0, 0, 0, 0, 0, cgroupFd ?? 0];
  const text = () => [
    `flags=${flags(CLONE)(BigInt(all), processor)}`,
    `exit_signal=${signal(BigInt(exitSignal), processor)}`,
    'stack=NULL',
    'stack_size=0',
    ...(cgroupFd === undefined ? [] : [`cgroup=${cgroupFd}`]),
  ];
  return new Place(words.map(u64), () => `{${text().join(', ')}}`);
}

/** `sigset_t` of the kernel: 8 bytes. */
export function signalSet(which: 'all' | 'none' | readonly number[]): Place {
  if (which === 'all') return new Place([u64(-1)], () => '~[]');
  const signals = which === 'none' ? [] : which;
  const bits = signals.reduce((sum, number) => sum | (1n << BigInt(number - 1)), 0n);
  const text = () => `[${signals.map((n) => signalName(n).replace(/^SIG/, '')).join(' ')}]`;
  return new Place([u64(bits)], text);
}

/** `gid_t []` */
export function groupList(gids: readonly number[]): Place {
  return new Place([Uint8Array.from(gids.flatMap((gid) => [...u32(gid)]))], () => `[${gids.join(', ')}]`);
}

const CAPABILITY_VERSION_3 = 0x2008_0522;

/** What capset's first argument points at: the calling thread itself. */
export function capabilityHeader(): Place {
  return new Place([u32(CAPABILITY_VERSION_3), u32(0)], () => '{version=_LINUX_CAPABILITY_VERSION_3, pid=0}');
}

/** Three sets of 64 bits, which the kernel wants as low halves and then high halves. */
export function capabilitySets(sets: {
  readonly effective: bigint;
  readonly permitted: bigint;
  readonly inheritable: bigint;
}): Place {
  const { effective, permitted, inheritable } = sets;
  const halves = [0n, 32n].flatMap((shift) =>
    [effective, permitted, inheritable].map((set) => u32(Number((set >> shift) & 0xffff_ffffn))),
  );
  const text = () =>
    Object.entries({ effective, permitted, inheritable }).map(
      ([name, set]) => `${name}=${capabilityNames(set)}`,
    );
  return new Place(halves, () => `{${text().join(', ')}}`);
}

function capabilityNames(set: bigint): string {
  const names: string[] = [];
  for (let bit = 0n; set >> bit > 0n; bit++)
    if ((set >> bit) & 1n) names.push(`1<<${CAPABILITIES[Number(bit)] ?? bit}`);
  return names.join('|') || '0';
}

/** `struct rlimit64`; -1 is no limit. */
export function resourceLimit(soft: bigint, hard: bigint): Place {
  const shown = (value: bigint) => {
    if (BigInt.asIntN(64, value) === -1n) return 'RLIM64_INFINITY';
    return value > 1024n && value % 1024n === 0n ? `${value / 1024n}*1024` : String(value);
  };
  return new Place([u64(soft), u64(hard)], () => `{rlim_cur=${shown(soft)}, rlim_max=${shown(hard)}}`);
}

/** `struct pollfd []`: each asks whether there is something to read, or an end. -1 is one that a step will store there. */
export function readablePolls(fds: readonly number[]): Place {
  const polls = fds.map((fd) => Buffer.concat([u32(fd), u32(POLLIN)]));
  const text = () => `[${fds.map((fd) => `{fd=${fd < 0 ? '<fd>' : fd}, events=POLLIN}`).join(', ')}]`;
  return new Place(polls, text);
}

const POLLIN = 1;

/** `struct timespec` */
export function duration(milliseconds: number): Place {
  const seconds = Math.floor(milliseconds / 1000);
  const nanoseconds = Math.round((milliseconds % 1000) * 1e6);
  return new Place([u64(seconds), u64(nanoseconds)], () => `{tv_sec=${seconds}, tv_nsec=${nanoseconds}}`);
}

/** `struct mount_attr` */
export function mountAttributes(
  processor: Processor,
  change: {
    readonly set: number;
    readonly clear?: number;
    readonly propagation?: number;
    readonly userNsFd?: number;
  },
): Place {
  const { set, clear = 0, propagation = 0, userNsFd = 0 } = change;
  const shown = (value: number) => flags(MOUNT_ATTR)(BigInt(value), processor);
  const text = () =>
    `attr_set=${shown(set)}, attr_clr=${shown(clear)}, propagation=${mountFlags(BigInt(propagation), processor)}, userns_fd=${userNsFd}`;
  return new Place([set, clear, propagation, userNsFd].map(u64), () => `{${text()}}`);
}

export function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

/** Negative numbers as the kernel's registers hold them. */
export function u64(value: number | bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  writeLong(bytes, 0, value);
  return bytes;
}

const HALF = 2 ** 32;

/** Halves, because numbers are written many times faster than bigints. */
export function writeLong(bytes: Buffer, at: number, value: number | bigint): void {
  if (typeof value === 'bigint') {
    bytes.writeBigUInt64LE(BigInt.asUintN(64, value), at);
    return;
  }
  bytes.writeUInt32LE(value >>> 0, at);
  bytes.writeUInt32LE(Math.floor(value / HALF) >>> 0, at + 4);
}
