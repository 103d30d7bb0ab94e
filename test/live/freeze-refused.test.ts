// When `porthole freeze` and `thaw` refuse, and when they can do a part only: cgroups frozen above or below, Porthole's own, those
// of others, rights, and processes that do not stop.
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
import {
  freezerDirectory,
  frozenWeb,
  release,
  startPorthole,
  state,
  stateIn,
  target,
  until,
} from './freeze-kit.ts';
import { acted, ORDINARY_USER, porthole } from './porthole.ts';

let lab: Lab;
let docker: LabContainer;
let bare: LabContainer;
let bareCgroup: LabCgroup;
const scratch = mkdtempSync(join(tmpdir(), 'porthole-freeze-test-'));

beforeAll(async () => {
  lab = await Lab.create();
  docker = await frozenWeb(lab);
  bareCgroup = await lab.cgroup(['freezer'], 'bare');
  bare = await lab.unshare({ cgroup: bareCgroup });
});
afterEach(() => release([docker, bare]));
afterAll(async () => {
  await lab?.close();
  rmSync(scratch, { recursive: true, force: true });
});

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
