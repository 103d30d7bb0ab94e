/** Bytes from one descriptor to another: holes stay holes, big files in pieces between which a signal is heard. */
import { fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { nextData, waitUntilReady } from '../../sys/directory-calls.ts';
import { errnoOf } from '../../sys/failure.ts';
import { attempt, ClosedPipeError, InterruptedError, unless } from './failure.ts';

const PIECE_BYTES = 1024 * 1024;
const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);

let stopped = false;

/** From now on `pause` throws. */
export function interrupt(): void {
  stopped = true;
}

/** @throws {InterruptedError} */
export async function pause(): Promise<void> {
  await setImmediate();
  if (stopped) throw new InterruptedError('interrupted');
}

export interface End {
  readonly fd: number;
  readonly path: string;
}

/** The whole of `from`, as it is now: what is appended meanwhile could go on for ever. Returns how many bytes that were. */
export async function copyContents(from: End, to: End): Promise<number> {
  const { size } = fstatSync(from.fd);
  // Files that the kernel makes up as they are read have no size.
  if (size === 0) return copyToEnd(from, to);
  let at = 0;
  while (at < size) {
    const data = dataFrom(from, at, size);
    if (data === undefined) break;
    const upTo = Math.min(data.to, size);
    at = await copyRange(from, to, Math.max(at, data.from), upTo);
    // It was made shorter meanwhile.
    if (at < upTo) break;
  }
  const length = Math.min(size, fstatSync(from.fd).size);
  attempt('write', to.path, () => ftruncateSync(to.fd, length));
  return length;
}

/** A file system that cannot tell holes has none. */
function dataFrom(from: End, at: number, size: number) {
  const data = unless('EINVAL', () => attempt('read', from.path, () => ({ next: nextData(from.fd, at) })));
  return data === undefined ? { from: at, to: size } : data.next;
}

/** Returns where it ended: earlier than `upTo` when there was no more. */
async function copyRange(from: End, to: End, start: number, upTo: number): Promise<number> {
  let at = start;
  while (at < upTo) {
    const room = Math.min(PIECE_BYTES, upTo - at);
    const got = attempt('read', from.path, () => readSync(from.fd, piece, 0, room, at));
    if (got === 0) return at;
    for (let written = 0; written < got; )
      written += attempt('write', to.path, () =>
        writeSync(to.fd, piece, written, got - written, at + written),
      );
    at += got;
    await pause();
  }
  return at;
}

/** Until there is no more, in order: to or from a pipe, a terminal, a device. */
export async function copyToEnd(from: End, to: End): Promise<number> {
  for (let total = 0; ; ) {
    const got = readSome(from);
    if (got === 0) return total;
    for (let written = 0; written < got; ) written += writeSome(to, written, got);
    total += got;
    await pause();
  }
}

const STDIN = 0;

function readSome(from: End): number {
  for (;;) {
    try {
      return readSync(from.fd, piece, 0, PIECE_BYTES, null);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'EAGAIN' && from.fd === STDIN) waitUntilReady(from.fd, 'read');
      else if (errno !== 'EINTR')
        return attempt('read', from.path, () => {
          throw error;
        });
    }
  }
}

/** Another process may have made our stdout one that does not block. */
function writeSome(to: End, start: number, end: number): number {
  for (;;) {
    try {
      return writeSync(to.fd, piece, start, end - start);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'EPIPE') throw new ClosedPipeError(to.path);
      if (errno === 'EAGAIN') waitUntilReady(to.fd, 'write');
      else if (errno !== 'EINTR')
        return attempt('write', to.path, () => {
          throw error;
        });
    }
  }
}
