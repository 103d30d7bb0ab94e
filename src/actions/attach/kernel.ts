/** What this kernel lets an attach do, by its version. */
import { readFileSync } from 'node:fs';
import { UnsupportedError } from '../../kernel/errors.ts';

export interface KernelAbilities {
  /** mount_setattr(2) */
  readonly mountAttributes: boolean;
}

/** @throws {UnsupportedError} before Linux 5.11 */
export function kernelAbilities(release = kernelRelease()): KernelAbilities {
  const [, major = 0, minor = 0] = /^(\d+)\.(\d+)/.exec(release)?.map(Number) ?? [];
  const has = (wantedMajor: number, wantedMinor: number) =>
    major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  if (!has(5, 11)) throw new UnsupportedError('attach', 'Linux 5.11 (close_range with close-on-exec)');
  return { mountAttributes: has(5, 12) };
}

function kernelRelease(): string {
  return readFileSync('/proc/sys/kernel/osrelease', 'latin1').trim();
}
