import { describe, expect, it } from 'vitest';
import { ownNamespaces } from '../../../collectors/host.ts';
import { processes } from '../../../collectors/processes.ts';
import { NAMESPACE_TYPES } from '../../../src/kernel/tables/namespaces.ts';
import { INITIAL } from '../model/facts.ts';
import { FakeHost } from './fake-host.ts';

const input = { types: NAMESPACE_TYPES, ownPidNamespace: INITIAL.pid, wantsArgv: () => false };

describe('processes that are read', () => {
  it('say their inner pids, however many have one', () => {
    const fake = new FakeHost();
    const pids = Array.from({ length: 300 }, (_, index) => 1000 + index);
    for (const pid of pids) fake.process(pid, { comm: 'sh', ns: { pid: 9000 + pid }, nsPid: [pid, 1] });
    fake.remove('proc/1299/status');
    const { processes: found } = processes.collect(fake.files, input);
    expect(pids.map((pid) => found.get(pid)?.nsPid)).toEqual(
      pids.map((pid) => (pid === 1299 ? undefined : [pid, 1])),
    );
    expect(found.get(1)?.nsPid).toBeUndefined();
  });

  it('and whose namespace is the observer’s may be told by them', () => {
    const fake = new FakeHost();
    fake.process(1000, { comm: 'sh', ns: { pid: 9000 }, nsPid: [1000, 1] });
    const collect = (pid: number) =>
      processes.collect(fake.files, {
        ...input,
        ownPidNamespace: (found) => (found.has(pid) ? INITIAL.pid : 9000),
      }).processes;
    expect(collect(1000).get(1000)?.nsPid).toEqual([1000, 1]);
    expect(collect(7).get(1000)?.nsPid).toBeUndefined();
  });
});

describe('our own namespaces', () => {
  it('are those of the process that this /proc calls self', () => {
    const fake = new FakeHost();
    const { processes: found } = processes.collect(fake.files, input);
    expect(ownNamespaces(fake.files, found)).toBe(found.get(900)?.namespaces);
  });

  it('are read of it where it is not among those that were read', () => {
    const { files } = new FakeHost();
    expect(ownNamespaces(files, new Map())).toEqual(INITIAL);
  });
});
