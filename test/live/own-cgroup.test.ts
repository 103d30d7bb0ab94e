// Which cgroup an action may change: the container's own, never one that holds Porthole, or one that is made for it.
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CgroupGoneError } from '../../src/actions/cgroup/gone.ts';
import { HeldCgroup } from '../../src/actions/cgroup/held-cgroup.ts';
import { membersOf, statOf } from '../../src/actions/cgroup/members.ts';
import { moveToOwnCgroup, plannedMove } from '../../src/actions/cgroup/move.ts';
import { placeIn, refuseOurs, requireOwn } from '../../src/actions/cgroup/own-cgroup.ts';
import { prepareKill } from '../../src/actions/kill/prepare.ts';
import { ActionRefusal } from '../../src/actions/refusal.ts';
import type { Hierarchy } from '../../src/kernel/cgroup/hierarchy.ts';
import { UnsupportedError } from '../../src/kernel/errors.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';
import { hierarchyOf, Lab, type LabCgroup, type LabContainer } from '../lab/index.ts';
import { waitFor } from '../lab/wait.ts';
import { descriptors } from './launch-kit.ts';
import { only, ps } from './porthole.ts';

const files = new KernelFiles();
let lab: Lab;
let shared: LabCgroup;
let bare: LabContainer;
let neighbour: number;
let freezer: Hierarchy;

const STORM = 'while :; do (sleep 0.01 & sleep 0.01 & wait) & wait; done';

beforeAll(async () => {
  lab = await Lab.create();
  const { mountPoint = '' } = hierarchyOf('freezer') ?? {};
  freezer = { version: 1, controllers: ['freezer'], mountPoint, root: '/' };
  shared = await lab.cgroup(['freezer'], 'shared');
  bare = await lab.unshare({ cgroup: shared, cmd: ['/bin/sh', '-c', STORM] });
  const sleeper = spawn('sleep', ['1000000'], { stdio: 'ignore' });
  neighbour = lab.track(sleeper).pid;
  shared.add(neighbour);
});
afterAll(() => lab?.close());

const target = async (container: LabContainer) => only(await ps(['-a']), container.initPid);
/** What our descriptors are of; the one of the listing itself is closed by then. */
const heldFiles = () => {
  const links = descriptors().map((fd) => `/proc/self/fd/${fd}`);
  return links.filter((link) => existsSync(link)).map((link) => readlinkSync(link));
};
const freezerOf = (pid: number) => /:freezer:(.*)/.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1];

describe('a container in a cgroup that is not its own', () => {
  it('is refused, with who else would be hit', async () => {
    const container = await target(bare);
    const place = placeIn(container, freezer);
    expect(place).toMatchObject({ path: shared.path, isOwn: false });
    if (place === undefined) throw new Error('no place');
    const refused = () => requireOwn(files, 'freeze', container, place);
    expect(refused).toThrow(ActionRefusal);
    expect(refused).toThrow(`sleep (${neighbour})`);
    expect(refused).not.toThrow(`(${bare.initPid})`);
    expect(refused).toThrow('--move makes one for it; nothing was changed');
  });

  it('is moved into one as a whole, though it forks all the time, and the limits above stay', async () => {
    const before = descriptors();
    const container = await target(bare);
    // Of an earlier one that had this pid.
    const left = join(shared.dirs['freezer'] ?? '', `porthole-${bare.initPid}`);
    mkdirSync(left);
    writeFileSync(join(left, 'freezer.state'), 'FROZEN');
    const place = placeIn(container, freezer);
    if (place === undefined) throw new Error('no place');
    const made = moveToOwnCgroup(files, { operation: 'freeze', target: container, place });
    const directory = join(shared.dirs['freezer'] ?? '', `porthole-${bare.initPid}`);
    expect(made).toMatchObject({ path: `${shared.path}/porthole-${bare.initPid}`, isOwn: true });
    expect(readFileSync(join(directory, 'freezer.state'), 'utf8')).toBe('THAWED\n');
    expect(freezerOf(neighbour)).toBe(shared.path);
    const own = await target(bare);
    for (const pid of own.pids)
      expect([made.path, undefined]).toContain(existsSync(`/proc/${pid}`) ? freezerOf(pid) : undefined);
    expect(placeIn(own, freezer)).toMatchObject({ path: made.path, isOwn: true });
    expect(() => requireOwn(files, 'freeze', own, made)).not.toThrow();
    expect(descriptors()).toEqual(before);
    await bare.stop();
    await waitFor(() => readFileSync(`${directory}/cgroup.procs`, 'utf8') === '', 'it to be empty');
    rmdirSync(directory);
  });
});

describe('what ended since it was seen', () => {
  it('is not taken for the process that has its pid now', async () => {
    const other = await lab.unshare({ cgroup: shared, cmd: ['/bin/sleep', '1000000'] });
    const container = await target(other);
    const place = placeIn(container, freezer);
    if (place === undefined) throw new Error('no place');
    const starttime = statOf(files, neighbour)?.starttimeTicks ?? 0;
    const hitBy = (seen: number) => {
      const pids = [...container.pids, neighbour];
      const stale = { ...container, pids, starttimes: new Map([[neighbour, seen]]) };
      const prepared = prepareKill(files, [freezer], stale);
      const killed = prepared.prey.pids();
      prepared.close();
      return [killed, plannedMove(files, stale, place).pids].map((hit) => [...hit].sort((a, b) => a - b));
    };
    const own = [container.initPid];
    const both = [...own, neighbour].sort((a, b) => a - b);
    expect(hitBy(starttime)).toEqual([both, both]);
    expect(hitBy(starttime - 1)).toEqual([own, own]);
    await other.stop();
  });

  it('keeps the number of its pid namespace, which the next one could have', async () => {
    const other = await lab.unshare({ cgroup: shared, cmd: ['/bin/sleep', '1000000'] });
    const namespace = readlinkSync(`/proc/${other.initPid}/ns/pid`);
    const prepared = prepareKill(files, [freezer], await target(other));
    await other.stop();
    expect(heldFiles()).toContain(namespace);
    expect(prepared.prey.pids()).toEqual([]);
    prepared.close();
    expect(heldFiles()).not.toContain(namespace);
  });
});

describe('what is never changed', () => {
  it.each([
    ['/', 'every process of the host'],
    ['', 'this process'],
  ])('%s', async (relative, what) => {
    const own = await lab.cgroup(['freezer'], 'ours');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' });
    own.add(lab.track(child).pid);
    own.add(process.pid);
    try {
      const container = {
        name: 'x',
        initPid: 1,
        initStarttimeTicks: 0,
        pids: [],
        cgroup: { mode: 'v1', paths: {}, own: true },
      } as const;
      const path = relative === '/' ? '/' : own.path;
      expect(() => refuseOurs(files, 'freeze', container, { hierarchy: freezer, path })).toThrow(
        `freeze x: cgroup ${path} holds ${what}; nothing was changed`,
      );
      const above = own.path.slice(0, own.path.lastIndexOf('/'));
      expect(() => refuseOurs(files, 'freeze', container, { hierarchy: freezer, path: above })).toThrow(
        'this process',
      );
      expect(() =>
        refuseOurs(files, 'freeze', container, { hierarchy: freezer, path: `${own.path}-x` }),
      ).not.toThrow();
    } finally {
      writeProcs(freezer, process.pid);
    }
  });

  it('what holds a process from which this one was started', async () => {
    const own = await lab.cgroup(['freezer'], 'parent');
    const container = {
      name: 'x',
      initPid: 1,
      initStarttimeTicks: 0,
      pids: [],
      cgroup: { mode: 'v1', paths: {}, own: true },
    } as const;
    const before = freezerOf(process.ppid) ?? '/';
    own.add(process.ppid);
    try {
      expect(() => refuseOurs(files, 'freeze', container, { hierarchy: freezer, path: own.path })).toThrow(
        `(${process.ppid}), from which this process was started`,
      );
    } finally {
      writeProcs(freezer, process.ppid, before);
    }
  });
});

function writeProcs({ mountPoint }: Hierarchy, pid: number, path = '/'): void {
  const cgroup = HeldCgroup.open(freezer, path);
  cgroup.write('cgroup.procs', String(pid));
  cgroup.close();
  expect(mountPoint).not.toBe('');
}

describe('a held cgroup', () => {
  it('is that one and no other, also when one of the same name is made anew', async () => {
    const held = await lab.cgroup(['freezer'], 'held');
    const directory = held.dirs['freezer'] ?? '';
    const cgroup = HeldCgroup.open(freezer, held.path);
    expect(cgroup.read('freezer.state')).toEqual({ ok: true, value: 'THAWED\n' });
    expect(cgroup.isThere()).toBe(true);
    rmdirSync(directory);
    mkdirSync(directory);
    expect(cgroup.isThere()).toBe(false);
    expect(cgroup.read('freezer.state')).toMatchObject({ ok: false, why: 'absent' });
    expect(() => cgroup.write('freezer.state', 'FROZEN')).toThrow(CgroupGoneError);
    expect(() => cgroup.openFile('freezer.state', 1)).toThrow(CgroupGoneError);
    expect(readFileSync(`${directory}/freezer.state`, 'utf8')).toBe('THAWED\n');
    expect(membersOf(cgroup)).toEqual([]);
    cgroup.close();
    expect(() => HeldCgroup.open(freezer, `${held.path}/none`)).toThrow(CgroupGoneError);
  });

  it('says of a file that the kernel does not have that it does not have it', async () => {
    const { path } = await lab.cgroup(['freezer'], 'files');
    const cgroup = HeldCgroup.open(freezer, path);
    expect(() => cgroup.openFile('memory.max', 1)).toThrow(UnsupportedError);
    cgroup.close();
  });

  it('is called as it is, and reached by no way out', async () => {
    const outer = await lab.cgroup(['freezer'], 'größe');
    const cgroup = HeldCgroup.open(freezer, outer.path);
    const child = cgroup.makeChild('kind');
    expect(child.path).toBe(`${outer.path}/kind`);
    expect(cgroup.children()).toEqual(['kind']);
    child.close();
    rmdirSync(join(outer.dirs['freezer'] ?? '', 'kind'));
    expect(() => HeldCgroup.open(freezer, `${outer.path}/../../..`)).toThrow();
    cgroup.close();
    const link = join(lab.dir, 'link');
    symlinkSync('/sys/fs/cgroup/freezer', link);
    expect(() => HeldCgroup.open({ ...freezer, mountPoint: lab.dir }, '/link')).toThrow();
    unlinkSync(link);
  });
});

describe('a process of the host in the cgroups of a container that an OCI runtime made', () => {
  it('does not cost it its name, when it came later', async () => {
    const hosted = await lab.runc({ name: 'with-a-guest' });
    const child = spawn('sleep', ['1000000'], { stdio: 'ignore' });
    const { pid, stop } = lab.track(child);
    for (const line of readFileSync(`/proc/${hosted.initPid}/cgroup`, 'utf8').trim().split('\n')) {
      const [, controllers = '', path = ''] = line.split(':');
      const hierarchy = hierarchyOf(controllers.split(',')[0] ?? '');
      if (hierarchy !== undefined)
        writeFileSync(join(hierarchy.mountPoint, path, 'cgroup.procs'), `${pid}\n`);
    }
    expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toBe(
      readFileSync(`/proc/${hosted.initPid}/cgroup`, 'utf8'),
    );
    const found = only(await ps(), hosted.initPid);
    expect(found).toMatchObject({
      name: 'with-a-guest',
      id: 'with-a-guest',
      runtime: 'runc',
      cgroup: { own: false },
    });
    expect(found.pids).toEqual([hosted.initPid]);
    await stop();
  });
});
