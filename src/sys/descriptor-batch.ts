/**
 * The native listing of descriptors (native/descriptors.c): sockets and namespaces among the descriptors of many processes
 * in a few calls. Where it cannot be had, `collectors/descriptors.ts` makes the same reads one by one.
 */
import { closeSync, openSync } from 'node:fs';
import { NAMESPACE_TYPES, type NamespaceType } from '../kernel/tables/namespaces.ts';
import { nativeLibrary } from './native-library.ts';

export type DescriptorKind = NamespaceType | 'socket';

/** By their number in a record. */
const KINDS: readonly DescriptorKind[] = [...NAMESPACE_TYPES, 'socket'];

/** Layout of a record: in 32-bit words, but `inode` in doubles; kept in step with descriptors.c. */
const RECORD = { pid: 0, fd: 1, kind: 2, inode: 2, bytes: 24 } as const;

const FIRST_OUT_BYTES = 256 * 1024;
const ENTRIES_BYTES = 32 * 1024;

export interface DescriptorVisitor {
  found(pid: number, fd: number, kind: DescriptorKind, inode: number): void;
  /** @param errno of the whole process, as a positive number */
  refused(pid: number, errno: number): void;
}

/** False where the native library cannot be had: nothing was visited. @throws what opening the proc root throws */
export function visitDescriptors(
  procRoot: string,
  pids: readonly number[],
  kinds: readonly DescriptorKind[],
  visitor: DescriptorVisitor,
): boolean {
  const library = nativeLibrary();
  if (library === undefined) return false;
  const descriptorsOf = library(
    'long porthole_descriptors(long proc, const void *pids, long from, long count, long kinds, void *out, long room, void *buffer, long size, void *used)',
  );
  const mask = KINDS.reduce((bits, kind, index) => (kinds.includes(kind) ? bits | (1 << index) : bits), 0);
  const wanted = Int32Array.from(pids);
  const entries = Buffer.allocUnsafeSlow(ENTRIES_BYTES);
  const used = new BigInt64Array(1);
  let out = new ArrayBuffer(FIRST_OUT_BYTES);
  const proc = openSync(procRoot, 'r');
  try {
    for (let from = 0; from < wanted.length; ) {
      const room = out.byteLength;
      const bytes = new Uint8Array(out);
      const next = Number(
        descriptorsOf(proc, wanted, from, wanted.length, mask, bytes, room, entries, ENTRIES_BYTES, used),
      );
      // A process with more descriptors than fit: it needs a larger buffer.
      if (next === from) out = new ArrayBuffer(room * 4);
      visitRecords(out, next === from ? 0 : Number(used[0]), visitor);
      from = next;
    }
  } finally {
    closeSync(proc);
  }
  return true;
}

function visitRecords(out: ArrayBuffer, used: number, visitor: DescriptorVisitor): void {
  const words = new Int32Array(out);
  const doubles = new Float64Array(out);
  for (let at = 0; at < used; at += RECORD.bytes) {
    const pid = words[(at >> 2) + RECORD.pid] ?? 0;
    const number = words[(at >> 2) + RECORD.kind] ?? 0;
    const kind = KINDS[number];
    if (kind === undefined) visitor.refused(pid, -number);
    else visitor.found(pid, words[(at >> 2) + RECORD.fd] ?? 0, kind, doubles[(at >> 3) + RECORD.inode] ?? 0);
  }
}
