// A host with thousands of processes: every container of it is found, once, and each cgroup has one placement.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processes } from '../../collectors/processes.ts';
import { isKnown } from '../../src/kernel/reading.ts';
import { NAMESPACE_TYPES } from '../../src/kernel/tables/namespaces.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';
import { type Load, startHost } from '../load/load.ts';
import { ps } from './porthole.ts';

let load: Load;

beforeAll(async () => {
  load = await startHost({ processes: 3000, containers: 60 });
});
afterAll(() => load?.stop());

describe('a host with 3,000 processes in 60 containers', () => {
  it('has one placement for each cgroup, however many processes share it', () => {
    const settings = { types: NAMESPACE_TYPES, ownPidNamespace: undefined, wantsArgv: () => false };
    const placements = new Map<string, unknown>();
    let members = 0;
    for (const { cgroup } of processes.collect(new KernelFiles(), settings).processes.values()) {
      if (!isKnown(cgroup) || !cgroup.text.includes('porthole-load')) continue;
      members += 1;
      expect(placements.get(cgroup.text) ?? cgroup).toBe(cgroup);
      placements.set(cgroup.text, cgroup);
    }
    expect(members).toBeGreaterThanOrEqual(3000);
    expect(placements.size).toBeGreaterThanOrEqual(60);
  });

  it('lists every container once, with its processes', async () => {
    const found = await ps();
    let pids = 0;
    for (const { id, initPid } of load.containers) {
      const same = found.filter((each) => each.id === id);
      expect(same).toEqual([expect.objectContaining({ initPid, runtime: 'docker' })]);
      pids += same[0]?.pids.length ?? 0;
    }
    expect(pids).toBe(3000);
  });
});
