// `porthole freeze` and `thaw` on real containers; what is true is read from the kernel's own files.
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CgroupGoneError } from '../../src/actions/cgroup/gone.ts';
import { freeze, thaw } from '../../src/actions/freeze/freeze.ts';
import { prepareFreeze } from '../../src/actions/freeze/prepare.ts';
import { ProcessGoneError } from '../../src/kernel/errors.ts';
import { findTarget } from '../../src/live/find-target.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';
import { Lab, type LabCgroup, type LabContainer } from '../lab/index.ts';
import { startStuck } from '../load/stuck.ts';
import { freezerDirectory, STORM, startPorthole, stateIn, ticksIn, until, watchdogs } from './freeze-kit.ts';
import { acted, ORDINARY_USER, only, porthole, ps } from './porthole.ts';

let lab: Lab;
let docker: LabContainer;
let lxc: LabContainer;
let bare: LabContainer;
let bareCgroup: LabCgroup;
const scratch = mkdtempSync(join(tmpdir(), 'porthole-freeze-test-'));

const BUSY = ['/bin/sh', '-c', 'while :; do :; done & while :; do :; done'];

beforeAll(async () => {
  lab = await Lab.create();
  const engine = await lab.docker();
  docker = await engine.run({ name: 'frozen-web', cmd: BUSY, args: ['--cpus', '0.2'] });
  lxc = await lab.lxc({ name: 'frozen-db', cmd: ['/bin/sleep', '1000000'] });
  bareCgroup = await lab.cgroup(['freezer'], 'bare');
  bare = await lab.unshare({ cgroup: bareCgroup });
});
afterEach(() => {
  for (const container of [docker, lxc, bare])
    writeFileSync(`${freezerDirectory(container.initPid)}/freezer.state`, 'THAWED');
  for (const pid of ours()) process.kill(pid, 'SIGTERM');
});
afterAll(async () => {
  await lab?.close();
  rmSync(scratch, { recursive: true, force: true });
});

const containers = () =>
  [
    ['docker', docker],
    ['lxc', lxc],
    ['a bare cgroup', bare],
  ] as const;
/** Watchdogs of the containers here: others may have theirs on this host. */
const ours = () => watchdogs(...[docker, lxc, bare].map(({ initPid }) => freezerDirectory(initPid)));
const target = (container: LabContainer) => String(container.initPid);
const state = (container: LabContainer) => stateIn(freezerDirectory(container.initPid));

describe('freeze and thaw', () => {
  it.each([0, 1, 2])('stop every process and let it go on: container %i', async (index) => {
    const [, container] = containers()[index] ?? [];
    if (container === undefined) throw new Error('no container');
    const directory = freezerDirectory(container.initPid);
    const frozen = await acted('freeze', [target(container)]);
    expect(state(container)).toBe('FROZEN');
    expect(frozen).toMatchObject({
      state: 'frozen',
      cgroup: { hierarchy: 'freezer' },
      changes: [{ file: `${directory}/freezer.state`, from: 'THAWED', to: 'FROZEN', readBack: 'FROZEN' }],
    });
    expect((await acted('freeze', [target(container)]))['changes']).toEqual([]);
    expect(only(await ps(), container.initPid).state).toBe('frozen');
    const thawed = await acted('thaw', [target(container)]);
    expect(state(container)).toBe('THAWED');
    expect(thawed).toMatchObject({
      state: 'thawed',
      changes: [{ from: 'FROZEN', to: 'THAWED', readBack: 'THAWED' }],
    });
    expect((await acted('thaw', [target(container)]))['changes']).toEqual([]);
  });

  it('nothing runs in it meanwhile', async () => {
    const directory = freezerDirectory(docker.initPid);
    await until(() => ticksIn(directory) > 2, 'it to use the processor');
    expect((await porthole(['freeze', 'frozen-web'])).status).toBe(0);
    const before = ticksIn(directory);
    const other = only(await ps(['--interval', '0.5']), docker.initPid);
    expect(ticksIn(directory)).toBe(before);
    expect(other.cpu.ratio).toBe(0);
    expect((await porthole(['thaw', 'frozen-web', '-q'])).stdout).toBe('');
    await until(() => ticksIn(directory) > before, 'it to use the processor again');
  });

  it('what somebody else froze is thawed, and what is frozen already is said to be', async () => {
    const file = `${freezerDirectory(docker.initPid)}/freezer.state`;
    // As `docker pause` does it, which gives up where the processor is short.
    writeFileSync(file, 'FROZEN');
    await until(() => state(docker) === 'FROZEN', 'it to be frozen');
    expect((await porthole(['freeze', 'frozen-web'])).stdout).toBe('frozen-web was frozen already\n');
    expect((await porthole(['thaw', 'frozen-web'])).stdout).toMatch(
      /^frozen-web is thawed \(freezer:\/docker\//,
    );
    expect(state(docker)).toBe('THAWED');
  });

  it('--dry-run changes nothing', async () => {
    const file = `${freezerDirectory(docker.initPid)}/freezer.state`;
    const { stdout } = await porthole(['freeze', 'frozen-web', '--dry-run', '--for', '30s']);
    expect(stdout).toBe(
      `${file}: THAWED -> FROZEN\n2 processes would stop\nafter 30s a watchdog would write THAWED\n`,
    );
    expect(await acted('freeze', ['frozen-web', '--dry-run'])).toMatchObject({
      dryRun: true,
      state: 'thawed',
    });
    expect(await acted('thaw', ['frozen-web', '--dry-run'])).toMatchObject({ dryRun: true, changes: [] });
    expect([state(docker), ours()]).toEqual(['THAWED', []]);
  });

  it('a container that forks all the time, again and again', async () => {
    const cgroup = await lab.cgroup(['freezer'], 'storm');
    const storm = await lab.unshare({ cgroup, cmd: STORM });
    for (let round = 0; round < 5; round++) {
      expect((await porthole(['freeze', target(storm), '--timeout', '5s'])).stderr).toBe('');
      expect(state(storm)).toBe('FROZEN');
      expect((await porthole(['thaw', target(storm)])).stderr).toBe('');
    }
  });
});

describe('--for', () => {
  it('thaws by itself, within a second of its time, and says when', async () => {
    const started = Date.now();
    const document = await acted('freeze', ['frozen-web', '--for', '1500ms']);
    expect(state(docker)).toBe('FROZEN');
    const { pid } = document['watchdog'] as { pid: number };
    expect(ours()).toEqual([pid]);
    await until(() => state(docker) === 'THAWED', 'its thaw');
    const tookMs = Date.now() - started;
    expect(tookMs).toBeGreaterThan(1500);
    expect(Math.abs(Date.now() - Date.parse(String(document['thawsAt'])))).toBeLessThan(1000);
    await until(() => ours().length === 0, 'the end of the watchdog');
  });

  it('also when Porthole is killed as soon as it is frozen', async () => {
    const started = performance.now();
    const { child, ended } = await startPorthole(['freeze', 'frozen-web', '--for', '2s']);
    await until(() => state(docker) === 'FROZEN', 'it to be frozen');
    child.kill('SIGKILL');
    await ended;
    await until(() => state(docker) === 'THAWED', 'its thaw', 4000);
    const tookMs = performance.now() - started;
    expect(tookMs).toBeGreaterThan(2000);
    expect(tookMs).toBeLessThan(2000 + 1000 + 1000);
  });

  it('thawed before, nothing thaws it a second time; another --for counts from then', async () => {
    await porthole(['freeze', 'frozen-web', '--for', '30s']);
    expect((await porthole(['thaw', 'frozen-web'])).stdout).toContain('called off');
    expect(ours()).toEqual([]);
    await porthole(['freeze', 'frozen-web', '--for', '30s']);
    await porthole(['freeze', 'frozen-web', '--for', '1h']);
    expect(ours()).toHaveLength(1);
    await porthole(['freeze', 'frozen-web']);
    expect([state(docker), ours()]).toEqual(['FROZEN', []]);
  });
});

describe('while a command runs', () => {
  const look = (container: LabContainer) => ['cat', `${freezerDirectory(container.initPid)}/freezer.state`];

  it('it is frozen, and the status is the command’s', async () => {
    expect(await porthole(['freeze', 'frozen-web', '--', ...look(docker)])).toEqual({
      status: 0,
      stdout: 'FROZEN\n',
      stderr: '',
    });
    expect(state(docker)).toBe('THAWED');
    const run = async (...argv: string[]) => {
      const { status, stderr } = await porthole(['freeze', 'frozen-web', '--', ...argv]);
      expect([state(docker), ours()]).toEqual(['THAWED', []]);
      return [status, stderr];
    };
    expect(await run('sh', '-c', 'exit 7')).toEqual([7, '']);
    expect(await run('sh', '-c', 'kill -TERM $$')).toEqual([143, '']);
    expect(await run('/etc/passwd')).toEqual([126, expect.stringContaining('EACCES')]);
    expect(await run('there-is-no-such-command')).toEqual([127, expect.stringContaining('ENOENT')]);
  });

  it('it has the limits and the descriptors of who started Porthole', async () => {
    const look = ['sh', '-c', 'ulimit -Sn; ulimit -Hn; ls /proc/self/fd'];
    const through = ['sh', '-c', 'ulimit -Sn 777; exec 7</dev/null; "$@"', 'sh'];
    const { stdout } = await porthole(['freeze', 'frozen-web', '--', ...look], { through });
    expect(stdout.split('\n').slice(0, 1)).toEqual(['777']);
    // ls has the directory open as well.
    expect(stdout.trim().split('\n').slice(2)).toEqual(['0', '1', '2', '3']);
  });

  it('it stays frozen when it was before', async () => {
    await porthole(['freeze', 'frozen-web']);
    const { stderr, status } = await porthole(['freeze', 'frozen-web', '--', 'true']);
    expect([status, stderr]).toEqual([0, 'porthole: freeze: frozen-web was frozen already, and stays so\n']);
    expect(state(docker)).toBe('FROZEN');
  });

  it('a signal reaches the command, and then it is thawed', async () => {
    const script = 'trap "exit 9" TERM; echo here; while :; do sleep 0.05; done';
    const { child, ended } = await startPorthole(['freeze', 'frozen-web', '--', 'sh', '-c', script]);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    expect(state(docker)).toBe('FROZEN');
    child.kill('SIGTERM');
    expect(await ended).toBe(9);
    expect([state(docker), ours()]).toEqual(['THAWED', []]);
  });

  it('Porthole killed: thawed within a second, and the command is told to end', async () => {
    const pidFile = join(scratch, 'pid');
    const argv = ['sh', '-c', `echo $$ > ${pidFile}; echo here; exec sleep 1000`];
    const { child, ended } = await startPorthole(['freeze', 'frozen-web', '--', ...argv]);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    expect(state(docker)).toBe('FROZEN');
    child.kill('SIGKILL');
    await ended;
    expect(await until(() => state(docker) === 'THAWED', 'its thaw')).toBeLessThan(1000);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    await until(() => !isAlive(pid), 'the end of the command');
    await until(() => ours().length === 0, 'the end of the watchdog');
  });
});

function isAlive(pid: number): boolean {
  try {
    return !/^State:\t[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false; // ENOENT: it has ended
  }
}

describe('nested freezes', () => {
  it('a cgroup above that is frozen is named, and thawing below it is said to change nothing', async () => {
    const outer = await lab.cgroup(['freezer'], 'outer');
    const inner = await lab.cgroup(['freezer'], 'outer/inner');
    const nested = await lab.unshare({ cgroup: inner });
    outer.set('freezer.state', 'FROZEN');
    await until(() => state(nested) === 'FROZEN', 'it to be frozen');
    const refused = await porthole(['thaw', target(nested)]);
    expect(refused.status).toBe(4);
    expect(refused.stderr).toContain(
      `${outer.path}, a cgroup above it, is frozen (v1 freezer): thawing what is below changes nothing; write THAWED to freezer.state of`,
    );
    expect(refused.stderr).toMatch(/; nothing was changed\n$/);
    const both = await porthole(['freeze', target(nested)]);
    expect([both.status, both.stdout]).toEqual([
      0,
      expect.stringContaining(`${outer.path} above it is frozen, too`),
    ]);
    const half = await porthole(['thaw', target(nested)]);
    expect([half.status, half.stderr]).toEqual([
      4,
      expect.stringContaining('its own wish was taken back, it stays frozen'),
    ]);
    outer.set('freezer.state', 'THAWED');
    await until(() => state(nested) === 'THAWED', 'its thaw');
  });

  it('a cgroup below that is frozen by its own wish stays so, and is named', async () => {
    const directory = join(freezerDirectory(bare.initPid), 'below');
    mkdirSync(directory);
    try {
      writeFileSync(join(directory, 'freezer.state'), 'FROZEN');
      await porthole(['freeze', target(bare)]);
      const { stdout } = await porthole(['thaw', target(bare)]);
      expect(stdout).toContain(`${bareCgroup.path}/below below it is frozen by its own wish, and stays so`);
      expect(stateIn(directory)).toBe('FROZEN');
    } finally {
      writeFileSync(join(directory, 'freezer.state'), 'THAWED');
      rmdirSync(directory);
    }
  });
});

describe('what is refused', () => {
  /** Runs Porthole in a cgroup, by a shell that is in it, too. */
  const inside = (directory: string) => ['sh', '-c', `echo $$ > ${directory}/cgroup.procs; exec "$@"`, 'sh'];

  it.each(['freeze', 'thaw'])('%s of the cgroup that Porthole is in', async (command) => {
    const directory = freezerDirectory(docker.initPid);
    const { status, stderr } = await porthole([command, 'frozen-web'], { through: inside(directory) });
    const path = directory.slice('/sys/fs/cgroup/freezer'.length);
    expect([status, stderr]).toEqual([
      4,
      `porthole: ${command} frozen-web: cgroup ${path} holds this process; nothing was changed\n`,
    ]);
    expect(state(docker)).toBe('THAWED');
  });

  it('of one above it', async () => {
    const below = join(freezerDirectory(docker.initPid), 'porthole');
    mkdirSync(below);
    try {
      const { status, stderr } = await porthole(['freeze', 'frozen-web'], { through: inside(below) });
      expect([status, stderr]).toEqual([
        4,
        expect.stringContaining(' holds this process; nothing was changed'),
      ]);
      expect(state(docker)).toBe('THAWED');
    } finally {
      rmdirSync(below);
    }
  });

  it('of one that Porthole makes its own no more', async () => {
    const through = inside(bareCgroup.dirs['freezer'] ?? '');
    const { status, stderr } = await porthole(['freeze', target(bare)], { through });
    expect([status, stderr]).toEqual([4, expect.stringContaining('Porthole itself (')]);
    expect(state(bare)).toBe('THAWED');
  });

  it('a container in a cgroup of others, unless it is moved into one of its own', async () => {
    const shared = await lab.cgroup(['freezer'], 'shared');
    const neighbour = await lab.unshare({ cgroup: shared });
    const guest = await lab.unshare({ cgroup: shared, name: 'guest' });
    const refused = await porthole(['freeze', target(guest)]);
    expect(refused.status).toBe(4);
    expect(refused.stderr).toContain(`it has no cgroup of its own: it is in ${shared.path} of freezer`);
    expect(refused.stderr).toContain(`sleep (${neighbour.initPid})`);
    expect(state(guest)).toBe('THAWED');
    const dry = await acted('freeze', [target(guest), '--move', '--dry-run']);
    expect(dry).toMatchObject({
      dryRun: true,
      moved: 1,
      cgroup: { path: `${shared.path}/porthole-${guest.initPid}` },
    });
    expect(freezerDirectory(guest.initPid)).toBe(shared.dirs['freezer']);
    const thawed = await porthole(['thaw', target(guest)]);
    expect([thawed.status, thawed.stderr]).toEqual([
      4,
      expect.stringContaining('to let all of them go on write THAWED to'),
    ]);
    const { stdout, stderr } = await porthole(['freeze', target(guest), '--move']);
    expect([stdout, stderr]).toEqual([
      expect.stringContaining(`1 process moved into ${shared.path}/porthole-${guest.initPid}`),
      '',
    ]);
    expect([state(guest), state(neighbour)]).toEqual(['FROZEN', 'THAWED']);
    const directory = freezerDirectory(guest.initPid);
    expect(basename(dirname(directory))).toBe('shared');
    await porthole(['thaw', target(guest)]);
    await guest.stop();
    await until(() => readFileSync(`${directory}/cgroup.procs`, 'utf8') === '', 'it to be empty');
    rmdirSync(directory);
  });

  it('by who may not', async () => {
    const { status, stderr } = await porthole(['freeze', docker.id ?? ''], { through: ORDINARY_USER });
    expect([status, stderr]).toEqual([
      5,
      expect.stringContaining('freezer.state: EACCES: needs write access to the cgroup'),
    ]);
  });

  it('on a cgroup file system that is read-only', async () => {
    const { mountPoint } = { mountPoint: '/sys/fs/cgroup/freezer' };
    const through = ['unshare', '-m', 'sh', '-c', `mount -o remount,bind,ro ${mountPoint}; exec "$@"`, 'sh'];
    const { status, stderr } = await porthole(['freeze', 'frozen-web'], { through });
    expect([status, stderr]).toEqual([
      5,
      expect.stringContaining('EROFS: needs a cgroup file system that is mounted read-write'),
    ]);
    expect(state(docker)).toBe('THAWED');
  });

  it.each([
    [['freeze'], "missing required argument 'target'"],
    [['freeze', 'frozen-web', '--for', '0'], 'expected a time'],
    [['freeze', 'frozen-web', '--for', '-3s'], 'expected a time'],
    [['freeze', 'frozen-web', '--for', '1e9'], 'expected a time'],
    [['freeze', 'frozen-web', '--for', '9999999999999d'], 'expected a time'],
    [['freeze', 'frozen-web', '--timeout', '5x'], 'expected a time'],
    [['freeze', 'frozen-web', '--for', '3s', '--', 'true'], 'either --for a time or while a command runs'],
    [['freeze', 'frozen-web', '--json', '--', 'true'], 'no place beside'],
    [['thaw', 'frozen-web', 'more'], 'too many arguments'],
  ])('%j', async (args, message) => {
    const { status, stderr, stdout } = await porthole(args);
    expect([status, stderr, stdout]).toEqual([2, expect.stringContaining(message), '']);
    expect(state(docker)).toBe('THAWED');
  });

  it('what ends between the look and the act', async () => {
    const cgroup = await lab.cgroup(['freezer'], 'ending');
    const files = new KernelFiles();
    const container = await lab.unshare({ cgroup });
    const found = await findTarget(files, target(container));
    const prepare = () => prepareFreeze(files, found.host.hierarchies, 'freeze', found.container);
    const prepared = prepare();
    await container.stop();
    await until(
      () => readFileSync(`${cgroup.dirs['freezer']}/cgroup.procs`, 'utf8') === '',
      'it to be empty',
    );
    await expect(freeze(files, prepared, { timeoutMs: 1000 })).rejects.toThrow(CgroupGoneError);
    expect(cgroup.get('freezer.state')).toBe('THAWED');
    cgroup.remove();
    await expect(freeze(files, prepared, { timeoutMs: 1000 })).rejects.toThrow(CgroupGoneError);
    await expect(thaw(prepared)).rejects.toThrow(CgroupGoneError);
    expect(prepare).toThrow(ProcessGoneError);
    prepared.close();
  });

  it.each(['freeze', 'thaw'])('%s of what is not there', async (command) => {
    expect((await porthole([command, 'there-is-none'])).status).toBe(3);
  });
});

describe('what does not stop', () => {
  it('is thawed again in time, with the process that is to blame', async () => {
    const stuck = await startStuck(scratch);
    const procs = (directory: string) => `${directory}/cgroup.procs`;
    try {
      writeFileSync(procs(freezerDirectory(docker.initPid)), String(stuck.pid));
      const started = performance.now();
      const { status, stderr } = await porthole(['freeze', 'frozen-web', '--timeout', '500ms']);
      expect(performance.now() - started).toBeLessThan(4000);
      expect(status).toBe(4);
      expect(stderr).toMatch(
        /wait until it is frozen: timer expired \(ETIME\); it was thawed again; not stopped: .*\n$/,
      );
      expect(stderr).toContain(`(${stuck.pid})`);
      expect(state(docker)).toBe('THAWED');
      const { child, ended } = await startPorthole(['freeze', 'frozen-web', '--timeout', '10m']);
      await until(() => state(docker) === 'FREEZING', 'it to freeze');
      child.kill('SIGINT');
      expect(await ended).toBe('SIGINT');
      expect(state(docker)).toBe('THAWED');
    } finally {
      writeFileSync(procs('/sys/fs/cgroup/freezer'), String(stuck.pid));
      await stuck.end();
    }
  });
});
