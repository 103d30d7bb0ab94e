// Figures against the kernel's own files read at the same moment, and against docker stats where docker is the judge.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../src/model/host-model.ts';
import { Lab, type LabContainer, waitFor } from '../lab/index.ts';
import { inspect, only, procs, ps } from './porthole.ts';

const MEBI = 1024 * 1024;
let lab: Lab;
let busy: LabContainer;
let big: LabContainer;
let capped: LabContainer;
let parentPath: string;
let busyPath: string;

const cgroupFile = (controller: string, path: string, file: string) =>
  readFileSync(`/sys/fs/cgroup/${controller}${path}/${file}`, 'utf8').trim();

/** The named lines of a flat keyed file. */
const keyed = (text: string) =>
  new Map(text.split('\n').map((line) => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])]));

const commsIn = (path: string) =>
  cgroupFile('pids', path, 'cgroup.procs')
    .split('\n')
    .map((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim())
    .sort();

beforeAll(async () => {
  lab = await Lab.create();
  const docker = await lab.docker();
  // Before everything else on this machine, so that nothing but its quota holds it.
  const first = await lab.cgroup(['cpu'], 'first', { 'cpu.shares': '262144' });
  busy = await docker.run({
    name: 'half-a-core',
    args: ['--cpus', '0.5', '--cgroup-parent', first.path],
    cmd: ['/bin/sh', '-c', 'while :; do :; done'],
  });
  busyPath = `${first.path}/${busy.id}`;
  // 24 MiB on its tmpfs (stays in "memory in use"), 8 MiB of page cache that was only read.
  big = await docker.run({
    name: 'uses-memory',
    args: ['-m', '128m', '--pids-limit', '77', '--tmpfs', '/scratch'],
    cmd: [
      '/bin/sh',
      '-c',
      'head -c 25165824 /dev/zero > /scratch/a; head -c 8388608 /dev/zero > /b; cat /b > /dev/null; sleep 1000000 & sleep 1000000 & wait',
    ],
  });
  const parent = await lab.cgroup(['memory', 'pids'], 'parent', {
    'memory.limit_in_bytes': String(48 * MEBI),
    'pids.max': '40',
  });
  parentPath = parent.path;
  capped = await docker.run({ name: 'capped-above', args: ['--cgroup-parent', parent.path, '-m', '512m'] });
  // The shell and its two sleeps: everything is written by then.
  const isSettled = () => cgroupFile('pids', `/docker/${big.id}`, 'pids.current') === '3';
  await waitFor(
    () => isSettled() && commsIn(`/docker/${big.id}`).join() === 'sh,sleep,sleep',
    'the container to settle',
    20_000,
  );
});
afterAll(() => lab?.close());

/** Nearby, because the container goes on living between the two reads. */
function near(value: unknown, expected: number, tolerance: number): void {
  expect(typeof value, `${String(value)} is no number`).toBe('number');
  expect(Math.abs(Number(value) - expected), `${value} against ${expected}`).toBeLessThanOrEqual(tolerance);
}

const find = async (which: LabContainer, args: readonly string[] = []): Promise<Container> =>
  only(await ps(args), which.initPid);

describe('memory', () => {
  it('is what memory.usage_in_bytes and memory.stat say', async () => {
    const { memory } = await find(big);
    const path = `/docker/${big.id}`;
    const stat = keyed(cgroupFile('memory', path, 'memory.stat'));
    const usage = Number(cgroupFile('memory', path, 'memory.usage_in_bytes'));
    expect(memory.accounting).toBe('cgroup');
    near(memory.currentBytes, usage, MEBI);
    near(memory.workingSetBytes, usage - (stat.get('total_inactive_file') ?? 0), MEBI);
    near(memory.anonBytes, stat.get('total_rss') ?? -1, MEBI);
    near(memory.fileBytes, stat.get('total_cache') ?? -1, MEBI);
    near(memory.shmemBytes, 24 * MEBI, MEBI);
    expect(memory.limitBytes).toBe(128 * MEBI);
    expect(memory.effectiveLimitBytes).toBe(128 * MEBI);
  });

  it('in use is what docker stats shows', async () => {
    const { memory } = await find(big);
    const stats = await (await lab.docker()).stats(big.id ?? '');
    const shown = /^([\d.]+)(B|KiB|MiB|GiB)/.exec(stats['MemUsage'] ?? '');
    const unit = { B: 1, KiB: 1024, MiB: MEBI, GiB: 1024 * MEBI }[shown?.[2] ?? ''] ?? Number.NaN;
    near(memory.workingSetBytes, Number(shown?.[1]) * unit, 0.5 * MEBI);
  });

  it('limit of an ancestor is the effective one, and says whose it is', async () => {
    const { memory, effectivePidsLimit } = await find(capped);
    expect(memory.limitBytes).toBe(512 * MEBI);
    expect(memory.effectiveLimitBytes).toBe(48 * MEBI);
    expect(memory.limitedBy).toBe(parentPath);
    expect(effectivePidsLimit).toBe(40);
    const hierarchical = keyed(cgroupFile('memory', `${parentPath}/${capped.id}`, 'memory.stat')).get(
      'hierarchical_memory_limit',
    );
    expect(memory.effectiveLimitBytes).toBe(hierarchical);
  });

  it('without any limit is bounded by the host alone', async () => {
    const { memory } = await find(busy);
    const total = Number(/MemTotal:\s+(\d+) kB/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024;
    expect(memory).toMatchObject({ limitBytes: 'max', effectiveLimitBytes: total, limitedBy: 'host' });
  });
});

describe('pids', () => {
  it('count and limit are those of pids.current and pids.max', async () => {
    const { pidsCount, pidsLimit, pids } = await find(big);
    expect(pidsCount).toBe(Number(cgroupFile('pids', `/docker/${big.id}`, 'pids.current')));
    expect(pidsLimit).toBe(77);
    const members = cgroupFile('pids', `/docker/${big.id}`, 'cgroup.procs').split('\n').map(Number);
    expect([...pids].sort()).toEqual(members.sort());
  });
});

describe('cpu', () => {
  it('of a busy loop held at half a core is 0.5, and it is throttled', async () => {
    const path = busyPath;
    const usage = () => Number(cgroupFile('cpuacct', path, 'cpuacct.usage')) / 1000;
    const before = usage();
    const found = await find(busy, ['--interval', '5']);
    const after = usage();
    near(found.cpu.ratio, 0.5, 0.05);
    expect(found.cpu.throttledRatio).toBeGreaterThan(0);
    expect(found.cpu.limitCores).toBe(0.5);
    expect(Number(found.cpu.usageUsec)).toBeGreaterThan(before);
    expect(Number(found.cpu.usageUsec)).toBeLessThanOrEqual(after);
    const throttledNs = keyed(cgroupFile('cpu', path, 'cpu.stat')).get('throttled_time') ?? 0;
    expect(Number(found.cpu.throttledUsec)).toBeLessThanOrEqual(throttledNs / 1000);
    expect(Number(found.cpu.throttledUsec)).toBeGreaterThan(0);
  });

  it('has no rate in a single sample', async () => {
    const { cpu, io } = await find(busy);
    expect(cpu.ratio).toBeUndefined();
    expect(io.readBytesPerSec).toBeUndefined();
  });
});

describe('a container that is paused', () => {
  it('is frozen, and running again afterwards', async () => {
    await capped.pause?.();
    const frozen = await find(capped);
    await capped.resume?.();
    expect(frozen.state).toBe('frozen');
    expect((await find(capped)).state).toBe('running');
  });
});

describe('when a container started', () => {
  it('is told the same by every command, each time, and by the clock that the kernel booted at', async () => {
    const { initPid } = big;
    const told = new Set<string>();
    for (let times = 0; times < 5; times++) told.add((await find(big)).startedAt);
    told.add((await inspect(String(initPid))).startedAt);
    told.add((await procs(String(initPid))).find(({ pid }) => pid === initPid)?.startedAt ?? '');
    expect(told.size).toBe(1);
    const ticks = Number(readFileSync(`/proc/${initPid}/stat`, 'latin1').split(') ')[1]?.split(' ')[19]);
    const bootedAtMs = Date.parse([...told][0] ?? '') - ticks * 10;
    const btime = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
    expect(Math.floor(bootedAtMs / 1000)).toBe(btime);
  });
});
