/**
 * Capability numbers and names. The running kernel may know more (`/proc/sys/kernel/cap_last_cap`) or fewer.
 * @see capabilities(7), include/uapi/linux/capability.h
 */
import { KernelParseError } from '../errors.ts';

/** The index is the bit. */
export const CAPABILITIES: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
];

/** What docker and containerd grant unless told otherwise; 0xa80425fb as a mask. */
export const DOCKER_DEFAULT_CAPABILITIES: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_RAW',
  'CAP_SYS_CHROOT',
  'CAP_MKNOD',
  'CAP_AUDIT_WRITE',
  'CAP_SETFCAP',
];

const MASK_BITS = 64;

/** Names in bit order; a bit without a name here is `CAP_41` and so on, never dropped. */
export function decodeCapabilities(mask: bigint): string[] {
  if (mask === 0n) return [];
  const names: string[] = [];
  for (let bit = 0; bit < MASK_BITS; bit++) {
    if ((mask >> BigInt(bit)) & 1n) names.push(capabilityName(bit));
  }
  return names;
}

/** `CAP_41` and so on where a newer kernel knows more. */
export function capabilityName(bit: number): string {
  return CAPABILITIES[bit] ?? `CAP_${bit}`;
}

/** Names in any case, with or without CAP_; `CAP_41` is bit 41. @throws {KernelParseError} on a name we do not know */
export function encodeCapabilities(names: Iterable<string>): bigint {
  let mask = 0n;
  for (const name of names) mask |= 1n << BigInt(capabilityBit(name));
  return mask;
}

const NUMBERED = /^CAP_(\d{1,2})$/;

function capabilityBit(name: string): number {
  const upper = name.toUpperCase();
  const full = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  const known = CAPABILITIES.indexOf(full);
  const bit = known >= 0 ? known : Number(NUMBERED.exec(full)?.[1] ?? MASK_BITS);
  if (bit >= MASK_BITS) throw new KernelParseError('capability', 'unknown name', name);
  return bit;
}
