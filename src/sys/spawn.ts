/**
 * A child process by posix_spawn(3), which borrows our memory until the new program runs: a copy of a large process's page
 * tables, which is what fork costs, is never made. Node.js' own children are made by fork.
 * @see posix_spawn(3), posix_spawn_file_actions_adddup2(3)
 */
import { errnoName } from '../kernel/tables/errno.ts';
import { addressOf, checked, libcFunction, SyscallError } from './koffi.ts';

export interface SpawnRequest {
  /** Looked for in PATH when there is no slash in it. */
  readonly file: string;
  readonly argv: readonly string[];
  /** What the process's descriptors 0, 1, 2, ... are. Of ours it has besides only those that are not close-on-exec. */
  readonly descriptors: readonly number[];
  /** Where `file` is `/proc/self/fd/N`: N, which is above the process's descriptors. */
  readonly fileFd?: number;
}

/** How waitpid(2) says that it ended. */
export type WaitStatus = { readonly status: number } | { readonly signal: number };

/** Larger than these types of any C library. */
const ACTIONS_BYTES = 256;
const ATTRIBUTES_BYTES = 512;
const SIGNAL_SET_BYTES = 128;
const POINTER_BYTES = 8;
const POSIX_SPAWN_SETSIGDEF = 4;
const POSIX_SPAWN_SETSIGMASK = 8;
const WNOHANG = 1;
const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;

/** Starts it with no environment, and with no signal blocked or ignored. @returns its pid @throws {SyscallError} */
export function spawnProcess({ file, argv, descriptors, fileFd = -1 }: SpawnRequest): number {
  const spawn = libcFunction(
    'int posix_spawnp(void *pid, const void *file, const void *actions, const void *attributes, const void *argv, const void *environment)',
  );
  const pid = new Int32Array(1);
  const noEnvironment = new BigUint64Array(1);
  const actions = actionsFor(descriptors, fileFd);
  try {
    succeeded('posix_spawn', spawn(pid, cString(file), actions, attributes(), vector(argv), noEnvironment));
    return pid[0] ?? 0;
  } finally {
    libcFunction('int posix_spawn_file_actions_destroy(void *actions)')(actions);
  }
}

/**
 * Node.js makes pipes non-blocking that it reads or writes, and so for everybody who has them; few programs expect that of
 * their stdin, stdout or stderr.
 * @throws {SyscallError}
 */
export function makeBlocking(fd: number): void {
  const fcntl = libcFunction('int fcntl(int fd, int command, long argument)');
  const flags = checked('fcntl', Number(fcntl(fd, F_GETFL, 0)));
  if ((flags & O_NONBLOCK) !== 0) checked('fcntl', Number(fcntl(fd, F_SETFL, flags & ~O_NONBLOCK)));
}

/** How a child ended, whose pid is free from then on; undefined while it runs. @throws {SyscallError} */
export function reaped(pid: number): WaitStatus | undefined {
  const status = new Int32Array(1);
  const waitpid = libcFunction('int waitpid(int pid, void *status, int options)');
  if (checked('waitpid', Number(waitpid(pid, status, WNOHANG))) === 0) return undefined;
  const [bits = 0] = status;
  const signal = bits & 0x7f;
  return signal === 0 ? { status: (bits >> 8) & 0xff } : { signal };
}

/** These functions return the errno instead of setting it. */
function succeeded(name: string, result: number): void {
  if (result !== 0) throw new SyscallError(name, errnoName(Number(result)));
}

/**
 * Each into its place. Those that are below where another one goes make room first; also those that are in their place, or
 * they would be closed on exec (dup2 to the same number does not change that in glibc before 2.29).
 */
function actionsFor(descriptors: readonly number[], fileFd: number): Buffer {
  const actions = Buffer.alloc(ACTIONS_BYTES);
  const add = libcFunction('int posix_spawn_file_actions_adddup2(void *actions, int from, int to)');
  const addClose = libcFunction('int posix_spawn_file_actions_addclose(void *actions, int fd)');
  succeeded(
    'posix_spawn_file_actions_init',
    libcFunction('int posix_spawn_file_actions_init(void *actions)')(actions),
  );
  const moved = new Map<number, number>();
  let free = Math.max(descriptors.length - 1, fileFd, ...descriptors) + 1;
  for (const fd of new Set(descriptors)) {
    if (fd >= descriptors.length) continue;
    moved.set(fd, free);
    succeeded('posix_spawn_file_actions_adddup2', add(actions, fd, free));
    free += 1;
  }
  descriptors.forEach((fd, place) => {
    succeeded('posix_spawn_file_actions_adddup2', add(actions, moved.get(fd) ?? fd, place));
  });
  for (const fd of moved.values()) succeeded('posix_spawn_file_actions_addclose', addClose(actions, fd));
  return actions;
}

let usual: Buffer | undefined;

/** The same for every process. */
function attributes(): Buffer {
  if (usual !== undefined) return usual;
  const made = Buffer.alloc(ATTRIBUTES_BYTES);
  const set = (name: string, ...values: (Buffer | number)[]) => {
    const type =
      values.length === 0 ? '' : typeof values[0] === 'number' ? ', short value' : ', const void *value';
    const call = libcFunction(`int posix_spawnattr_${name}(void *attributes${type})`);
    succeeded(`posix_spawnattr_${name}`, call(made, ...values));
  };
  set('init');
  set('setsigdefault', Buffer.alloc(SIGNAL_SET_BYTES, 0xff));
  set('setsigmask', Buffer.alloc(SIGNAL_SET_BYTES, 0));
  set('setflags', POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  usual = made;
  return made;
}

/** `argv` as execve takes it: pointers, the last one zero, and behind them the strings they lead to. */
function vector(words: readonly string[]): Buffer {
  const strings = words.map(cString);
  const pointersBytes = POINTER_BYTES * (words.length + 1);
  const bytes = Buffer.allocUnsafeSlow(strings.reduce((sum, { length }) => sum + length, pointersBytes));
  const start = addressOf(bytes);
  let at = pointersBytes;
  strings.forEach((string, index) => {
    bytes.writeBigUInt64LE(start + BigInt(at), POINTER_BYTES * index);
    at += string.copy(bytes, at);
  });
  bytes.writeBigUInt64LE(0n, pointersBytes - POINTER_BYTES);
  return bytes;
}

function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}
