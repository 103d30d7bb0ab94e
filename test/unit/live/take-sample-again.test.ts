// Samples of processes that are broken, of a host that was sampled before, and of less than everything.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EVERYTHING, SampleTaker } from '../../../src/live/take-sample.ts';
import { buildModel, clustersOf } from '../../../src/model/build.ts';
import { busyV2 } from '../collectors/fake-host.ts';
import { A, B, CGROUPS, model, mountsFrom, one, own, ROOT_MOUNT, v2Host } from './take-sample-kit.ts';

describe('broken processes', () => {
  it('a name with parentheses and newlines, an empty one, bytes that are not UTF-8', async () => {
    const fake = v2Host();
    fake.process(1010, { comm: 'a) S 1\n(b', cgroup: `0::/docker/${A}\n`, ns: own(9000), nsPid: [1010, 1] });
    fake.process(1011, { comm: '', ppid: 1010, cgroup: `0::/docker/${A}\n`, ns: own(9000) });
    const found = await model(fake);
    expect(one(found).pids).toEqual([1010, 1011]);
    expect(found.processes.get(1010)?.comm).toBe('a) S 1\n(b');
  });

  it('one that vanishes between listing and reading is counted, and everything else stays', async () => {
    const fake = v2Host();
    fake.cgroup('/proc/4000');
    fake.process(1010, { comm: 'sh', cgroup: `0::/docker/${A}\n`, ns: own(9000), nsPid: [1010, 1] });
    const found = await model(fake);
    expect(found.vanished).toBe(1);
    expect(one(found).pids).toEqual([1010]);
  });

  it('files cut at any length never end the sample', async () => {
    const status = 'Name:\tsh\nState:\tS (x)\nNSpid:\t1010\t1\n';
    for (const [file, whole] of [
      ['stat', `1010 (sh) S 1 1010 1010 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 7 18446744073709551615 0\n`],
      ['cgroup', `2:memory:/docker/${A}\n0::/docker/${A}\n`],
      ['mountinfo', mountsFrom('/x/hostname')],
      ['status', status],
      ['net/dev', 'Inter-|\n face |bytes\n  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n'],
      ['io', 'rchar: 1\nread_bytes: 4096\nwrite_bytes: 8192\n'],
    ] as const) {
      const fake = v2Host();
      fake.process(1010, { comm: 'sh', cgroup: `0::/docker/${A}\n`, ns: own(9000), nsPid: [1010, 1] });
      for (let length = 0; length <= whole.length; length += 7) {
        fake.write(`proc/1010/${file}`, whole.slice(0, length));
        const found = await model(fake);
        expect(found.containers.length).toBeLessThanOrEqual(1);
      }
    }
  });

  it('a zombie shows two namespaces and no root, and its cgroup may be gone', async () => {
    const fake = v2Host();
    fake.process(1010, {
      comm: 'sh',
      state: 'Z',
      cgroup: `0::/docker/${A} (deleted)\n`,
      ns: { pid: 9001 },
      nsPid: [1010, 1],
    });
    for (const link of ['root', 'ns/mnt', 'ns/net', 'ns/uts', 'ns/ipc', 'ns/cgroup', 'ns/time'])
      rmSync(join(fake.directory, 'proc/1010', link));
    expect(one(await model(fake))).toMatchObject({ key: `docker:${A}`, state: 'exited-init' });
  });
});

describe('a second look', () => {
  it('has rates, and keeps keys', async () => {
    const fake = v2Host();
    const path = `/docker/${A}`;
    const usage = (usec: number) => ({ 'cpu.stat': `usage_usec ${usec}\nuser_usec 0\nsystem_usec 0\n` });
    fake.cgroup(`${CGROUPS}${path}`, busyV2(usage(0)));
    fake.process(1010, { comm: 'sh', cgroup: `0::${path}\n`, ns: own(9000), nsPid: [1010, 1] });
    const taker = new SampleTaker(fake.files);
    const first = await taker.take();
    fake.cgroup(`${CGROUPS}${path}`, busyV2(usage(1000)));
    const second = await taker.take();
    const before = one(buildModel(first));
    const now = one(buildModel(second, first));
    expect(before.cpu.ratio).toBeUndefined();
    expect(now.cpu.ratio).toBeGreaterThan(0);
    expect(now.key).toBe(before.key);
  });

  it('of a taker that repeats sees who was moved to another cgroup, when it is asked for', async () => {
    const fake = v2Host();
    const [before, after] = ['/user', '/user/porthole-1010'];
    for (const path of [before, after]) fake.cgroup(`${CGROUPS}${path}`, busyV2());
    for (const pid of [1001, 1002, 1003]) fake.process(pid, { comm: 'sh' });
    const moving = { comm: 'sh', ns: own(9000), nsPid: [1010, 1] };
    fake.process(1010, { ...moving, cgroup: `0::${before}\n` });
    const taker = new SampleTaker(fake.files, { repeats: true });
    try {
      const first = await taker.take();
      fake.process(1010, { ...moving, cgroup: `0::${after}\n` });
      const moved = await taker.take({ ...EVERYTHING, anew: true });
      const paths = [first, moved].map((sample) => Object.values(one(buildModel(sample)).cgroup.paths));
      expect(paths).toEqual([[before], [after]]);
    } finally {
      await taker.close();
    }
  });

  it('finds out again only of what came and went, also of a container that somebody came to', async () => {
    const fake = v2Host();
    const inA = (nsPid: number[], starttimeTicks = 10) => ({
      comm: 'sh',
      cgroup: `0::/docker/${A}\n`,
      ns: own(9000),
      nsPid,
      starttimeTicks,
    });
    const inB = { comm: 'sh', cgroup: `0::/docker/${B}\n`, ns: own(9100), starttimeTicks: 11 };
    for (const id of [A, B]) fake.cgroup(`${CGROUPS}/docker/${id}`, busyV2());
    fake.process(1010, inA([1010, 1]));
    fake.process(1020, { ...inB, nsPid: [1020, 1] });
    const taker = new SampleTaker(fake.files, { repeats: true });
    const look = async () => {
      const sample = await taker.take();
      const { drafts } = clustersOf(sample);
      return { sample, drafts, of: (id: string) => drafts.find((draft) => draft.id === id) };
    };
    try {
      const first = await look();
      fake.process(1500, { comm: 'true' });
      const visited = await look();
      expect(visited.sample.processes.has(1500)).toBe(true);
      expect(visited.drafts).toBe(first.drafts);
      fake.remove('proc/1500');
      fake.process(1011, { ...inA([1011, 7]), ppid: 1010 });
      const entered = await look();
      expect(entered.sample.processes.has(1500)).toBe(false);
      expect(entered.of(B)).toBe(first.of(B));
      expect(buildModel(entered.sample, visited.sample).containers.map(({ pids }) => pids)).toEqual([
        [1010, 1011],
        [1020],
      ]);
      fake.remove('proc/1011');
      fake.process(1030, { comm: 'sh', ns: own(9200), nsPid: [1030, 1], starttimeTicks: 12 });
      const made = await look();
      const { containers } = buildModel(made.sample, entered.sample);
      expect(containers.map(({ pids }) => pids)).toEqual([[1010], [1020], [1030]]);
      expect(made.of(B)).toBe(first.of(B));
    } finally {
      await taker.close();
    }
  });

  it('asks a container that was nameless when it was young again', async () => {
    const fake = v2Host();
    const dataRoot = join(fake.directory, 'docker');
    fake.link('proc/1/root', '/');
    // Up for 1000 seconds: it has just started.
    fake.process(1010, {
      comm: 'node',
      cgroup: `0::/docker/${A}\n`,
      ns: own(9000),
      nsPid: [1010, 1],
      starttimeTicks: 99_990,
      mountinfo: ROOT_MOUNT,
    });
    const taker = new SampleTaker(fake.files);
    expect(one(buildModel(await taker.take())).name).toBe(A.slice(0, 12));
    fake.write(`docker/containers/${A}/config.v2.json`, JSON.stringify({ ID: A, Name: '/late' }));
    fake.write('proc/1010/mountinfo', mountsFrom(`${dataRoot}/containers/${A}/hostname`));
    expect(one(buildModel(await taker.take())).name).toBe('late');
  });
});

it('asking for less reads less', async () => {
  const fake = v2Host();
  fake.cgroup(`${CGROUPS}/docker/${A}`, busyV2());
  fake.process(1010, { comm: 'sh', cgroup: `0::/docker/${A}\n`, ns: own(9000), nsPid: [1010, 1] });
  const sample = await new SampleTaker(fake.files).take({ usage: false, sandboxes: false });
  expect(sample.counters.size).toBe(0);
  expect(one(buildModel(sample))).toMatchObject({ id: A, initPid: 1010 });
});
