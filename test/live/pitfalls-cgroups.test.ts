// What cgroupfs answers, on the running kernel, which has v1 controllers and v2 beside them: the facts of docs/pitfalls.md
// that no file can hold. Nothing of Porthole runs here.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  rmdirSync,
  statfsSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePids } from '../../src/kernel/cgroup/procs.ts';
import { hierarchies, hierarchyOf, Lab, waitFor } from '../lab/index.ts';
import { errnoOf, field, probe, read, start } from './kernel-probe.ts';

const V2 = hierarchyOf('')?.mountPoint ?? '';
const MIB = 2 ** 20;

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.create();
});
afterAll(() => lab?.close());

/** A v2 cgroup of the test's own. */
const unified = async (name: string): Promise<string> => (await lab.cgroup(['unified'], name)).dirs[''] ?? '';
const v1 = async (controller: string, name: string): Promise<string> =>
  (await lab.cgroup([controller], name)).dirs[controller] ?? '';
async function sleeperIn(...directories: string[]) {
  const sleeper = start(lab, ['sh', '-c', 'echo; exec cat']);
  await sleeper.line();
  for (const directory of directories) writeFileSync(join(directory, 'cgroup.procs'), String(sleeper.pid));
  return sleeper;
}

describe('hierarchies', () => {
  it('the magic of the file system tells v1 from v2 for each controller', () => {
    expect(statfsSync(V2).type).toBe(0x63677270);
    const others = hierarchies().filter(({ mountPoint }) => mountPoint !== V2);
    expect(others.length).toBeGreaterThan(0);
    for (const { mountPoint } of others) expect(statfsSync(mountPoint).type).toBe(0x27e0eb);
  });

  it('the root of v2 has no events, type, freeze, max or current; cpu.stat is there', () => {
    for (const file of [
      'cgroup.events',
      'cgroup.type',
      'cgroup.freeze',
      'cpu.max',
      'memory.current',
      'pids.current',
    ])
      expect([file, existsSync(join(V2, file))]).toEqual([file, false]);
    expect(read(join(V2, 'cpu.stat'))).toMatch(/^usage_usec \d+$/m);
  });

  it('a cgroup namespace shows its root as /, and what is beside it with /..', async () => {
    const inside = await unified('viewer');
    const beside = await sleeperIn(await unified('beside'));
    const viewer = await sleeperIn(inside);
    const script =
      'echo 0 >"$0/cgroup.procs"; exec unshare -C cat /proc/self/cgroup "/proc/$1/cgroup" /proc/2/cgroup';
    const said = execFileSync('sh', ['-c', script, inside, String(beside.pid)], { encoding: 'utf8' });
    expect(said.match(/^0::.*$/gm)).toEqual(['0::/', '0::/../beside', '0::/../..']);
    const mounts = execFileSync(
      'sh',
      ['-c', 'echo 0 >"$0/cgroup.procs"; exec unshare -C cat /proc/self/mountinfo', inside],
      {
        encoding: 'utf8',
      },
    );
    expect(mounts).toMatch(new RegExp(` /\\.\\./\\.\\. ${V2} .* - cgroup2 `));
    await Promise.all([beside.end(), viewer.end()]);
  });

  it('the fake root of a cgroup namespace has cgroup.events and cgroup.type', async () => {
    const inside = await unified('fake-root');
    const script =
      'echo 0 >"$0/cgroup.procs"; exec unshare -Cm --propagation private sh -ec "mount -t cgroup2 none /mnt; ls /mnt; cat /proc/self/cgroup"';
    const said = execFileSync('sh', ['-c', script, inside], { encoding: 'utf8' }).split('\n');
    expect(said).toEqual(expect.arrayContaining(['cgroup.events', 'cgroup.type', '0::/']));
  });
});

describe('files', () => {
  it('cpu.stat and pressure are there without any controller; memory, io and pids are not', async () => {
    const cgroup = await unified('bare');
    expect(read(join(cgroup, 'cgroup.controllers'))).toBe('');
    expect(read(join(cgroup, 'cpu.stat'))).toMatch(/^usage_usec 0$/m);
    expect(read(join(cgroup, 'cpu.pressure'))).toMatch(/^some .*\nfull .*\n$/);
    for (const file of ['memory.current', 'io.stat', 'pids.current', 'cpu.max'])
      expect([file, existsSync(join(cgroup, file))]).toEqual([file, false]);
  });

  it('no limit of v1 memory is LONG_MAX rounded down to a page', async () => {
    const memory = await v1('memory', 'unlimited');
    const page = BigInt(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }));
    expect(BigInt(read(join(memory, 'memory.limit_in_bytes')))).toBe(((2n ** 63n - 1n) / page) * page);
    expect(read(join(await v1('pids', 'unlimited'), 'pids.max'))).toBe('max\n');
    expect(read(join(await v1('cpu', 'unlimited'), 'cpu.cfs_quota_us'))).toBe('-1\n');
  });

  it('pages of tmpfs are shmem, and never in inactive_file', async () => {
    const memory = await v1('memory', 'tmpfs');
    const writer = probe(lab, 'tmpfs', memory);
    expect(await writer.line()).toBe('ready');
    const total = (key: string) =>
      Number(new RegExp(`^total_${key} (\\d+)$`, 'm').exec(read(join(memory, 'memory.stat')))?.[1]);
    await waitFor(() => total('shmem') >= 3 * MIB, 'its pages to be counted');
    expect(total('inactive_file')).toBeLessThan(MIB);
    expect(Number(read(join(memory, 'memory.usage_in_bytes')))).toBeGreaterThanOrEqual(3 * MIB);
    await writer.end();
  });

  it('the pressure of cpu has a full line of zeros at the top', () => {
    expect(read('/proc/pressure/cpu')).toMatch(
      /^some [^\n]*\nfull avg10=0\.00 avg60=0\.00 avg300=0\.00 total=0\n$/,
    );
  });

  it('pressure that is switched off for a cgroup has no files; what was open gives ENODEV, as if the cgroup were gone', async () => {
    const cgroup = await unified('unpressed');
    const fd = openSync(join(cgroup, 'memory.pressure'), 'r');
    writeFileSync(join(cgroup, 'cgroup.pressure'), '0');
    expect(errnoOf(() => read(join(cgroup, 'memory.pressure')))).toBe('ENOENT');
    expect(errnoOf(() => readSync(fd, Buffer.alloc(200), 0, 200, 0))).toBe('ENODEV');
    closeSync(fd);
  });
});

describe('members', () => {
  it('cgroup.procs of a threaded cgroup is EOPNOTSUPP, which Node calls ENOTSUP; cgroup.threads answers', async () => {
    const domain = await unified('threads/of');
    writeFileSync(join(domain, 'cgroup.type'), 'threaded');
    expect(errnoOf(() => read(join(domain, 'cgroup.procs')))).toBe('ENOTSUP');
    expect(read(join(domain, 'cgroup.threads'))).toBe('');
    expect(() => execFileSync('cat', [join(domain, 'cgroup.procs')], { stdio: 'pipe' })).toThrow(
      /not supported/,
    );
  });

  it('a process outside our pid namespace is pid 0 in v2 and missing in v1', async () => {
    const directories = [await unified('outside'), await v1('pids', 'outside')];
    const sleeper = await sleeperIn(...directories);
    const files = directories.map((each) => join(each, 'cgroup.procs'));
    const inside = ['-mpf', '--propagation', 'private', '--mount-proc', 'cat'];
    const seen = files.map((file) => execFileSync('unshare', [...inside, file], { encoding: 'utf8' }));
    expect(seen).toEqual(['0\n', '']);
    expect(seen.map(parsePids)).toEqual([[0], []]);
    expect(files.map(read)).toEqual([`${sleeper.pid}\n`, `${sleeper.pid}\n`]);
    await sleeper.end();
  });
});

describe('a removed cgroup', () => {
  it.each([
    ['v2', () => unified('removed'), 'cpu.stat'],
    ['v1', () => v1('pids', 'removed'), 'pids.current'],
  ])(
    '%s: its open files give ENODEV, the path ENOENT, and made again it has another inode',
    async (_name, make, file) => {
      const cgroup = await make();
      const fd = openSync(join(cgroup, file), 'r');
      const { ino } = statSync(cgroup);
      rmdirSync(cgroup);
      expect(errnoOf(() => readSync(fd, Buffer.alloc(100), 0, 100, 0))).toBe('ENODEV');
      expect(errnoOf(() => read(join(cgroup, file)))).toBe('ENOENT');
      mkdirSync(cgroup);
      expect(statSync(cgroup).ino).not.toBe(ino);
      expect(errnoOf(() => readSync(fd, Buffer.alloc(100), 0, 100, 0))).toBe('ENODEV');
      closeSync(fd);
    },
  );

  it('/proc/PID/cgroup of a zombie marks it as deleted in v2', async () => {
    const cgroup = await unified('buried');
    const parent = start(lab, ['sh', '-c', 'read -r go; sleep 0 & echo $!; exec cat']);
    writeFileSync(join(cgroup, 'cgroup.procs'), String(parent.pid));
    parent.tell('go');
    const zombie = await parent.line();
    await waitFor(() => field(zombie, 'State').startsWith('Z'), 'a zombie');
    writeFileSync(join(V2, 'cgroup.procs'), String(parent.pid));
    rmdirSync(cgroup);
    expect(read(`/proc/${zombie}/cgroup`)).toMatch(/^0::\/.* \(deleted\)$/m);
    await parent.end();
  });
});

describe('frozen', () => {
  it('v2: cgroup.events says it, cgroup.freeze is only the wish; the process still shows S', async () => {
    const outer = await unified('cold');
    const inner = join(outer, 'inner');
    mkdirSync(inner);
    const sleeper = await sleeperIn(inner);
    writeFileSync(join(outer, 'cgroup.freeze'), '1');
    await waitFor(() => /^frozen 1$/m.test(read(join(inner, 'cgroup.events'))), 'the frost');
    expect(read(join(inner, 'cgroup.freeze'))).toBe('0\n');
    expect(field(sleeper.pid, 'State')).toBe('S (sleeping)');
    writeFileSync(join(outer, 'cgroup.freeze'), '0');
    await sleeper.end();
    rmdirSync(inner);
  });

  it('v1: freezer.state says it, self_freezing and parent_freezing whose wish it is; the process shows D', async () => {
    const outer = await v1('freezer', 'cold');
    const inner = join(outer, 'inner');
    mkdirSync(inner);
    const sleeper = await sleeperIn(inner);
    writeFileSync(join(outer, 'freezer.state'), 'FROZEN');
    await waitFor(() => read(join(inner, 'freezer.state')) === 'FROZEN\n', 'the frost');
    const wishes = (cgroup: string) =>
      ['self', 'parent'].map((whose) => read(join(cgroup, `freezer.${whose}_freezing`)).trim());
    expect([wishes(outer), wishes(inner)]).toEqual([
      ['1', '0'],
      ['0', '1'],
    ]);
    expect(field(sleeper.pid, 'State')).toBe('D (disk sleep)');
    writeFileSync(join(outer, 'freezer.state'), 'THAWED');
    await sleeper.end();
    rmdirSync(inner);
  });
});

describe('changes', () => {
  it('cgroup.events tells its changes by poll(POLLPRI)', async () => {
    const cgroup = await unified('polled');
    const poller = probe(lab, 'poll', join(cgroup, 'cgroup.events'));
    expect(await poller.line()).toBe('ready');
    const sleeper = await sleeperIn(cgroup);
    expect(await poller.line()).toMatch(/^POLLPRI populated 1 /);
    await Promise.all([sleeper.end(), poller.end()]);
  });

  it('and by inotify', async () => {
    const cgroup = await unified('watched');
    let told = 0;
    const watcher = watch(join(cgroup, 'cgroup.events'), () => {
      told += 1;
    });
    const sleeper = await sleeperIn(cgroup);
    await waitFor(() => told > 0, 'inotify to tell');
    await sleeper.end();
    watcher.close();
  });

  it('v1 memory tells that a threshold was passed by an eventfd', async () => {
    const teller = probe(lab, 'threshold', await v1('memory', 'threshold'));
    expect(await teller.line()).toBe('told');
    await teller.end();
  });
});

describe('names of systemd', () => {
  it.each([
    ['a hyphen', 'old-stable', 'old\\x2dstable'],
    ['a slash is a hyphen', 'a/b', 'a-b'],
    ['a dot in front', '.x', '\\x2ex'],
  ])('%s', (_name, plain, escaped) => {
    expect(execFileSync('systemd-escape', ['--', plain], { encoding: 'utf8' }).trim()).toBe(escaped);
  });
});
