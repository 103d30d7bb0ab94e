/** Each kind of list over a host of files: whole, of one container, and with rates from the second on. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LISTERS } from '../../../src/live/lists/index.ts';
import type { ListRequest } from '../../../src/live/lists/lister.ts';
import { SampleTaker } from '../../../src/live/take-sample.ts';
import { buildModel } from '../../../src/model/build.ts';
import { busyV2, CONTROLLERS, FakeHost, V2_MOUNT } from '../collectors/fake-host.ts';
import { id64 } from '../model/facts.ts';

const ID = id64('aaaa');
const PATH = `/docker/${ID}`;
const KEY = `docker:${ID}`;
const CGROUPS = '/sys/fs/cgroup';
const OWN = { mnt: 9000, pid: 9001, net: 9002 };
const MOUNTINFO =
  '500 400 0:50 / / rw - overlay overlay rw,lowerdir=/l,upperdir=/x/diff,workdir=/w\n' +
  '501 500 0:51 / /proc rw,nosuid - proc proc rw\n';

/** A service of the host, a kernel thread, and one container of two processes with a cgroup below its own. */
function host(): FakeHost {
  const fake = new FakeHost(`22 1 8:1 / / rw - ext4 /dev/sda1 rw\n${V2_MOUNT}`);
  fake.cgroup(CGROUPS, { 'cgroup.controllers': CONTROLLERS });
  fake.cgroup(`${CGROUPS}/system.slice`, busyV2());
  fake.cgroup(`${CGROUPS}/docker`, busyV2({ 'memory.max': '64000000\n' }));
  fake.cgroup(`${CGROUPS}${PATH}`, busyV2({ 'cgroup.type': 'domain\n' }));
  fake.cgroup(`${CGROUPS}${PATH}/inner`, busyV2());
  fake.process(700, { comm: 'sshd', cgroup: '0::/system.slice\n', argv: ['sshd', '-D'], rssPages: 3 });
  fake.process(17, { comm: 'kworker/0:1', ppid: 2, isKernelThread: true });
  const inside = { cgroup: `0::${PATH}\n`, ns: OWN, mountinfo: MOUNTINFO };
  fake.process(1010, { ...inside, comm: 'node', argv: ['node', 's.js'], nsPid: [1010, 1], utimeTicks: 10 });
  fake.process(1011, { ...inside, comm: 'sh', ppid: 1010, nsPid: [1011, 7] });
  fake.write('proc/1010/attr/current', 'docker-default (enforce)\n');
  fake.write('proc/sys/kernel/cap_last_cap', '40\n');
  return fake;
}

async function requests(fake: FakeHost) {
  const taker = new SampleTaker(fake.files, { repeats: true });
  const sample = await taker.take();
  const model = buildModel(sample);
  const [container] = model.containers;
  if (container?.key !== KEY) throw new Error(`${container?.key} is not ${KEY}`);
  const whole: ListRequest = {
    files: taker.files,
    sample,
    model,
    freshen: (pids) => taker.freshen(pids),
    container: undefined,
  };
  return { whole, one: { ...whole, container }, taker };
}

describe('processes', () => {
  it('of the host: all but kernel threads, each with its container', async () => {
    const { whole, taker } = await requests(host());
    const { rows } = await LISTERS.processes()(whole);
    expect(rows).toMatchObject([
      { pid: 1, comm: 'systemd' },
      { pid: 700, argv: ['sshd', '-D'], memoryBytes: 3 * 4096 },
      { pid: 900 },
      { pid: 1010, innerPids: [1010, 1], container: KEY, containerName: ID.slice(0, 12) },
      { pid: 1011, ppid: 1010, container: KEY },
    ]);
    expect(rows[1]).not.toHaveProperty('container');
    await taker.close();
  });

  it('of a container: as they are now, with what they used since the list before, without those that ended', async () => {
    const fake = host();
    const { one, taker } = await requests(fake);
    const lister = LISTERS.processes();
    const first = await lister(one);
    expect(first.rows).toMatchObject([{ pid: 1010, cpu: { usageUsec: 100_000 } }, { pid: 1011 }]);
    expect(first.rows[0]).not.toHaveProperty('cpu.ratio');
    const inside = { cgroup: `0::${PATH}\n`, ns: OWN, mountinfo: MOUNTINFO };
    fake.process(1010, { ...inside, comm: 'node', utimeTicks: 20, nsPid: [1010, 1] });
    fake.remove('proc/1011');
    const second = await lister(one);
    expect(second.rows).toMatchObject([{ pid: 1010, cpu: { ratio: expect.any(Number) } }]);
    expect(second.rows).toHaveLength(1);
    await taker.close();
  });

  it('another process under the same pid has no rate', async () => {
    const fake = host();
    const { one, taker } = await requests(fake);
    const lister = LISTERS.processes();
    await lister(one);
    const inside = { cgroup: `0::${PATH}\n`, ns: OWN, mountinfo: MOUNTINFO };
    fake.process(1011, { ...inside, comm: 'other', ppid: 1010, starttimeTicks: 5000, utimeTicks: 50 });
    const { rows } = await lister(one);
    expect(rows[1]).toMatchObject({ pid: 1011, comm: 'other' });
    expect(rows[1]).not.toHaveProperty('cpu.ratio');
    await taker.close();
  });
});

describe('cgroups', () => {
  it('of the host: every one, with whose it is', async () => {
    const { whole, taker } = await requests(host());
    const { rows } = await LISTERS.cgroups()(whole);
    expect(rows).toMatchObject([
      { path: '/' },
      { path: '/docker', memory: { maxBytes: { own: 64_000_000 } } },
      { path: PATH, container: KEY, memory: { maxBytes: { own: 'max', effective: 64_000_000 } } },
      { path: `${PATH}/inner`, container: KEY },
      { path: '/system.slice' },
    ]);
    await taker.close();
  });

  it('of a container: its own and below, with limits from above and rates', async () => {
    const fake = host();
    const { one, taker } = await requests(fake);
    const lister = LISTERS.cgroups();
    const first = await lister(one);
    expect(first.rows).toMatchObject([
      { path: PATH, type: 'domain', memory: { maxBytes: { effective: 64_000_000, limitedBy: '/docker' } } },
      { path: `${PATH}/inner` },
    ]);
    expect(first.rows).toHaveLength(2);
    fake.write(
      `${CGROUPS}${PATH}/cpu.stat`,
      'usage_usec 6000000\nuser_usec 4000000\nsystem_usec 2000000\nnr_periods 12\nnr_throttled 3\nthrottled_usec 300\n',
    );
    const second = await lister(one);
    expect(second.rows[0]).toMatchObject({ cpu: { ratio: expect.any(Number), throttledRatio: 0.5 } });
    expect(second.rows[1]).toMatchObject({ cpu: { ratio: 0 } });
    await taker.close();
  });

  it('of a container that shares all of its cgroups: none, and a note', async () => {
    const fake = new FakeHost(`22 1 8:1 / / rw - ext4 /dev/sda1 rw\n${V2_MOUNT}`);
    fake.cgroup(`${CGROUPS}/user.slice`, busyV2());
    fake.process(700, { comm: 'bash', cgroup: '0::/user.slice\n' });
    fake.process(701, { comm: 'sleep', ppid: 700, cgroup: '0::/user.slice\n', ns: OWN, nsPid: [701, 1] });
    const taker = new SampleTaker(fake.files);
    const sample = await taker.take();
    const model = buildModel(sample);
    const found = await LISTERS.cgroups()({
      files: fake.files,
      sample,
      model,
      freshen: () => [],
      container: model.containers[0],
    });
    expect(found).toMatchObject({ rows: [], notes: [{ about: 'cgroup' }] });
  });
});

describe('mounts', () => {
  it('of the host: as pid 1 sees them, where /proc is not our own', async () => {
    const { whole, taker } = await requests(host());
    const found = await LISTERS.mounts()(whole);
    expect(found).toMatchObject({ rows: [{ id: 22, target: '/', type: 'ext4' }] });
    expect(found).not.toHaveProperty('storage');
    await taker.close();
  });

  it('of a container: as its init sees them, with what its root is made of', async () => {
    const { one, taker } = await requests(host());
    expect(await LISTERS.mounts()(one)).toMatchObject({
      rows: [
        { id: 500, type: 'overlay' },
        { id: 501, target: '/proc' },
      ],
      storage: { driver: 'overlay', upper: { path: '/x/diff' } },
    });
    await taker.close();
  });

  it('of one that has just ended cannot be taken', async () => {
    const fake = host();
    const { one, taker } = await requests(fake);
    fake.remove('proc/1010');
    expect(() => LISTERS.mounts()(one)).toThrow('process 1010 has ended');
    await taker.close();
  });
});

describe('security', () => {
  it('a row for each container, by its init', async () => {
    const { whole, one, taker } = await requests(host());
    for (const request of [whole, one]) {
      expect(await LISTERS.security()(request)).toMatchObject({
        rows: [
          {
            key: KEY,
            runtime: 'docker',
            pid: 1010,
            lsm: 'docker-default (enforce)',
            caps: { masks: { effective: '000001ffffffffff' }, noNewPrivs: false, seccomp: 'disabled' },
          },
        ],
      });
    }
    await taker.close();
  });

  it('of an init that has ended meanwhile: gone, not a failure of the list', async () => {
    const fake = host();
    const { whole, taker } = await requests(fake);
    fake.remove('proc/1010');
    const { rows } = await LISTERS.security()(whole);
    expect(rows).toMatchObject([
      { key: KEY, caps: { unknown: 'gone', path: join(fake.files.procRoot, '1010/status') } },
    ]);
    await taker.close();
  });
});
