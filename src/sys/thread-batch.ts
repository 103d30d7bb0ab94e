/**
 * The native look at threads (native/threads.c): which of them are in other namespaces than their process, in a few calls.
 * Where it cannot be had, `collectors/namespace-threads.ts` makes the same reads one by one.
 */
import { closeSync, openSync } from 'node:fs';
import { NAMESPACE_TYPES } from '../kernel/tables/namespaces.ts';
import { nativeLibrary } from './native-library.ts';
import type { NamespaceLink } from './process-cursor.ts';

/** By their number in a record. */
export const NAMESPACE_LINKS: readonly NamespaceLink[] = [
  ...NAMESPACE_TYPES,
  'pid_for_children',
  'time_for_children',
];

/** Layout of a record: in 32-bit words, but `inodes` in doubles; kept in step with threads.c. */
const RECORD = { pid: 0, tid: 1, results: 2, inodes: 6, bytes: 128 } as const;

const FIRST_OUT_BYTES = 64 * 1024;
const ENTRIES_BYTES = 32 * 1024;

export interface ThreadVisitor {
  link(pid: number, tid: number, name: NamespaceLink, inode: number): void;
  refused(pid: number, tid: number, name: NamespaceLink, errno: number): void;
}

/**
 * Every link of every thread that differs from its process in any of them. False where the native library cannot be had:
 * nothing was visited. @throws what opening the proc root throws
 */
export function visitThreads(procRoot: string, pids: readonly number[], visitor: ThreadVisitor): boolean {
  const library = nativeLibrary();
  if (library === undefined) return false;
  const threadsOf = library(
    'long porthole_threads(long proc, const void *pids, long from, long count, void *out, long room, void *buffer, long size, void *used)',
  );
  const wanted = Int32Array.from(pids);
  const entries = Buffer.allocUnsafeSlow(ENTRIES_BYTES);
  const used = new BigInt64Array(1);
  let out = new ArrayBuffer(FIRST_OUT_BYTES);
  const proc = openSync(procRoot, 'r');
  try {
    for (let from = 0; from < wanted.length; ) {
      const room = out.byteLength;
      const next = Number(
        threadsOf(proc, wanted, from, wanted.length, new Uint8Array(out), room, entries, ENTRIES_BYTES, used),
      );
      // A process with more such threads than fit: it needs a larger buffer.
      if (next === from) out = new ArrayBuffer(room * 4);
      else visitRecords(out, Number(used[0]), visitor);
      from = next;
    }
  } finally {
    closeSync(proc);
  }
  return true;
}

function visitRecords(out: ArrayBuffer, used: number, visitor: ThreadVisitor): void {
  const words = new Int32Array(out);
  const doubles = new Float64Array(out);
  for (let at = 0; at < used; at += RECORD.bytes) {
    const word = at >> 2;
    const pid = words[word + RECORD.pid] ?? 0;
    const tid = words[word + RECORD.tid] ?? 0;
    for (const [index, name] of NAMESPACE_LINKS.entries()) {
      const result = words[word + RECORD.results + index] ?? 0;
      if (result < 0) visitor.refused(pid, tid, name, -result);
      else visitor.link(pid, tid, name, doubles[(at >> 3) + RECORD.inodes + index] ?? 0);
    }
  }
}
