/** What a file of a cgroup says, where there must be one. */
import { UnsupportedError } from '../../kernel/errors.ts';
import { CgroupGoneError } from '../cgroup/gone.ts';
import type { HeldCgroup } from '../cgroup/held-cgroup.ts';

/** @throws {CgroupGoneError} @throws {UnsupportedError} the kernel has no such file, or does not answer it */
export function needed(cgroup: HeldCgroup, file: string): string {
  const text = cgroup.read(file);
  if (text.ok) return text.value;
  if (text.why === 'gone' || (text.why === 'absent' && !cgroup.isThere()))
    throw new CgroupGoneError(cgroup.path);
  throw new UnsupportedError(text.path, `a kernel that answers it (${text.errno})`);
}
