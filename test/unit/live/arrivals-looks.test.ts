// What is made of the process connector's events, on a made-up /proc.
import { describe, expect, it } from 'vitest';
import type { ProcessEvent } from '../../../src/kernel/netlink/process-event.ts';
import { known } from '../../../src/kernel/reading.ts';
import { NAMESPACE_TYPES } from '../../../src/kernel/tables/namespaces.ts';
import { ArrivalLooks } from '../../../src/live/arrivals-looks.ts';
import type { EndedProcess } from '../../../src/model/sample.ts';
import { FakeHost } from '../collectors/fake-host.ts';
import { INITIAL } from '../model/facts.ts';

const exec = (pid: number): ProcessEvent => ({ kind: 'exec', pid });
const exit = (pid: number): ProcessEvent => ({ kind: 'exit', pid, exitCode: 0 });
const inside = (cgroup: string) => ({
  comm: 'sleep',
  cgroup: `0::${cgroup}\n`,
  ns: { ...INITIAL, mnt: 9000, pid: 9001 },
});

function looksOf(fake: FakeHost): ArrivalLooks {
  return new ArrivalLooks(fake.files, { types: NAMESPACE_TYPES, hierarchies: [] }, INITIAL);
}

function endOf(looks: ArrivalLooks, pid: number): EndedProcess | undefined {
  looks.take([exit(pid)]);
  return looks.news().ended.find(({ facts }) => facts.pid === pid);
}

describe('looks at what executed', () => {
  it('are told with its end, also of a parent outside all containers, however long before its child ended', () => {
    const fake = new FakeHost();
    fake.process(3000, { comm: 'runc' });
    fake.process(3001, { ...inside('/web'), ppid: 3000 });
    fake.process(3002, { comm: 'ls' });
    const looks = looksOf(fake);
    looks.take([exec(3000), exec(3001), exec(3002)]);
    expect(endOf(looks, 3001)?.facts.comm).toBe('sleep');
    expect(endOf(looks, 3000)?.facts.comm).toBe('runc');
    expect(endOf(looks, 3002)).toBeUndefined();
    looks.close();
  });

  it('forget the cgroups of those that have ended', () => {
    const fake = new FakeHost();
    for (const pid of [3000, 3002]) fake.process(pid, inside('/gone'));
    for (const pid of [3001, 3003]) fake.process(pid, inside('/stays'));
    const looks = looksOf(fake);
    looks.take([exec(3000), exec(3001)]);
    const gone = known(endOf(looks, 3000)?.facts.cgroup);
    for (let times = 0; times < 100; times += 1) looks.news();
    looks.take([exec(3002), exec(3003)]);
    const [goneAnew, stays, staysAnew] = [3002, 3001, 3003].map((pid) =>
      known(endOf(looks, pid)?.facts.cgroup),
    );
    expect(goneAnew).toEqual(gone);
    expect(goneAnew).not.toBe(gone);
    expect(stays?.text).toBe('0::/stays\n');
    expect(staysAnew).toBe(stays);
    looks.close();
  });
});
