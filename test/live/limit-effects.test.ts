// That limits hold what runs: processors, weights, disks, forks, memory.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, type LabContainer } from '../lab/index.ts';
import { cgroupOf, kernelFile, LimitKit } from './limit-kit.ts';
import { porthole } from './porthole.ts';

let lab: Lab;
const kit = new LimitKit();
beforeAll(async () => {
  lab = await Lab.create();
});
afterAll(async () => {
  kit.remove();
  await lab?.close();
});

const CONTROLLERS = ['memory', 'cpu', 'cpuacct', 'cpuset', 'pids', 'blkio', 'devices'];
const BUSY = ['sh', '-c', 'while :; do :; done'];

/** With all of the host's files: only its pids, mounts and cgroups are its own. */
const bare = async (name: string, cmd: readonly string[]): Promise<LabContainer> =>
  lab.unshare({ cgroup: await lab.cgroup(CONTROLLERS, name), flags: ['-mpf', '--mount-proc'], cmd });

const MAKERS: readonly (readonly [string, (cmd: readonly string[]) => Promise<LabContainer>])[] = [
  ['docker', async (cmd) => (await lab.docker()).run({ name: 'le-docker', cmd })],
  ['lxc', (cmd) => lab.lxc({ name: 'le-lxc', cmd })],
  ['unshare', (cmd) => bare('le-bare', cmd)],
];

const usedSeconds = (pid: number) =>
  Number(readFileSync(join(cgroupOf(pid, 'cpuacct'), 'cpuacct.usage'), 'utf8')) / 1e9;

/** Processor seconds a second of each, over the same time. */
async function rates(pids: readonly number[], seconds: number): Promise<number[]> {
  const start = performance.now();
  const before = pids.map(usedSeconds);
  await sleep(seconds * 1000);
  const after = pids.map(usedSeconds);
  const span = (performance.now() - start) / 1000;
  return after.map((each, index) => (each - (before[index] ?? 0)) / span);
}

describe.each(MAKERS)('%s', (_, make) => {
  it('a busy loop is held to a quarter of a core', async () => {
    const container = await make(BUSY);
    await kit.set(container.initPid, ['cpu=0.25']);
    // Others on this machine can take something away, and give nothing.
    let most = 0;
    for (let tries = 0; tries < 4 && most < 0.22; tries += 1) {
      const [rate = 0] = await rates([container.initPid], 2);
      most = Math.max(most, rate);
      expect(rate).toBeLessThan(0.28);
    }
    expect(most).toBeGreaterThan(0.22);
    const { limits } = await kit.json(container.initPid, ['--interval', '1']);
    const cpu = limits.find(({ key }) => key === 'cpu');
    expect(cpu).toMatchObject({ value: 0.25, effective: 0.25 });
    expect(cpu?.use).toBeGreaterThan(0.05);
    expect(cpu?.use).toBeLessThan(0.28);
    await container.stop();
  });
});

it('two busy loops on one processor share it 1:4', async () => {
  const [one, four] = [await bare('le-one', BUSY), await bare('le-four', BUSY)];
  await kit.set(one.initPid, ['cpuset-cpus=1', 'cpu-shares=1024']);
  await kit.set(four.initPid, ['cpuset-cpus=1', 'cpu-shares=4096']);
  const [first = 0, second = 0] = await rates([one.initPid, four.initPid], 3);
  expect(second / first).toBeGreaterThan(3.6);
  expect(second / first).toBeLessThan(4.4);
  await Promise.all([one.stop(), four.stop()]);
});

/** Runs the script when it is told to: docker's exec would be among those counted, and nsenter stays out of cgroups. */
const onSignal = (script: string) => [
  '/bin/sh',
  '-c',
  `trap go=1 USR1; while [ -z "$go" ]; do sleep 1000000 & wait $!; done; ( ${script} ); while :; do sleep 1000000; done`,
];
const go = async (container: LabContainer) => {
  // The shell, what it waits for, and unshare(1) where that is in the same cgroup.
  const all = container.launcherPid === undefined ? '2' : '3';
  await lab.waitFor(() => kernelFile(container.initPid, 'pids.current') === all, 'the shell to wait');
  process.kill(container.initPid, 'SIGUSR1');
};

it.skipIf(!existsSync('/dev/vda'))('dd is held to bytes a second', async () => {
  const [file, done] = [join(lab.dir, 'dd-file'), join(lab.dir, 'dd-done')];
  const dd = `dd if=/dev/zero of=${file} bs=64k count=128 oflag=direct && touch ${done}`;
  const container = await bare('le-disk', onSignal(dd));
  await kit.set(container.initPid, ['io=/dev/vda:wbps=4M']);
  const start = performance.now();
  await go(container);
  await lab.waitFor(() => existsSync(done), 'dd to end', 20_000);
  const seconds = (performance.now() - start) / 1000;
  // 8 MiB at 4 MiB a second.
  expect(seconds).toBeGreaterThan(1.6);
  expect(seconds).toBeLessThan(5);
  // Direct writes are over when dd is: nothing moves any more.
  const { limits } = await kit.json(container.initPid);
  const counted = kernelFile(container.initPid, 'blkio.throttle.io_service_bytes_recursive');
  const device = limits.find(({ key }) => key === 'io')?.device;
  const written = Number(new RegExp(`^${device} Write (\\d+)$`, 'm').exec(counted)?.[1]);
  expect(written).toBeGreaterThanOrEqual(8 * 1024 * 1024);
  expect(limits.find(({ key }) => key === 'io')?.ioUse).toMatchObject([{ device, writeBytes: written }]);
  expect((await kit.set(container.initPid, [])).stdout).toMatch(/^io \d+:\d+ .* written [89]\.\d+M /m);
  await container.stop();
});

it('forks stop at the limit of pids', async () => {
  const cmd = onSignal('for i in $(seq 100); do sleep 1000000 & done');
  const container = await (await lab.docker()).run({ name: 'le-forks', cmd });
  await kit.set(container.initPid, ['pids=20']);
  await go(container);
  await lab.waitFor(() => !kernelFile(container.initPid, 'pids.events').endsWith(' 0'), 'a fork that failed');
  const { limits } = await kit.json(container.initPid);
  const pids = limits.find(({ key }) => key === 'pids');
  expect(pids).toMatchObject({ value: 20, effective: 20 });
  expect(pids?.use).toBeGreaterThan(15);
  expect(pids?.use).toBeLessThanOrEqual(20);
  await container.stop();
});

describe('a device', () => {
  const MAKE: readonly (readonly [string, () => Promise<LabContainer>])[] = [
    ['docker, which lists what may be used', async () => (await lab.docker()).run({ name: 'le-device' })],
    ['a cgroup that may use everything', () => bare('le-device', ['sleep', '1000000'])],
  ];
  it.each(MAKE)('%s: denied, and allowed again', async (_, make) => {
    const container = await make();
    // From within its cgroups, as everything in there is held.
    const reads = () =>
      porthole(['attach', '-q', '-T', String(container.initPid), '--', 'head', '-c', '1', '/dev/zero']);
    expect((await reads()).status).toBe(0);
    const before = kernelFile(container.initPid, 'devices.list');
    await kit.set(container.initPid, ['devices=deny:/dev/zero']);
    const denied = await reads();
    expect(denied.stderr).toMatch(/\/dev\/zero.*Operation not permitted/);
    expect(denied.status).toBe(1);
    await kit.set(container.initPid, ['devices=allow:/dev/zero']);
    expect((await reads()).status).toBe(0);
    await kit.set(container.initPid, ['devices=deny:/dev/zero']);
    expect((await reads()).status).toBe(1);
    await kit.set(container.initPid, ['--undo']);
    expect((await reads()).status).toBe(0);
    // One after the other, until there is no more: the list is in its order again.
    while ((await kit.run(container.initPid, ['--undo'])).status === 0);
    expect((await reads()).status).toBe(0);
    expect(kernelFile(container.initPid, 'devices.list')).toBe(before);
    await container.stop();
  });
});

it('an allocation is killed at the limit of memory, and that is told', async () => {
  const container = await (await lab.docker()).run({ name: 'le-memory' });
  await kit.set(container.initPid, ['memory=32M', 'swap=0']);
  const before = await kit.json(container.initPid);
  expect(before.limits.find(({ key }) => key === 'memory')).toMatchObject({ value: 33554432, oomKills: 0 });
  const victim = await container.exec(['/bin/sh', '-c', 'tail /dev/zero; /bin/sleep 1000000']);
  await lab.waitFor(
    () => /oom_kill [1-9]/.test(kernelFile(container.initPid, 'memory.oom_control')),
    'a kill',
  );
  const { limits } = await kit.json(container.initPid);
  expect(limits.find(({ key }) => key === 'memory')?.oomKills).toBeGreaterThan(0);
  const { stdout } = await kit.set(container.initPid, []);
  expect(stdout).toMatch(/^memory .* OOM kill/m);
  await victim.stop();
  await container.stop();
});
