/** Everything `inspect` adds about one container, read through its init process. */
import { parseDevicesList } from '../src/kernel/cgroup/devices.ts';
import { cgroupDirectory, type Hierarchy } from '../src/kernel/cgroup/hierarchy.ts';
import { parseIdMap } from '../src/kernel/proc/id-map.ts';
import { parseLimits } from '../src/kernel/proc/limits.ts';
import { parsePidStatus } from '../src/kernel/proc/status.ts';
import { type Fact, factOf, mapFact } from '../src/kernel/reading.ts';
import type { ContainerDetail } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import type { Collector } from './collector.ts';
import { mountsOf } from './mounts.ts';
import { ofLiving, parsed } from './parsed.ts';

export interface DetailInput {
  readonly pid: number;
  /** Its place in the devices hierarchy, where that is v1. */
  readonly devices: { readonly hierarchy: Hierarchy; readonly path: string } | undefined;
}

export const detail: Collector<DetailInput, ContainerDetail> = {
  id: 'detail',
  reads: [
    '/proc/PID/status',
    '/proc/PID/uid_map',
    '/proc/PID/gid_map',
    '/proc/PID/limits',
    '/proc/PID/attr/current',
    '/proc/PID/mountinfo',
    'CGROUP/devices.list',
  ],
  needs: ['CAP_SYS_PTRACE'],
  tier: 'request',
  collect(files, { pid, devices }) {
    const read = <T>(name: string, parse: (text: string) => T): Fact<T> => {
      const path = files.proc(`${pid}/${name}`);
      return factOf(parsed(ofLiving(files.text(path)), path, parse));
    };
    return {
      status: read('status', parsePidStatus),
      uidMap: read('uid_map', parseIdMap),
      gidMap: read('gid_map', parseIdMap),
      limits: read('limits', parseLimits),
      lsm: lsmOf(files, pid),
      mounts: mountsOf(files, pid),
      hostMounts: mountsOf(files, files.ownProc ? 'self' : 1),
      devices: devices === undefined ? undefined : devicesOf(files, devices.hierarchy, devices.path),
      exe: factOf(files.link(files.proc(`${pid}/exe`))),
      cwd: factOf(files.link(files.proc(`${pid}/cwd`))),
    };
  },
};

/** EINVAL where no security module gives labels: that is "does not apply", not "unsupported". */
export function lsmOf(files: KernelFiles, pid: number): Fact<string> {
  const label = files.text(files.proc(`${pid}/attr/current`));
  if (!label.ok && label.errno === 'EINVAL') return undefined;
  return mapFact(factOf(label), (text) => text.replace(/[\0\n]+$/, ''));
}

function devicesOf(files: KernelFiles, hierarchy: Hierarchy, path: string): Fact<readonly string[]> {
  const directory = cgroupDirectory(hierarchy, path);
  if (directory === undefined) return undefined;
  const file = `${directory}/devices.list`;
  const rules = factOf(parsed(files.text(file), file, parseDevicesList));
  return mapFact(rules, (list) =>
    list.map(({ type, major, minor, access }) => `${type} ${major}:${minor} ${access}`),
  );
}
