/** Which cgroups an attach joins, one for each hierarchy in which the target is not where we are, and their descriptors. */
import { accessSync, constants, openSync } from 'node:fs';
import { parseCgroupType } from '../../kernel/cgroup/cgroup-type.ts';
import {
  cgroupDirectory,
  type Hierarchy,
  linesInMounts,
  parentPath,
  pathIn,
} from '../../kernel/cgroup/hierarchy.ts';
import { AccessDeniedError } from '../../kernel/errors.ts';
import { type CgroupLine, parsePidCgroup } from '../../kernel/proc/cgroup.ts';
import { failedReading } from '../../sys/failure.ts';
import { AttachRefusal } from './options.ts';
import type { HeldTarget } from './target.ts';

/**
 * `born`: the command is made in it (v2, by clone3). `write`: the command writes itself into this file: `tasks` on v1, where
 * a process of one thread needs no lock that way; cgroup.procs on v2 for who may not use clone3; cgroup.threads in a threaded one.
 */
export interface CgroupDoor {
  readonly how: 'born' | 'write';
  readonly path: string;
  readonly fd: number;
  /** Where a refusal costs the limits and not the attach. */
  readonly mayFail: boolean;
}

export interface CgroupChoice {
  readonly doors: readonly CgroupDoor[];
  /** What could not be joined, in words. */
  readonly notes: readonly string[];
}

/**
 * With rights over the host a refusal is an error: outside of its cgroup a command could use devices that the container may
 * not. Without them it is the usual thing, and costs the limits.
 * @throws {AccessDeniedError}
 */
export function chooseCgroups(
  target: HeldTarget,
  hierarchies: readonly Hierarchy[],
  isPrivileged: boolean,
  bornInCgroup = true,
): CgroupChoice {
  const { files, facts } = target;
  const notes: string[] = [];
  const paths = ['self', String(facts.pid)].map((who) => files.proc(`${who}/cgroup`));
  const said = files.together(paths);
  const linesOf = (who: string): readonly CgroupLine[] => {
    const text = said.text(files.proc(`${who}/cgroup`));
    if (text.ok) return linesInMounts(parsePidCgroup(text.value), hierarchies);
    notes.push(`${text.path} could not be read (${text.errno}): no cgroup was joined`);
    return [];
  };
  const ours = new Map(linesOf('self').map((line) => [nameOf(line), line.path]));
  const doors: CgroupDoor[] = [];
  for (const line of linesOf(String(facts.pid))) {
    if (ours.get(nameOf(line)) === line.path) continue;
    const hierarchy = hierarchies.find((each) => pathIn([line], each) !== undefined);
    const directory = hierarchy && cgroupDirectory(hierarchy, line.path);
    const name = `${nameOf(line)}:${line.path}`;
    if (hierarchy === undefined || directory === undefined)
      notes.push(`its cgroup ${name} is not mounted here and was not joined`);
    else {
      const place = { hierarchy, path: line.path, directory, name, isPrivileged, bornInCgroup };
      openDoors(target, place, doors, notes);
    }
  }
  return { doors, notes };
}

function nameOf({ controllers }: CgroupLine): string {
  return controllers.length === 0 ? 'v2' : controllers.join(',');
}

interface Place {
  readonly hierarchy: Hierarchy;
  readonly path: string;
  readonly directory: string;
  readonly name: string;
  readonly isPrivileged: boolean;
  readonly bornInCgroup: boolean;
}

function openDoors(target: HeldTarget, place: Place, doors: CgroupDoor[], notes: string[]): void {
  const { directory, isPrivileged, name, bornInCgroup } = place;
  const write = (path: string): CgroupDoor => {
    const fd = target.keep(openSync(path, constants.O_WRONLY));
    return { how: 'write', path, fd, mayFail: !isPrivileged };
  };
  try {
    if (place.hierarchy.version === 1) {
      doors.push(write(`${directory}/tasks`));
      return;
    }
    const domain = domainOf(target, place);
    const canBeBorn = isPrivileged && bornInCgroup;
    doors.push(canBeBorn ? born(target, domain) : write(`${domain}/cgroup.procs`));
    if (domain !== directory) doors.push(write(`${directory}/cgroup.threads`));
  } catch (error) {
    const { errno, path, why } = failedReading(error, directory);
    if (why === 'absent' || why === 'gone') throw new AttachRefusal(`its cgroup ${name} is gone (${errno})`);
    if (isPrivileged)
      throw new AccessDeniedError(path, 'write access to its cgroup (--no-cgroup stays out of it)', errno, {
        cause: error,
      });
    notes.push(`its cgroup ${name} could not be joined (${errno}): its limits do not hold the command`);
  }
}

function born(target: HeldTarget, path: string): CgroupDoor {
  accessSync(`${path}/cgroup.procs`, constants.W_OK);
  const fd = target.keep(openSync(path, constants.O_RDONLY | constants.O_DIRECTORY));
  return { how: 'born', path, fd, mayFail: false };
}

/** Of a threaded cgroup only threads can be made members: the process begins in the domain above it. */
function domainOf({ files }: HeldTarget, { hierarchy, path }: Place): string {
  for (let at = path; ; at = parentPath(at)) {
    const directory = cgroupDirectory(hierarchy, at) ?? hierarchy.mountPoint;
    const type = files.small(`${directory}/cgroup.type`);
    if (!type.ok || at === '/' || parseCgroupType(type.value) !== 'threaded') return directory;
  }
}
