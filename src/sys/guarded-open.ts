/**
 * Opens that may hang (native/guarded-open.c): where the way to a bound namespace leads through a file system that is asked
 * about every name (FUSE, NFS, 9p, overlays of them), and that may be dead. Such an open costs one field, never the command.
 */
import type { Reading } from '../kernel/reading.ts';
import { errnoName } from '../kernel/tables/errno.ts';
import { readingOfErrno } from './failure.ts';
import { nativeLibrary } from './native-library.ts';

/** How long one is worth waiting for, and all that hung in one look together. */
const PATIENCE_MS = 50;
const TOTAL_PATIENCE_MS = 150;
const STACK_BYTES = 16 * 1024;
const NSEC_PER_MS = 1_000_000;

/** Layout of `struct opening`, in 32-bit and in 64-bit words; kept in step with guarded-open.c. */
const OPENING = { helper: 0, root: 3, flags: 3, resolve: 5, device: 6, inode: 7, bytes: 64 } as const;

export interface WantedFile {
  /** A descriptor on the directory that counts as root. */
  readonly root: number;
  readonly path: string;
  /** For messages. */
  readonly where: string;
  /** For openat2(2). */
  readonly flags: number;
  readonly resolve: number;
  /** Another file by now is `gone`. */
  readonly device: number;
  readonly inode: number;
}

/** Of helpers that not even a signal could end: they may still write there. */
const left = new Set<readonly unknown[]>();

/** For one look at a host: what hung once is not tried again, and no more than a few may hang. */
export class GuardedOpener {
  #waitedMs = 0;
  readonly #hung = new Set<string>();

  /** A descriptor; `unsupported` with ETIMEDOUT when it hangs, with EAGAIN where the native library cannot be had. */
  open(file: WantedFile): Reading<number> {
    const native = nativeLibrary()?.(
      'long porthole_guarded_open(void *opening, const void *path, void *stack, long stackBytes, long patience)',
    );
    const { where } = file;
    if (native === undefined) return readingOfErrno('EAGAIN', where);
    if (this.#waitedMs >= TOTAL_PATIENCE_MS || this.#hung.has(where)) return givenUp(where);
    const opening = openingOf(file);
    const path = Buffer.from(`${file.path}\0`);
    const stack = Buffer.allocUnsafeSlow(STACK_BYTES);
    const result = Number(native(opening, path, stack, STACK_BYTES, PATIENCE_MS * NSEC_PER_MS));
    if (result >= 0) return { ok: true, value: result };
    const errno = errnoName(-result);
    if (errno === 'ESTALE') return { ok: false, why: 'gone', path: where, errno };
    if (errno !== 'ETIMEDOUT') return readingOfErrno(errno, where);
    if (opening[OPENING.helper] !== 0) left.add([opening, path, stack]);
    this.#waitedMs += PATIENCE_MS;
    this.#hung.add(where);
    return givenUp(where);
  }
}

function openingOf({ root, flags, resolve, device, inode }: WantedFile): Int32Array {
  const bytes = new ArrayBuffer(OPENING.bytes);
  const words = new Int32Array(bytes);
  const longs = new BigUint64Array(bytes);
  words[OPENING.root] = root;
  longs[OPENING.flags] = BigInt(flags);
  longs[OPENING.resolve] = BigInt(resolve);
  longs[OPENING.device] = BigInt(device);
  longs[OPENING.inode] = BigInt(inode);
  return words;
}

function givenUp(path: string): Reading<never> {
  return { ok: false, why: 'unsupported', path, errno: 'ETIMEDOUT' };
}
