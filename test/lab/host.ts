// The host's cgroup hierarchies and mounts, as far as the lab must know them in order to make and remove things.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { orUndefined, readText } from './proc.ts';

export interface Hierarchy {
  /** v1: `memory`, `name=systemd`, ...; v2: the empty name, as in /proc/PID/cgroup. */
  readonly controllers: readonly string[];
  readonly mountPoint: string;
}

export interface Mount {
  readonly root: string;
  readonly mountPoint: string;
  readonly type: string;
  readonly source: string;
  readonly superOptions: string;
}

const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

export function mountsOf(pid: number | 'self'): Mount[] {
  const mounts: Mount[] = [];
  for (const line of (readText(`/proc/${pid}/mountinfo`) ?? '').split('\n')) {
    const fields = line.split(' ');
    const separator = fields.indexOf('-', 6);
    if (separator < 0) continue; // the empty last line
    const [, , , root = '', mountPoint = ''] = fields;
    const [type = '', source = '', ...superOptions] = fields.slice(separator + 1);
    mounts.push({
      root: unescapeOctal(root),
      mountPoint: unescapeOctal(mountPoint),
      type,
      source: unescapeOctal(source),
      superOptions: superOptions.join(' '),
    });
  }
  return mounts;
}

const notControllers = new Set(['rw', 'ro', 'xattr', 'clone_children', 'release_agent', 'cpuset_v2_mode']);

/** Each hierarchy once, where it is mounted below /sys/fs/cgroup. */
export function hierarchies(): Hierarchy[] {
  const found: Hierarchy[] = [];
  for (const mount of mountsOf('self')) {
    if (!mount.mountPoint.startsWith('/sys/fs/cgroup') || mount.root !== '/') continue;
    if (mount.type === 'cgroup2') found.push({ controllers: [''], mountPoint: mount.mountPoint });
    if (mount.type !== 'cgroup') continue;
    const controllers = mount.superOptions.split(',').filter((option) => !notControllers.has(option));
    found.push({ controllers, mountPoint: mount.mountPoint });
  }
  return found;
}

export function hierarchyOf(controller: string): Hierarchy | undefined {
  return hierarchies().find((hierarchy) => hierarchy.controllers.includes(controller));
}

/** Every cgroup directory of the host below the hierarchies' roots. */
export function cgroupDirs(): string[] {
  return hierarchies().flatMap((hierarchy) => cgroupDirsBelow(hierarchy.mountPoint));
}

/** The directories below one, parents before children, without itself. */
export function cgroupDirsBelow(dir: string): string[] {
  const entries = orUndefined(() => readdirSync(dir, { withFileTypes: true })) ?? [];
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(dir, entry.name))
    .flatMap((child) => [child, ...cgroupDirsBelow(child)]);
}

export function processesIn(cgroupDir: string): number[] {
  return [cgroupDir, ...cgroupDirsBelow(cgroupDir)]
    .flatMap((dir) => membersOf(dir).split('\n'))
    .filter((line) => line !== '')
    .map(Number);
}

/** A threaded cgroup does not tell its processes, only its threads. */
function membersOf(dir: string): string {
  try {
    return readText(join(dir, 'cgroup.procs')) ?? '';
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOTSUP')) throw error;
    return readText(join(dir, 'cgroup.threads')) ?? '';
  }
}
