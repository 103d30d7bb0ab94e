/** The programs that decide about devices of a v2 cgroup, as one setting that can be compared, changed and put back. */
import { AccessDeniedError, UnsupportedError } from '../../kernel/errors.ts';
import { ok } from '../../kernel/reading.ts';
import { programsOf, settingOfPrograms } from '../../model/limits/bpf-devices.ts';
import { DEVICE_PROGRAMS } from '../../model/limits/keys.ts';
import type { LimitSnapshot, LimitTexts } from '../../model/limits/snapshot.ts';
import {
  attachDeviceProgram,
  closePrograms,
  detachDeviceProgram,
  deviceProgramsOf,
  loadDeviceProgram,
} from '../../sys/cgroup-bpf.ts';
import { errnoOf } from '../../sys/failure.ts';
import { closeDescriptor } from '../../sys/koffi.ts';
import type { HeldCgroup } from '../cgroup/held-cgroup.ts';
import type { HeldPlaces } from './look.ts';

/** @throws {AccessDeniedError | UnsupportedError} */
export function readDevicePrograms(cgroup: HeldCgroup): string {
  const programs = attempted(cgroup, () => deviceProgramsOf(cgroup.fd));
  try {
    return settingOfPrograms(programs);
  } finally {
    closePrograms(programs);
  }
}

/**
 * One in the place of another, without a moment in which none decides. @throws {AccessDeniedError | UnsupportedError}
 * @throws {SyscallError}
 */
export function replaceDevicePrograms(cgroup: HeldCgroup, setting: string): void {
  const wanted = programsOf(setting);
  const current = attempted(cgroup, () => deviceProgramsOf(cgroup.fd));
  try {
    wanted.forEach(({ flags, instructions }, index) => {
      const there = current[index];
      if (there?.instructions.equals(instructions) === true) return;
      const fd = attempted(cgroup, () => loadDeviceProgram(instructions));
      try {
        attachDeviceProgram(cgroup.fd, fd, flags, there?.fd);
      } finally {
        closeDescriptor(fd);
      }
    });
    for (const { fd } of current.slice(wanted.length)) detachDeviceProgram(cgroup.fd, fd);
  } finally {
    closePrograms(current);
  }
}

function attempted<T>(cgroup: HeldCgroup, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EPERM' || errno === 'EACCES')
      throw new AccessDeniedError(`${cgroup.directory} (bpf)`, 'CAP_SYS_ADMIN', errno, { cause: error });
    if (errno === 'ENOSYS' || errno === 'EINVAL')
      throw new UnsupportedError(
        'devices on cgroup v2',
        'a kernel with BPF for cgroups (CONFIG_CGROUP_BPF)',
        {
          cause: error,
        },
      );
    throw error;
  }
}

/** What is held, with these programs. Only for who wants to change them: it takes rights that looking does not. */
export function withPrograms(held: HeldPlaces): LimitSnapshot {
  const { snapshot } = held;
  const places = snapshot.places.map((place) => {
    if (place.version === 1) return place;
    const text = ok(readDevicePrograms(held.cgroup(place.hierarchy)));
    const { texts } = place.own;
    const more: LimitTexts = {
      has: (name) => name === DEVICE_PROGRAMS || texts.has(name),
      get: (name) => (name === DEVICE_PROGRAMS ? text : texts.get(name)),
      keys: () => [...texts.keys(), DEVICE_PROGRAMS],
    };
    return { ...place, own: { ...place.own, texts: more } };
  });
  return { ...snapshot, places };
}
