/**
 * Namespaces as open files: opening one by a path that somebody else may have changed meanwhile, and asking the kernel for
 * its type, owner and parent.
 * @see ioctl_nsfs(2), include/uapi/linux/nsfs.h
 */
import { fstatSync, statSync } from 'node:fs';
import type { Reading } from '../kernel/reading.ts';
import { CLONE_FLAGS, NAMESPACE_TYPES, type NamespaceType } from '../kernel/tables/namespaces.ts';
import { readingOfErrno } from './failure.ts';
import type { GuardedOpener } from './guarded-open.ts';
import { closeDescriptor, lastErrno, libcFunction, SYSCALL_WITH_POINTERS } from './koffi.ts';

/** An open namespace; whoever has it closes it. */
export interface OpenNamespace {
  readonly fd: number;
  readonly inode: number;
}

/** Inode numbers are unique within one device, and there is one nsfs. */
export function nsfsDevice(): number {
  return statSync('/proc/self/ns/user').dev;
}

/**
 * A link of /proc/PID/ns: the kernel leads to nsfs and nowhere else.
 * @param inode what it was when it was found; another one by now is `gone`
 */
export function openNamespaceLink(path: string, inode?: number): Reading<OpenNamespace> {
  const fd = openPath(path, O_CLOEXEC);
  return fd < 0 ? readingOfErrno(lastErrno(), path) : checkedInode(fd, path, inode);
}

/** A descriptor of another process, which may be anything by now: it is looked at before it is opened. */
export function openNamespaceDescriptor(path: string, inode: number, device: number): Reading<OpenNamespace> {
  const handle = openPath(path, O_PATH | O_CLOEXEC);
  return handle < 0 ? readingOfErrno(lastErrno(), path) : openHandled(handle, path, inode, device);
}

/**
 * A namespace bound to a file, by its path below the root of a process. No symlink is followed, nothing but that very
 * namespace is opened, and what the kernel has not in its cache is waited for in `opener` alone: a mount point always is,
 * but some file systems are asked whether its name still stands.
 */
export function openBoundNamespace(
  root: string,
  path: string,
  inode: number,
  device: number,
  opener: GuardedOpener,
): Reading<OpenNamespace> {
  const where = `${root}${path}`;
  const rootFd = openPath(root, O_PATH | O_CLOEXEC);
  if (rootFd < 0) return readingOfErrno(lastErrno(), where);
  try {
    const handle = openAsMounted(rootFd, path);
    if (typeof handle === 'number') return openHandled(handle, where, inode, device);
    if (handle !== 'EAGAIN') return readingOfErrno(handle, where);
    const flags = O_PATH | O_CLOEXEC;
    const resolve = RESOLVE_AS_MOUNTED;
    const waited = opener.open({ root: rootFd, path, where, flags, resolve, device, inode });
    return waited.ok ? openHandled(waited.value, where, inode, device) : waited;
  } finally {
    closeDescriptor(rootFd);
  }
}

/** The user namespace that owns this one; a user namespace is owned by its parent. */
export function ownerOf(fd: number, path: string): Reading<OpenNamespace> {
  return related(fd, NS_GET_USERNS, path);
}

/** Only user and pid namespaces have one. */
export function parentOf(fd: number, path: string): Reading<OpenNamespace> {
  return related(fd, NS_GET_PARENT, path);
}

/** User namespaces only: the user who made it, as our own user namespace counts. */
export function ownerUidOf(fd: number, path: string): Reading<number> {
  const uid = new Uint32Array(1);
  return ioctl()(fd, NS_GET_OWNER_UID, uid) < 0
    ? readingOfErrno(lastErrno(), path)
    : { ok: true, value: uid[0] ?? 0 };
}

export function typeOf(fd: number, path: string): Reading<NamespaceType> {
  const flag = ioctl()(fd, NS_GET_NSTYPE, NOTHING);
  if (flag < 0) return readingOfErrno(lastErrno(), path);
  const type = NAMESPACE_TYPES.find((each) => CLONE_FLAGS[each] === flag);
  return type === undefined
    ? { ok: false, why: 'unsupported', path, errno: 'EPARSE' }
    : { ok: true, value: type };
}

const NS_GET_USERNS = 0xb701;
const NS_GET_PARENT = 0xb702;
const NS_GET_NSTYPE = 0xb703;
const NS_GET_OWNER_UID = 0xb704;
/** For requests without an argument. */
const NOTHING = new Uint8Array(1);

/** asm-generic values, the same on x86_64 and aarch64; Node does not name them. */
const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;

/** Numbers and flags of openat2(2). */
const SYS_openat2 = 437;
const RESOLVE_AS_MOUNTED = 0x02 | 0x04 | 0x10; // NO_MAGICLINKS, NO_SYMLINKS, IN_ROOT
const RESOLVE_CACHED = 0x20;

function openPath(path: string, flags: number): number {
  return libcFunction('int open(const void *path, int flags)')(Buffer.from(`${path}\0`), flags);
}

const ioctl = () => libcFunction('int ioctl(int fd, ulong request, void *argument)');

function related(fd: number, request: number, path: string): Reading<OpenNamespace> {
  const found = ioctl()(fd, request, NOTHING);
  return found < 0 ? readingOfErrno(lastErrno(), path) : checkedInode(found, path, undefined);
}

/** Takes the descriptor over: it is closed when it is not the one. */
function checkedInode(fd: number, path: string, expected: number | undefined): Reading<OpenNamespace> {
  const { ino } = fstatSync(fd);
  if (expected === undefined || ino === expected) return { ok: true, value: { fd, inode: ino } };
  closeDescriptor(fd);
  return { ok: false, why: 'gone', path, errno: 'ESTALE' };
}

/** Opens what a handle (O_PATH) stands for, when it is that namespace; the handle is closed. */
function openHandled(handle: number, path: string, inode: number, device: number): Reading<OpenNamespace> {
  try {
    const { ino, dev } = fstatSync(handle);
    if (ino !== inode || dev !== device) return { ok: false, why: 'gone', path, errno: 'ESTALE' };
    return openNamespaceLink(`/proc/self/fd/${handle}`, inode);
  } finally {
    closeDescriptor(handle);
  }
}

/** The descriptor, or the errno's name. */
function openAsMounted(rootFd: number, path: string): number | string {
  const cached = openat2(rootFd, path, RESOLVE_AS_MOUNTED | RESOLVE_CACHED);
  // RESOLVE_CACHED came with 5.12, openat2 with 5.6.
  return cached === 'EINVAL' ? openat2(rootFd, path, RESOLVE_AS_MOUNTED) : cached;
}

function openat2(rootFd: number, path: string, resolve: number): number | string {
  const how = new BigUint64Array([BigInt(O_PATH | O_CLOEXEC), 0n, BigInt(resolve)]);
  const syscall = libcFunction(SYSCALL_WITH_POINTERS);
  const fd = syscall(SYS_openat2, rootFd, Buffer.from(`${path}\0`), how, how.byteLength);
  return fd < 0 ? lastErrno() : fd;
}
