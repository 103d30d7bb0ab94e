/**
 * `security.capability` of a file, `struct vfs_cap_data`: what it gives whoever executes it. Little-endian words: magic with the
 * revision in the top byte and the effective flag in bit 0, then pairs of permitted and inheritable (one in revision 1, two
 * since), then in revision 3 the uid that is root of the user namespace it counts in.
 * @see capabilities(7), include/uapi/linux/capability.h
 */
import { KernelParseError } from './errors.ts';

export interface FileCapabilities {
  readonly version: 1 | 2 | 3;
  /** One flag for all: what is gained is effective at once. */
  readonly effective: boolean;
  readonly permitted: bigint;
  readonly inheritable: bigint;
  /** In the reader's user namespace. Counts only where that uid is root; without it, where 0 of the file system is. */
  readonly rootUid?: number;
}

const FILE = 'security.capability';
const BYTES = { 1: 12, 2: 20, 3: 24 } as const;
const EFFECTIVE = 1;

/** @throws {KernelParseError} on a revision or a length we do not know */
export function parseFileCapabilities(bytes: Uint8Array): FileCapabilities {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4) throw new KernelParseError(FILE, `expected 12 bytes or more, got ${bytes.length}`);
  const magic = view.getUint32(0, true);
  const version = revision(magic >>> 24);
  if (bytes.length !== BYTES[version])
    throw new KernelParseError(FILE, `revision ${version} has ${BYTES[version]} bytes, got ${bytes.length}`);
  const word = (at: number) => BigInt(view.getUint32(at, true));
  const isWide = version > 1;
  return {
    version,
    effective: (magic & EFFECTIVE) !== 0,
    permitted: word(4) | (isWide ? word(12) << 32n : 0n),
    inheritable: word(8) | (isWide ? word(16) << 32n : 0n),
    ...(version === 3 && { rootUid: view.getUint32(20, true) }),
  };
}

function revision(byte: number): 1 | 2 | 3 {
  if (byte === 1 || byte === 2 || byte === 3) return byte;
  throw new KernelParseError(FILE, `revision ${byte} is not known`);
}
