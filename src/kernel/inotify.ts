/**
 * What a read of an inotify descriptor gives: `struct inotify_event` after `struct inotify_event`, each a watch, a mask, a
 * cookie and the length of the name that follows, which zero bytes fill up. In the host's byte order.
 * @see inotify(7)  @throws {KernelParseError} when it ends in the middle of one
 */
import { KernelParseError } from './errors.ts';

/** Bits of a mask. */
export const IN = {
  modify: 0x2,
  delete: 0x200,
  overflow: 0x4000,
  /** The watch is gone, by whoever's doing. */
  ignored: 0x8000,
  onlyDirectory: 0x1000000,
} as const;

export interface InotifyEvent {
  /** -1 for an overflow. */
  readonly watch: number;
  readonly mask: number;
  /** Of what happened in the directory that is watched; empty for what happened to itself. */
  readonly name: string;
}

const HEAD = { bytes: 16, mask: 4, length: 12 } as const;

export function decodeInotify(bytes: Uint8Array): InotifyEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  const events: InotifyEvent[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + HEAD.bytes > bytes.length) throw cut(bytes);
    const name = at + HEAD.bytes;
    const length = view.getUint32(at + HEAD.length, isLittle);
    if (name + length > bytes.length) throw cut(bytes);
    events.push({
      watch: view.getInt32(at, isLittle),
      mask: view.getUint32(at + HEAD.mask, isLittle),
      name: nameIn(bytes.subarray(name, name + length)),
    });
    at = name + length;
  }
  return events;
}

function nameIn(filled: Uint8Array): string {
  const end = filled.indexOf(0);
  return Buffer.from(end < 0 ? filled : filled.subarray(0, end)).toString();
}

function cut(bytes: Uint8Array): KernelParseError {
  return new KernelParseError('inotify', `an event is cut off in ${bytes.length} bytes`);
}
