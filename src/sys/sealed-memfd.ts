/** Memory with a descriptor, that nobody can change any more: what is loaded or run from it is what was put there. */
import { writeSync } from 'node:fs';
import { checked, closeDescriptor, libcFunction, SyscallError } from './koffi.ts';

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
/** Since Linux 6.3, where a host can ask for it. */
const MFD_EXEC = 0x10;
const F_DUPFD_CLOEXEC = 1030;
const F_ADD_SEALS = 1033;
/** Nothing of it may change, nor may the seals. */
const ALL_SEALS = 0xf;

/**
 * Its descriptor is close-on-exec and at least `lowestFd`; the caller closes it. `name` is what /proc shows.
 * @throws {SyscallError} EACCES where vm.memfd_noexec forbids that it be run
 */
export function sealedMemfd(name: string, bytes: Uint8Array, lowestFd = 0): number {
  const fd = atLeast(lowestFd, create(Buffer.from(`${name}\0`)));
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
    fcntl(fd, F_ADD_SEALS, ALL_SEALS);
    return fd;
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
}

function create(name: Buffer): number {
  const memfdCreate = libcFunction('int memfd_create(const void *name, uint flags)');
  const usual = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  try {
    return checked('memfd_create', Number(memfdCreate(name, usual | MFD_EXEC)));
  } catch (error) {
    // A kernel that does not know the flag; there everything in a memfd may be run.
    if (error instanceof SyscallError && error.code === 'EINVAL')
      return checked('memfd_create', Number(memfdCreate(name, usual)));
    throw error;
  }
}

/** The same file at a descriptor of `lowestFd` or above, close-on-exec; `fd` is closed when it was below. */
export function atLeast(lowestFd: number, fd: number): number {
  if (fd >= lowestFd) return fd;
  try {
    return fcntl(fd, F_DUPFD_CLOEXEC, lowestFd);
  } finally {
    closeDescriptor(fd);
  }
}

function fcntl(fd: number, command: number, argument: number): number {
  const call = libcFunction('int fcntl(int fd, int command, long argument)');
  return checked('fcntl', Number(call(fd, command, argument)));
}
