/**
 * listns(2), Linux 6.19: every namespace that we may see, found by the kernel itself. It gives 64-bit ids, not inodes; each
 * becomes an open file through nsfs's file handles, which anybody may write down.
 * @see include/uapi/linux/nsfs.h (struct ns_id_req, struct nsfs_file_handle)
 */
import { fstatSync } from 'node:fs';
import type { Reading } from '../kernel/reading.ts';
import { readingOfErrno } from './failure.ts';
import { lastErrno, libcFunction } from './koffi.ts';
import type { OpenNamespace } from './nsfs.ts';

/** The same number on x86_64 and aarch64. */
const SYS_listns = 470;
/** NS_ID_REQ_SIZE_VER0: size, spare (32 bits each), last id (64), types, spare (32 each), owner (64). */
const REQUEST_BYTES = 32;
const IDS_AT_ONCE = 1024;

/** Ids of all types, in the kernel's order; `unsupported` with ENOSYS before 6.19. */
export function listNamespaceIds(): Reading<bigint[]> {
  const listns = libcFunction(
    'long syscall(long number, const void *request, void *ids, ulong room, uint flags)',
  );
  const request = new DataView(new ArrayBuffer(REQUEST_BYTES));
  request.setUint32(0, REQUEST_BYTES, true);
  const ids = new BigUint64Array(IDS_AT_ONCE);
  const found: bigint[] = [];
  for (;;) {
    const count = listns(SYS_listns, request, ids, IDS_AT_ONCE, 0);
    if (count < 0) return readingOfErrno(lastErrno(), 'listns');
    found.push(...ids.subarray(0, count));
    const last = found.at(-1);
    if (count < IDS_AT_ONCE || last === undefined) return { ok: true, value: found };
    request.setBigUint64(8, last, true);
  }
}

/** The root of nsfs, which has no path: Linux 6.18. */
const FD_NSFS_ROOT = -10_003;
const FILEID_NSFS = 0xf1;
const HANDLE_BYTES = 16;
/** struct file_handle: its size and type (32 bits each), then the handle: id (64), type and inode (32 each, or 0). */
const HANDLE_AT = 8;

/** Without type and inode in the handle the id alone decides, from 6.19 on. Whoever asks closes it. */
export function openNamespaceId(id: bigint): Reading<OpenNamespace> {
  const handle = new DataView(new ArrayBuffer(HANDLE_AT + HANDLE_BYTES));
  handle.setUint32(0, HANDLE_BYTES, true);
  handle.setInt32(4, FILEID_NSFS, true);
  handle.setBigUint64(HANDLE_AT, id, true);
  const openByHandle = libcFunction('int open_by_handle_at(int mount, void *handle, int flags)');
  const fd = openByHandle(FD_NSFS_ROOT, handle, O_CLOEXEC);
  return fd < 0
    ? readingOfErrno(lastErrno(), `namespace id ${id}`)
    : { ok: true, value: { fd, inode: fstatSync(fd).ino } };
}

const O_CLOEXEC = 0o2000000;
