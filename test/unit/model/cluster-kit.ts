/** Samples to derive containers from, and what is expected of them. */
import { expect, it } from 'vitest';
import type { HostModel } from '../../../src/model/host-model.ts';
import type { MountTable, NamespaceInodes, ProcessFacts } from '../../../src/model/sample.ts';
import {
  HOST_MOUNTS,
  HOST_PROCESSES,
  INITIAL,
  id64,
  listed,
  modelOf,
  mountTable,
  proc,
  type SampleParts,
} from './facts.ts';

export const A = id64('aaaa');
export const B = id64('bbbb');
export const C = id64('cccc');
export const UID = '5e5fb9b5-9c2a-4d0e-8a5c-0123456789ab';

/** Private namespaces of every type but user, numbered from `from`. */
export const own = (from: number): NamespaceInodes => ({
  mnt: from,
  pid: from + 1,
  net: from + 2,
  uts: from + 3,
  ipc: from + 4,
});

/** pid 1 of its namespace, seen from the host as `pid`. */
export const asInit = (pid: number) => ({ nsPid: [pid, 1] });

export const SHIM_CGROUP = '/system.slice/containerd.service';

export const shim = (pid: number, namespace: string, id: string) =>
  proc(pid, 1, 'containerd-shim', {
    cgroup: SHIM_CGROUP,
    argv: [
      '/usr/bin/containerd-shim-runc-v2',
      '-namespace',
      namespace,
      '-id',
      id,
      '-address',
      '/run/containerd/containerd.sock',
    ],
  });

export const SESSION = '/user.slice/user-1000.slice/session-3.scope';
export const docker = (id: string) => `/system.slice/docker-${id}.scope`;

/** Evidence that the one container of this key gives. */
export function containerOf(model: HostModel, key: string) {
  const found = model.containers.find((each) => each.key === key);
  if (found === undefined) throw new Error(`no container ${key}: ${listed(model).join('; ')}`);
  return found;
}

export type Row = [name: string, processes: ProcessFacts[], expected: string[], parts?: SampleParts];

export const mountTables = (...tables: [number, MountTable][]): SampleParts => ({
  mounts: new Map([[INITIAL.mnt, mountTable(1, HOST_MOUNTS)], ...tables]),
});

export function check(rows: Row[]): void {
  it.each(rows)('%s', (_name, processes, expected, parts) => {
    expect(listed(modelOf([...HOST_PROCESSES, ...processes], parts))).toEqual(expected);
  });
}
