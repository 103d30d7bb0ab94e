/**
 * The one file that imports koffi: syscalls Node lacks, and the way to them for the other files of src/sys. libc is opened on
 * first use, and each of its functions found then, because most commands need none of them; as long as none is needed, calls by
 * number go by Node's addon. Every function throws a Node-style error (`code` is the errno name) so that `failedReading` can sort it.
 */
import { createRequire } from 'node:module';
import type Koffi from 'koffi';
import { errnoName } from '../kernel/tables/errno.ts';
import { isAddonLoaded, type NativeArgument, nativeAddon } from './native-addon.ts';

const require = createRequire(import.meta.url);

interface Libc {
  readonly koffi: typeof Koffi;
  /** What node itself is linked with: glibc or musl. */
  readonly library: ReturnType<typeof Koffi.load>;
}

let loaded: Libc | undefined;

function libc(): Libc {
  if (loaded !== undefined) return loaded;
  const koffi: typeof Koffi = require('koffi');
  // Its functions leave their errno with koffi: from now on all do.
  fromLibc.delete(SYSCALL_WITH_POINTERS);
  loaded = { koffi, library: koffi.load(null) };
  return loaded;
}

/** For what is worth doing only where something else has needed libc: to open it takes milliseconds. */
export const isLibcOpen = (): boolean => loaded !== undefined;

/** The same for calls by number, which take no more than the addon where that is loaded. */
export const isSyscallOpen = (): boolean => isLibcOpen() || isAddonLoaded();

/** Errors carry what failed and the errno's name, like Node's own. */
export class SyscallError extends Error {
  constructor(
    readonly syscall: string,
    readonly code: string,
  ) {
    super(`${syscall}: ${code}`);
    this.name = 'SyscallError';
  }
}

/** The result of a libc call that was made just now. @throws {SyscallError} when it is negative, with the errno */
export function checked(name: string, result: number): number {
  if (result >= 0) return result;
  throw new SyscallError(name, lastErrno());
}

/** What the kernel returns from -4095 to -1 is an errno. */
const MOST_ERRNO = 4095;

/** Same numbers on every architecture: they came after the tables were unified. */
const SYS_pidfd_send_signal = 424;
const SYS_pidfd_open = 434;

/** Moves the calling thread, and only it, into the namespace behind `fd`. @throws {SyscallError} */
export function setns(fd: number, cloneFlag: number): void {
  checked('setns', libcFunction('int setns(int fd, int nstype)')(fd, cloneFlag));
}

/** Of calls with other arguments as well: to find a function once more takes 30 us. */
export const SYSCALL_WITH_POINTERS = 'long syscall(long number, long a, const void *b, void *c, long d)';

/** Where nothing is pointed at. */
function call(number: number, a: number, b = 0): number {
  return Number(libcFunction(SYSCALL_WITH_POINTERS)(number, a, BigInt(b), null, 0));
}

/** arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h. */
const NUMBERS = {
  x64: { close: 3, flock: 73, exit_group: 231 },
  arm64: { close: 57, flock: 32, exit_group: 94 },
} as const;

/** With the function that is found already. @returns undefined on another processor: there libc's own is to be called */
export function numberedCall(name: keyof typeof NUMBERS.x64, a: number, b = 0): number | undefined {
  const { arch } = process;
  if (arch !== 'x64' && arch !== 'arm64') return undefined;
  return call(NUMBERS[arch][name], a, b);
}

/** A descriptor that stays with this very process even when its pid is reused; close-on-exec. @throws {SyscallError} */
export function pidfdOpen(pid: number): number {
  return checked('pidfd_open', call(SYS_pidfd_open, pid));
}

/** Signal 0 only asks whether the process is still there. @throws {SyscallError} */
export function pidfdSendSignal(pidfd: number, signal: number): void {
  checked('pidfd_send_signal', call(SYS_pidfd_send_signal, pidfd, signal));
}

/** For descriptors that were opened here: in a worker thread Node warns on the screen when it closes one it did not open. */
export function closeDescriptor(fd: number): void {
  checked('close', numberedCall('close', fd) ?? closeFunction()(fd));
}

const closeFunction = () => libcFunction('int close(int fd)');

/** File calls for the hot path: no strings made, -1 instead of an error thrown. Names end with a zero byte. */
export interface FileCalls {
  openAt(directoryFd: number, name: Uint8Array, flags: number): number;
  read(fd: number, into: Uint8Array, length: number): number;
  readLinkAt(directoryFd: number, name: Uint8Array, into: Uint8Array, length: number): number;
  close(fd: number): number;
  /** Name of the last failure, right after the call. */
  errno(): string;
}

let calls: FileCalls | undefined;

/** Undefined where koffi has no build for this platform: Node's own calls do the same, more slowly. */
export function fileCalls(): FileCalls | undefined {
  if (calls !== undefined) return calls;
  try {
    const { koffi, library } = libc();
    calls = {
      openAt: library.func('int openat(int directory, const void *name, int flags)'),
      read: library.func('long read(int fd, void *into, ulong length)'),
      readLinkAt: library.func('long readlinkat(int directory, const void *name, void *into, ulong length)'),
      close: closeFunction(),
      errno: () => errnoName(koffi.errno()),
    };
    return calls;
  } catch (error) {
    if (isMissingBuild(error)) return undefined;
    throw error;
  }
}

/** koffi says by message, not by code, that it has no native part for this platform. */
function isMissingBuild(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  return (
    code === 'MODULE_NOT_FOUND' ||
    code === 'ERR_DLOPEN_FAILED' ||
    /native (?:Koffi )?module/i.test(error.message)
  );
}

/** A shared object from a file. What finds its functions by their C prototypes; throws koffi's error when it cannot be loaded. */
export function loadLibrary(path: string): FunctionFinder {
  const library = libc().koffi.load(path);
  return (prototype) => library.func(prototype);
}

export type { NativeArgument };
/** Integers come back as numbers, or as bigints where a double would round them. */
export interface NativeFunction {
  (...args: NativeArgument[]): number;
  /** The same on a thread of its own; see `inBackground`. */
  async(...args: [...NativeArgument[], (error: unknown, result: number) => void]): void;
}

/** What threads that are under way read and write: it must not be collected before they end. */
const inUse = new Set<readonly NativeArgument[]>();

/**
 * Runs a native function on another thread while ours goes on. For functions that know nothing of JavaScript; what they
 * write is there when the promise is fulfilled, and descriptors they use must stay open until then.
 */
export function inBackground(native: NativeFunction, ...args: NativeArgument[]): Promise<number> {
  inUse.add(args);
  return new Promise((resolve, reject) => {
    native.async(...args, (error, result) => {
      inUse.delete(args);
      if (error === null || error === undefined) resolve(result);
      else reject(error instanceof Error ? error : new Error(String(error)));
    });
  });
}

/** Node counts them among what it waits for, but does not tell of them. */
export const isInBackground = (): boolean => inUse.size > 0;

export type FunctionFinder = (prototype: string) => NativeFunction;

const fromLibc = new Map<string, NativeFunction>();

/**
 * A function of libc by its C prototype, for the files of src/sys that need one Node lacks. Buffers are passed as
 * `const void *` or `void *`. Look at `lastErrno` right after a call that failed, or use `checked`.
 */
export function libcFunction(prototype: string): NativeFunction {
  const seen = fromLibc.get(prototype);
  if (seen !== undefined) return seen;
  const found: NativeFunction =
    (prototype === SYSCALL_WITH_POINTERS ? addonSyscall() : undefined) ?? libc().library.func(prototype);
  fromLibc.set(prototype, found);
  return found;
}

/** Of the addon's last system call; of use as long as nothing has needed koffi. */
let errnoOfAddon = 0;

/** As libc's: -1, and an errno. It has no `async`, which nobody asks this one for. */
function addonSyscall(): NativeFunction | undefined {
  const syscall = loaded === undefined ? nativeAddon()?.syscall : undefined;
  if (syscall === undefined) return undefined;
  return ((
    number: NativeArgument,
    a: NativeArgument,
    b: NativeArgument,
    c: NativeArgument,
    d: NativeArgument,
  ) => {
    const result = syscall(number, a, b, c, d);
    if (result >= 0 || result < -MOST_ERRNO) return result;
    errnoOfAddon = -result;
    return -1;
  }) as NativeFunction;
}

/** For structs that hold pointers. Only of buffers outside the heap (`Buffer.allocUnsafeSlow`), which stay where they are. */
export function addressOf(bytes: Buffer): bigint {
  return libc().koffi.address(bytes);
}

/** Name of the errno of the last libc call of this thread. */
export function lastErrno(): string {
  return errnoName(loaded === undefined && isAddonLoaded() ? errnoOfAddon : libc().koffi.errno());
}

/** Ends this process as _exit(2) does; nothing happens where nothing has needed a system call yet. */
export function exitAtOnce(status: number): void {
  if (isSyscallOpen() && numberedCall('exit_group', status) === undefined)
    libcFunction('void _exit(int status)')(status);
}
