// What limit refuses, takes back, and tells: nothing is left half done.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HeldLimits } from '../../src/actions/limit/change.ts';
import { changeLimits, Journal } from '../../src/actions/limit/index.ts';
import { placesOf } from '../../src/actions/limit/look.ts';
import { buildOnce } from '../../src/build/bundle.mjs';
import { findTarget } from '../../src/live/find-target.ts';
import { limitKeys } from '../../src/model/limits/keys.ts';
import { parseLimitWords } from '../../src/model/limits/request.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';
import { Lab, type LabContainer, removeWhenEmpty } from '../lab/index.ts';
import { cgroupOf, kernelFile, LimitKit, settingsOf } from './limit-kit.ts';
import { ORDINARY_USER } from './porthole.ts';

let lab: Lab;
let shared: LabContainer;
const kit = new LimitKit();
const CONTROLLERS = ['memory', 'cpu', 'cpuacct', 'cpuset', 'pids', 'blkio', 'devices'];
beforeAll(async () => {
  lab = await Lab.create();
  shared = await lab.unshare({ cgroup: await lab.cgroup(CONTROLLERS, 'lc-shared') });
});
afterAll(async () => {
  kit.remove();
  await lab?.close();
});

describe('refused, and nothing is changed', () => {
  it.each<[string[], number, RegExp]>([
    [['memory=-1'], 2, /memory=-1: it cannot be negative; to lower it, write memory-=1, or max/],
    [['memory=0'], 2, /memory=0: 0 would leave it no memory/],
    [['pids=0'], 2, /max for none/],
    [['cpu=0'], 2, /freeze stops a container/],
    [['memory=99999999999T'], 2, /more than can be counted/],
    [['pids=99999999999999999999'], 2, /more than can be counted|goes from/],
    [['memroy=1G'], 2, /no limit is called "memroy"; did you mean memory\?/],
    [['nonsense=1'], 2, /there are memory, /],
    [['memory'], 2, /is not KEY=VALUE/],
    [['memory=lots'], 2, /write it as memory=256M/],
    [['memory=1G', 'memory=2G', '--dry-run'], 0, /^$/],
    [['io=/dev/null:rbps=1M'], 2, /\/dev\/null is no disk/],
    [['io=/dev/nothing:rbps=1M'], 2, /\/dev\/nothing: ENOENT/],
    [['io=9999:1:rbps=1M'], 2, /there is no disk 9999:1/],
    [['memory-high=1G'], 4, /memory-high: cgroup v1 has no such limit; .*nothing was changed/],
    [['cpuset-cpus=1000'], 4, /cpuset\.cpus: .* -> 1000.*no such numbers.*nothing was changed/],
    [['cpu=0.5', 'cpu-burst=90ms'], 4, /cpu-burst|cfs_burst_us/],
    [['memory=+20%'], 4, /it has no limit that could be changed/],
    [['--undo', 'memory=1G'], 2, /take no limits/],
    [['--for', '10m'], 2, /--for needs limits/],
  ])('%s', async (words, status, said) => {
    const before = settingsOf(shared.initPid);
    const outcome = await kit.run(shared.initPid, words);
    expect(outcome.stderr).toMatch(said);
    expect(outcome.status).toBe(status);
    expect(settingsOf(shared.initPid)).toEqual(before);
  });

  it('less memory than is used', async () => {
    const container = await (await lab.docker()).run({
      name: 'lc-memory',
      args: ['--tmpfs', '/big:size=128m'],
    });
    await (await container.exec(['/bin/sh', '-c', 'head -c 50000000 /dev/zero >/big/x; /bin/sleep 1000000']))
      .pid;
    await lab.waitFor(
      () => Number(kernelFile(container.initPid, 'memory.usage_in_bytes')) > 50_000_000,
      'memory',
    );
    const before = settingsOf(container.initPid);
    const { status, stderr } = await kit.run(container.initPid, ['memory=20M']);
    expect(stderr).toMatch(
      /memory=20\.0M is below the [45]\d\.\dM that it uses .*EBUSY.*nothing was changed/,
    );
    expect(status).toBe(4);
    // The kernel refuses it, too: no swap here.
    const forced = await kit.run(container.initPid, ['memory=20M', '--force']);
    expect(forced.status).toBe(4);
    expect(forced.stderr).toMatch(/EBUSY/);
    expect(settingsOf(container.initPid)).toEqual(before);
    await container.stop();
  });

  it('an ordinary user: which file, and what it takes', async () => {
    const { status, stderr } = await kit.run(shared.initPid, ['pids=50'], { through: ORDINARY_USER });
    expect(status).toBe(5);
    expect(stderr).toMatch(/pids\.max: EACCES: needs write access to the cgroup/);
  });

  it('a cgroup file system that is read-only', async () => {
    const remount = 'mount -o remount,bind,ro /sys/fs/cgroup/pids && exec "$@"';
    const { status, stderr } = await kit.run(shared.initPid, ['pids=50'], {
      through: ['unshare', '-m', 'sh', '-c', remount, 'sh'],
    });
    expect(stderr).toMatch(/pids\.max: EROFS: needs a cgroup file system that is mounted read-write/);
    expect(status).toBe(5);
  });
});

it('when the second of two fails, the first is as before', async () => {
  const before = settingsOf(shared.initPid);
  const { status, stderr } = await kit.run(shared.initPid, ['pids=50', 'cpuset-cpus=1000']);
  expect(status).toBe(4);
  expect(stderr).toMatch(
    /cpuset\.cpus: .* -> 1000.*what was written before is put back: every file is as it was/,
  );
  expect(settingsOf(shared.initPid)).toEqual(before);
});

it('a container that ends in the middle', async () => {
  const files = new KernelFiles();
  const container = await lab.unshare({ cgroup: await lab.cgroup(['pids'], 'lc-gone') });
  const { container: target, host } = await findTarget(files, String(container.initPid));
  const places = placesOf(
    target,
    host.hierarchies,
    limitKeys().filter(({ id }) => id === 'pids'),
  );
  const held = HeldLimits.open({ files, host }, target, places);
  const planned = held.plan(parseLimitWords(['pids=50']));
  const directory = cgroupOf(container.initPid, 'pids');
  await container.stop();
  await removeWhenEmpty(directory);
  await expect(held.apply(planned, ['pids=50'], { journal: undefined })).rejects.toThrow(
    /its cgroup is gone/,
  );
  held.close();
});

it('a controller that is not enabled: where to write what', async () => {
  const controllers = readFileSync('/sys/fs/cgroup/unified/cgroup.controllers', 'utf8').split(/\s+/);
  const container = await (await lab.docker()).run({ name: 'lc-hugetlb' });
  const { status, stderr } = await kit.run(container.initPid, ['hugetlb=2MB:4M']);
  expect(status).toBe(4);
  expect(stderr).toMatch(
    controllers.includes('hugetlb')
      ? /the hugetlb controller is not enabled for \/docker.*: write \+hugetlb to \/sys\/fs\/cgroup\/unified\/cgroup\.subtree_control, then to .*\/docker\/cgroup\.subtree_control; nothing was changed/
      : /no mounted cgroup hierarchy has the hugetlb controller; nothing was changed/,
  );
  await container.stop();
});

describe('advice', () => {
  it('a limit above that of a cgroup above has no effect, and is shown so', async () => {
    const above = await lab.cgroup(['memory', 'pids'], 'lc-above', {
      'pids.max': '100',
      'memory.limit_in_bytes': '100M',
    });
    const container = await lab.unshare({ cgroup: await lab.cgroup(['memory', 'pids'], 'lc-above/inner') });
    const { stderr } = await kit.set(container.initPid, ['pids=500', 'memory=200M']);
    expect(stderr).toContain(`pids=500 has no effect: ${above.path} allows 100`);
    expect(stderr).toContain(`memory=200M has no effect: ${above.path} allows 100M`);
    const { limits } = await kit.json(container.initPid);
    expect(limits.find(({ key }) => key === 'pids')).toMatchObject({
      value: 500,
      effective: 100,
      cappedBy: above.path,
    });
    expect(limits.find(({ key }) => key === 'memory')).toMatchObject({
      value: 209715200,
      effective: 104857600,
      cappedBy: above.path,
    });
    await container.stop();
  });

  it('docker will write its own values again, and how to make it last', async () => {
    const container = await (await lab.docker()).run({ name: 'lc-keeps' });
    const { stderr } = await kit.set(container.initPid, ['pids=50']);
    expect(stderr).toMatch(/docker does not know of this/);
    const { stdout } = await kit.set(container.initPid, ['memory=100M', 'swap=0', 'cpu=1.5', '--persist']);
    expect(stdout).toMatch(
      /^to make it last: docker update --memory 104857600 --memory-swap 104857600 --cpus 1\.5 [0-9a-f]{64}$/m,
    );
    const engine = await lab.docker();
    await kit.run(container.initPid, ['memory=120M', '--persist', '--apply'], {
      env: { DOCKER_HOST: `unix://${engine.socket}` },
    });
    const memory = await engine.cli(['inspect', '-f', '{{.HostConfig.Memory}}', container.id ?? '']);
    expect(memory.trim()).toBe('125829120');
    await container.stop();
  });
});

describe('--for', () => {
  const pidsMax = () => kernelFile(shared.initPid, 'pids.max');
  const backInTime = async (until: string) => {
    expect(pidsMax()).not.toBe('max');
    await lab.waitFor(() => pidsMax() === 'max', 'the limit to go back', 12_000);
    const late = Date.now() - Date.parse(until);
    expect(late).toBeGreaterThan(-100);
    expect(late).toBeLessThan(1000);
  };

  it('goes back by itself, and --undo before that', async () => {
    const before = settingsOf(shared.initPid);
    const { until = '' } = await kit.json(shared.initPid, ['pids=77', 'cpu=0.5', '--for', '8s']);
    expect(pidsMax()).toBe('77');
    const second = await kit.run(shared.initPid, ['pids=66']);
    expect(second.status).toBe(4);
    expect(second.stderr).toMatch(/pids\.max goes back to max at .* by itself/);
    await backInTime(until);
    expect(settingsOf(shared.initPid)).toEqual(before);
    await kit.set(shared.initPid, ['pids=78', '--for', '1h']);
    await kit.set(shared.initPid, ['--undo']);
    expect(settingsOf(shared.initPid)).toEqual(before);
    await lab.waitFor(() => watchdogs().length === 0, 'no watchdog to be left');
  });

  it('also when Porthole is killed as soon as it has changed something', async () => {
    const before = settingsOf(shared.initPid);
    const program = await buildOnce();
    const child = spawn(
      process.execPath,
      [program, 'limit', String(shared.initPid), 'pids=79', '--for', '6s'],
      {
        env: { ...process.env, ...kit.env },
        stdio: 'ignore',
      },
    );
    await lab.waitFor(() => pidsMax() === '79', 'the limit to be set');
    child.kill('SIGKILL');
    await backInTime(entries().at(-1)?.until ?? '');
    expect(settingsOf(shared.initPid)).toEqual(before);
  });
});

interface Entry {
  readonly until?: string;
  readonly watchdog?: { readonly pid: number };
}

/** What was begun, as the journal has it. */
function entries(): Entry[] {
  const file = join(kit.directory, 'porthole', 'limits.jsonl');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  return lines.filter((line) => !line.includes('"outcomeOf"')).map((line): Entry => JSON.parse(line));
}

function watchdogs(): number[] {
  return entries().flatMap(({ watchdog }) => {
    if (watchdog === undefined || !existsSync(`/proc/${watchdog.pid}/comm`)) return [];
    const comm = readFileSync(`/proc/${watchdog.pid}/comm`, 'utf8');
    return comm.startsWith('porthole-watch') ? [watchdog.pid] : [];
  });
}

describe('the journal', () => {
  it('says who changed what, and what somebody else changed since is not undone', async () => {
    await kit.set(shared.initPid, ['pids=60']);
    const history = await kit.run(shared.initPid, ['--history']);
    expect(history.stdout).toMatch(/root .* done +pids=60: pids\.max max -> 60/);
    writeFileSync(join(cgroupOf(shared.initPid, 'pids'), 'pids.max'), '61');
    const refused = await kit.run(shared.initPid, ['--undo']);
    expect(refused.status).toBe(4);
    expect(refused.stderr).toMatch(/pids\.max is 61 now, not 60 as root left it/);
    await kit.set(shared.initPid, ['--undo', '--force']);
    expect(kernelFile(shared.initPid, 'pids.max')).toBe('max');
    const nothing = await kit.run(shared.initPid, ['--undo']);
    expect(nothing.status).toBe(4);
    expect((await kit.run(shared.initPid, ['--history', '--json'])).stdout).toContain('"history":[');
  });

  it('ends no process that is no watchdog, whatever it says', async () => {
    await kit.set(shared.initPid, ['pids=63']);
    const victim = spawn('sleep', ['1000000']);
    try {
      await once(victim, 'spawn');
      const file = join(kit.directory, 'porthole', 'limits.jsonl');
      const stat = readFileSync(`/proc/${victim.pid}/stat`, 'latin1');
      const starttimeTicks = Number(stat.slice(stat.lastIndexOf(')')).split(' ')[20]);
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
      const [entry = '', end = ''] = lines.slice(-2);
      const forged = { ...JSON.parse(entry), watchdog: { pid: victim.pid, starttimeTicks } };
      writeFileSync(file, `${JSON.stringify(forged)}\n${end}\n`);
      await kit.set(shared.initPid, ['--undo']);
      expect(kernelFile(shared.initPid, 'pids.max')).toBe('max');
      expect(readFileSync(`/proc/${victim.pid}/stat`, 'latin1')).toMatch(/^\d+ \(sleep\) S/);
    } finally {
      victim.kill();
    }
  });

  it('is not read where somebody else could have written it; a change is made, and that is said', async () => {
    const theirs = new LimitKit();
    try {
      await theirs.set(shared.initPid, ['pids=64']);
      chownSync(join(theirs.directory, 'porthole'), 1000, 1000);
      const refused = await theirs.run(shared.initPid, ['--undo']);
      expect(refused).toMatchObject({ status: 1, stdout: '' });
      expect(refused.stderr).toMatch(
        /^porthole: \S+\/porthole belongs to uid 1000, and is not read: XDG_STATE_HOME can .*\n$/,
      );
      expect((await theirs.run(shared.initPid, ['--history'])).status).toBe(1);
      const { stderr } = await theirs.set(shared.initPid, ['pids=max']);
      expect(stderr).toMatch(/porthole belongs to uid 1000: --undo will not know of this change/);
      expect(kernelFile(shared.initPid, 'pids.max')).toBe('max');
    } finally {
      theirs.remove();
    }
  });

  it('one that cannot be written in the end leaves the change, and what takes it back', async () => {
    const files = new KernelFiles();
    const { container, host } = await findTarget(files, String(shared.initPid));
    const journal = Journal.open(files, kit.env);
    if (journal === undefined) throw new Error('no journal');
    const begin = journal.begin.bind(journal);
    journal.begin = (entry) => {
      begin(entry);
      return () => {
        throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      };
    };
    const options = { journal, forMilliseconds: 3_600_000 };
    const made = await changeLimits({ files, host }, container, ['pids=65'], options);
    expect(made.notes.join()).toMatch(
      /limits\.jsonl: ENOSPC: --history will say that this change was interrupted/,
    );
    expect(watchdogs()).toHaveLength(1);
    expect(kernelFile(shared.initPid, 'pids.max')).toBe('65');
    await kit.set(shared.initPid, ['--undo']);
    expect(watchdogs()).toEqual([]);
    expect(kernelFile(shared.initPid, 'pids.max')).toBe('max');
  });

  it('a door for forms: plain data', async () => {
    const files = new KernelFiles();
    const { container, host } = await findTarget(files, String(shared.initPid));
    const journal = Journal.open(files, kit.env);
    const made = await changeLimits({ files, host }, container, ['pids=62'], {
      journal,
      wantsRows: true,
    });
    expect(made.changes).toMatchObject([{ file: 'pids.max', from: 'max', to: '62', readBack: '62' }]);
    expect(made.rows.find(({ key }) => key === 'pids')?.value).toBe(62);
    await kit.set(shared.initPid, ['--undo']);
  });

  it('presets, and the limits of another container', async () => {
    await kit.set(shared.initPid, ['--preset', 'small', 'pids=99']);
    expect(kernelFile(shared.initPid, 'pids.max')).toBe('99');
    expect(kernelFile(shared.initPid, 'memory.limit_in_bytes')).toBe(String(256 * 1024 * 1024));
    const other = await lab.unshare({ cgroup: await lab.cgroup(CONTROLLERS, 'lc-other') });
    await kit.set(other.initPid, ['--from', String(shared.initPid)]);
    expect(kernelFile(other.initPid, 'pids.max')).toBe('99');
    expect(kernelFile(other.initPid, 'cpu.cfs_quota_us')).toBe('50000');
    await kit.set(shared.initPid, ['--undo']);
    await other.stop();
  });
});
