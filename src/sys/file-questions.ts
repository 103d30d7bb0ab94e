/**
 * What a file system may be asked about a file, beside its content, and may never answer (FUSE, NFS): to be called where that may
 * be, as a guarded read (guarded-lane.ts).
 */
import { checked, libcFunction } from './koffi.ts';

const AT_FDCWD = -100;
const STATX_BASIC_STATS = 0x7ff;
const STATX_MNT_ID = 0x1000;
/** Of `struct statx`. */
export const STATX_BYTES = 256;
const STATX = { mask: 0, uid: 20, gid: 24, mode: 28, mountId: 144 } as const;

export interface FileStatus {
  /** In the reader's user namespace. */
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** As in the first field of mountinfo; the kernel says it since Linux 5.8. */
  readonly mountId: number | undefined;
}

/** Its bytes as statx(2) gives them; how many. @throws {SyscallError} */
export function statusInto(into: Buffer, path: string): number {
  const statx = libcFunction(
    'int statx(int directory, const void *path, int flags, unsigned int mask, void *status)',
  );
  const wanted = STATX_BASIC_STATS | STATX_MNT_ID;
  checked('statx', Number(statx(AT_FDCWD, zeroEnded(path), 0, wanted, into)));
  return STATX_BYTES;
}

export function parseStatus(bytes: Uint8Array): FileStatus {
  const view = new DataView(bytes.buffer, bytes.byteOffset, STATX_BYTES);
  const hasMountId = (view.getUint32(STATX.mask, true) & STATX_MNT_ID) !== 0;
  return {
    uid: view.getUint32(STATX.uid, true),
    gid: view.getUint32(STATX.gid, true),
    mode: view.getUint16(STATX.mode, true),
    mountId: hasMountId ? Number(view.getBigUint64(STATX.mountId, true)) : undefined,
  };
}

/** Of an extended attribute; how many bytes. @throws {SyscallError} ENODATA when it has none */
export function attributeInto(into: Buffer, path: string, name: string): number {
  const getxattr = libcFunction('long getxattr(const void *path, const void *name, void *value, ulong size)');
  return checked('getxattr', Number(getxattr(zeroEnded(path), zeroEnded(name), into, into.length)));
}

function zeroEnded(text: string): Uint8Array {
  return Buffer.from(`${text}\0`);
}
