/** What this kernel lets an attach do, by its version. What it does not is done in an older way, or refused. */
import { readFileSync } from 'node:fs';
import { UnsupportedError } from '../../kernel/errors.ts';

export interface KernelAbilities {
  /** setns(2) with a pidfd: all namespaces in one call, and none that is another's by now. Else each by a descriptor. */
  readonly pidfdNamespaces: boolean;
  /** clone3(2) into a cgroup. Else the command writes itself into it. */
  readonly bornInCgroup: boolean;
  /** close_range(2) with close-on-exec. Else each descriptor is closed by its number. */
  readonly closeRange: boolean;
  /** mount_setattr(2), without which no tools are brought. */
  readonly mountAttributes: boolean;
}

/** Files of a container are found by openat2(2), which nothing older can do. @throws {UnsupportedError} before Linux 5.6 */
export function kernelAbilities(release = kernelRelease()): KernelAbilities {
  const [, major = 0, minor = 0] = /^(\d+)\.(\d+)/.exec(release)?.map(Number) ?? [];
  const has = (wantedMajor: number, wantedMinor: number) =>
    major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  if (!has(5, 6)) throw new UnsupportedError('attach', 'Linux 5.6 (openat2)');
  return {
    pidfdNamespaces: has(5, 8),
    bornInCgroup: has(5, 7),
    closeRange: has(5, 11),
    mountAttributes: has(5, 12),
  };
}

/** It does not change under us. */
let ownRelease: string | undefined;
let ownLastCapability: number | undefined;

function kernelRelease(): string {
  ownRelease ??= readFileSync('/proc/sys/kernel/osrelease', 'latin1').trim();
  return ownRelease;
}

/** The highest number of one. */
export function lastCapability(): number {
  ownLastCapability ??= Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'latin1'));
  return ownLastCapability;
}
