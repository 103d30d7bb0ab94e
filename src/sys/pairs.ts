/** Two connected sockets, and pipes, by their descriptors: all close-on-exec and blocking. */
import { checked, libcFunction } from './koffi.ts';

const AF_UNIX = 1;
const SOCK_STREAM_CLOEXEC = 0o2000001;
const O_CLOEXEC = 0o2000000;

/** @throws {SyscallError} */
export function socketPair(): [number, number] {
  const pair = new Int32Array(2);
  const call = libcFunction('int socketpair(int domain, int type, int protocol, void *descriptors)');
  checked('socketpair', Number(call(AF_UNIX, SOCK_STREAM_CLOEXEC, 0, pair)));
  const [a = -1, b = -1] = pair;
  return [a, b];
}

/** @throws {SyscallError} */
export function pipePair(): { readonly readFd: number; readonly writeFd: number } {
  const pair = new Int32Array(2);
  checked('pipe2', Number(libcFunction('int pipe2(void *descriptors, int flags)')(pair, O_CLOEXEC)));
  const [readFd = -1, writeFd = -1] = pair;
  return { readFd, writeFd };
}
