/**
 * The native listing of descriptors (native/descriptors.c): sockets and namespaces among the descriptors of many processes
 * in a few calls. Where it cannot be had, `collectors/descriptors.ts` makes the same reads one by one.
 */
import { closeSync, openSync } from 'node:fs';
import { NAMESPACE_TYPES, type NamespaceType } from '../kernel/tables/namespaces.ts';
import { inBackground, type NativeArgument, type NativeFunction } from './koffi.ts';
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
  refuse(pid: number, errno: number): void;
}

/** False where the native library cannot be had: nothing was visited. @throws what opening the proc root throws */
export function visitDescriptors(
  procRoot: string,
  pids: Iterable<number>,
  kinds: readonly DescriptorKind[],
  visitor: DescriptorVisitor,
): boolean {
  const native = nativeDescriptors();
  if (native === undefined) return false;
  const batch = new DescriptorBatch(procRoot, pids, kinds);
  try {
    while (!batch.isDone) batch.visit(native(...batch.words()), visitor);
  } finally {
    batch.close();
  }
  return true;
}

/** The same on another thread while ours goes on. */
export async function visitDescriptorsMeanwhile(
  procRoot: string,
  pids: Iterable<number>,
  kinds: readonly DescriptorKind[],
  visitor: DescriptorVisitor,
): Promise<boolean> {
  const native = nativeDescriptors();
  if (native === undefined) return false;
  const batch = new DescriptorBatch(procRoot, pids, kinds);
  try {
    while (!batch.isDone) batch.visit(await inBackground(native, ...batch.words()), visitor);
  } finally {
    batch.close();
  }
  return true;
}

function nativeDescriptors(): NativeFunction | undefined {
  return nativeLibrary()?.(
    'long porthole_descriptors(long proc, const void *pids, long from, long count, long kinds, void *out, long room, void *buffer, long size, void *used)',
  );
}

/** One listing: what its calls are given, and how far they came. */
class DescriptorBatch {
  readonly #pids: Int32Array;
  readonly #mask: number;
  readonly #entries = Buffer.allocUnsafeSlow(ENTRIES_BYTES);
  readonly #used = new BigInt64Array(1);
  readonly #proc: number;
  #out = new ArrayBuffer(FIRST_OUT_BYTES);
  #from = 0;

  constructor(procRoot: string, pids: Iterable<number>, kinds: readonly DescriptorKind[]) {
    this.#pids = Int32Array.from(pids);
    this.#mask = KINDS.reduce((bits, kind, at) => (kinds.includes(kind) ? bits | (1 << at) : bits), 0);
    this.#proc = openSync(procRoot, 'r');
  }

  get isDone(): boolean {
    return this.#from >= this.#pids.length;
  }

  words(): NativeArgument[] {
    const pids = this.#pids;
    const bytes = new Uint8Array(this.#out);
    const entries = this.#entries;
    return [
      this.#proc,
      pids,
      this.#from,
      pids.length,
      this.#mask,
      bytes,
      bytes.length,
      entries,
      entries.length,
      this.#used,
    ];
  }

  /** @param next what a call with these words gave */
  visit(next: number, visitor: DescriptorVisitor): void {
    // A process with more descriptors than fit: it needs a larger buffer.
    if (Number(next) === this.#from) this.#out = new ArrayBuffer(this.#out.byteLength * 4);
    else visitRecords(this.#out, Number(this.#used[0]), visitor);
    this.#from = Number(next);
  }

  close(): void {
    closeSync(this.#proc);
  }
}

function visitRecords(out: ArrayBuffer, used: number, visitor: DescriptorVisitor): void {
  const words = new Int32Array(out);
  const doubles = new Float64Array(out);
  for (let at = 0; at < used; at += RECORD.bytes) {
    const pid = words[(at >> 2) + RECORD.pid] ?? 0;
    const number = words[(at >> 2) + RECORD.kind] ?? 0;
    const kind = KINDS[number];
    if (kind === undefined) visitor.refuse(pid, -number);
    else visitor.found(pid, words[(at >> 2) + RECORD.fd] ?? 0, kind, doubles[(at >> 3) + RECORD.inode] ?? 0);
  }
}
