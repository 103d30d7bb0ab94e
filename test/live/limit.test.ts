// Every limit on docker, lxc and a bare container of this host: the kernel's own file holds what was asked for, and --undo makes
// every file what it was, byte by byte.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, type LabContainer } from '../lab/index.ts';
import { copyOfDist } from '../load/dist.mjs';
import { kernelFile, LimitKit, settingsOf } from './limit-kit.ts';
import { cannotTrace } from './strace-kit.ts';

let lab: Lab;
const kit = new LimitKit();
beforeAll(async () => {
  lab = await Lab.create();
});
afterAll(async () => {
  kit.remove();
  await lab?.close();
});

/** The disk of the host's root, whole, as major:minor; undefined where it cannot be limited. */
const DISK = '/dev/vda';
const disk = existsSync(DISK) ? statSync(DISK).rdev : undefined;
const number = disk === undefined ? '' : `${disk >> 8}:${disk & 0xff}`;

const CONTROLLERS = ['memory', 'cpu', 'cpuacct', 'cpuset', 'pids', 'blkio', 'devices'];
const MAKERS: readonly (readonly [string, () => Promise<LabContainer>])[] = [
  ['docker', async () => (await lab.docker()).run({ name: 'li-docker', args: ['-m', '64m'] })],
  ['lxc', () => lab.lxc({ name: 'li-lxc' })],
  [
    'unshare in a cgroup of its own',
    async () => lab.unshare({ cgroup: await lab.cgroup(CONTROLLERS, 'bare') }),
  ],
];

/** What is asked for, and what the files say then. */
const KEYS: readonly (readonly [words: readonly string[], files: Readonly<Record<string, string>>])[] = [
  [['memory=200M'], { 'memory.limit_in_bytes': '209715200' }],
  [
    ['memory=200M', 'swap=10M'],
    { 'memory.limit_in_bytes': '209715200', 'memory.memsw.limit_in_bytes': '220200960' },
  ],
  [['memory-low=32M'], { 'memory.soft_limit_in_bytes': '33554432' }],
  [['swappiness=10'], { 'memory.swappiness': '10' }],
  [['cpu=0.5'], { 'cpu.cfs_quota_us': '50000', 'cpu.cfs_period_us': '100000' }],
  [['cpu=30000/50000'], { 'cpu.cfs_quota_us': '30000', 'cpu.cfs_period_us': '50000' }],
  [['cpu=50%', 'cpu-burst=20ms'], { 'cpu.cfs_quota_us': '50000', 'cpu.cfs_burst_us': '20000' }],
  [['cpu-idle=1'], { 'cpu.idle': '1' }],
  [['cpu-shares=2048'], { 'cpu.shares': '2048' }],
  [['cpu-weight=10000'], { 'cpu.shares': '262144' }],
  [['cpuset-cpus=1'], { 'cpuset.cpus': '1' }],
  [['pids=50'], { 'pids.max': '50' }],
  [['devices=deny:c:1:5'], {}],
  [['devices=allow:c:10:229:rw'], {}],
  [['blkio-weight=500'], { 'blkio.bfq.weight': '500' }],
  [['io-weight=200'], { 'blkio.bfq.weight': '30' }],
  ...(disk === undefined
    ? []
    : [
        [
          [`io=${DISK}:rbps=1M,wiops=200`],
          {
            'blkio.throttle.read_bps_device': `${number} 1048576`,
            'blkio.throttle.write_iops_device': `${number} 200`,
          },
        ] as const,
      ]),
];

describe.each(MAKERS)('%s', (_, make) => {
  let container: LabContainer;
  beforeAll(async () => {
    container = await make();
  });

  it.each(KEYS)('%s', async (words, files) => {
    const before = settingsOf(container.initPid);
    await kit.set(container.initPid, words);
    for (const [file, text] of Object.entries(files))
      expect(kernelFile(container.initPid, file), file).toBe(text);
    // Where everything is allowed nobody knows whether it was not.
    const isNothing =
      words[0]?.startsWith('devices=allow') && kernelFile(container.initPid, 'devices.list') === 'a *:* rwm';
    const { status, stderr } = await kit.run(container.initPid, ['--undo']);
    expect(status, stderr).toBe(isNothing ? 4 : 0);
    expect(settingsOf(container.initPid)).toEqual(before);
  });
});

it.skipIf(cannotTrace)('a change waits for no disk', async () => {
  const { initPid } = await lab.unshare({ cgroup: await lab.cgroup(['pids'], 'synced') });
  const log = join(kit.directory, 'synced');
  const through = ['strace', '-f', '-e', 'trace=write,fsync,fdatasync', '-e', 'signal=none', '-o', log];
  const { status, stdout } = await kit.run(initPid, ['pids=5000'], { through });
  expect([status, stdout]).toEqual([0, expect.stringContaining('-> 5000')]);
  const lines = readFileSync(log, 'utf8').split('\n');
  expect(lines.filter((line) => line.includes('write(') && line.includes('5000'))).not.toEqual([]);
  expect(lines.filter((line) => /fsync|fdatasync/.test(line))).toEqual([]);
});

/** `porthole limit` of a copy of the program in which a file is missing. */
async function limitWithout(name: string): Promise<(...words: string[]) => string> {
  const start = await copyOfDist();
  rmSync(join(dirname(start), name));
  return (...words) =>
    execFileSync(process.execPath, [start, 'limit', ...words], {
      env: { ...process.env, ...kit.env },
      encoding: 'utf8',
      stdio: 'pipe',
    });
}

it('one limit is set by what loads soonest', async () => {
  const { initPid } = await lab.unshare({ cgroup: await lab.cgroup(['pids'], 'soonest') });
  const limit = await limitWithout('acting-limit-main-later.js');
  expect(limit('-q', String(initPid), 'pids=4000')).toBe('');
  expect(limit('-q', String(initPid), 'pids+=1')).toBe('');
  expect(kernelFile(initPid, 'pids.max')).toBe('4001');
  expect(() => limit(String(initPid))).toThrow(/acting-limit-main-later/);
});
