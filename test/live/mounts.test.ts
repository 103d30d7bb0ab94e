// mounts against findmnt in each container's own namespace, docker's own words, and mounts that are really made.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, type LabContainer } from '../lab/index.ts';
import { type MountsDocument, mounts, ORDINARY_USER, porthole } from './porthole.ts';

let lab: Lab;
const made = new Map<string, LabContainer>();
let volume: string;

function container(name: string): LabContainer {
  const found = made.get(name);
  if (found === undefined) throw new Error(`the lab made no ${name}`);
  return found;
}
const found = (name: string, options?: Parameters<typeof mounts>[1]) =>
  mounts(String(container(name).initPid), options);
const at = ({ mounts: list }: MountsDocument, target: string) =>
  list.filter((each) => each.target === target).at(-1);

beforeAll(async () => {
  lab = await Lab.create();
  volume = join(lab.dir, 'volume');
  mkdirSync(join(volume, 'sub'), { recursive: true });
  const docker = await lab.docker();
  made.set('docker', await docker.run({ name: 'm-docker', args: ['-v', `${volume}:/vol:ro`] }));
  made.set('podman', await lab.podman({ name: 'm-podman' }));
  made.set('runc', await lab.runc({ name: 'm-runc' }));
  made.set('lxc', await lab.lxc({ name: 'm-lxc' }));
  made.set('nspawn', await lab.nspawn({ name: 'm-nspawn' }));
  made.set('bubblewrap', await lab.bubblewrap({ name: 'm-bwrap' }));
  made.set('unshare', await lab.unshare({ name: 'm-unshare' }));
  made.set('chroot', await lab.chroot({ name: 'm-chroot' }));
});
afterAll(() => lab?.close());

interface FoundMount {
  readonly id: number;
  readonly target: string;
  readonly fstype: string;
  readonly propagation: string;
  readonly 'vfs-options': string;
}

/** findmnt reads the mount table of the process itself: right for every namespace and root, without entering. */
function findmnt(pid: number): FoundMount[] {
  const words = ['-J', '-l', '--task', String(pid), '-o', 'ID,TARGET,FSTYPE,PROPAGATION,VFS-OPTIONS'];
  const { filesystems } = JSON.parse(execFileSync('findmnt', words, { encoding: 'utf8' }));
  return filesystems;
}

describe.each(['docker', 'podman', 'runc', 'lxc', 'nspawn', 'bubblewrap', 'unshare'])('%s', (name) => {
  it('has the mounts findmnt has, with its types, options and propagation', async () => {
    const truth = findmnt(container(name).initPid).map((each) => [
      each.id,
      each.target,
      each.fstype,
      each['vfs-options'],
      each.propagation,
    ]);
    const { mounts: list } = await found(name);
    const ours = list.map(({ id, target, type, options, propagation: { shared, master } }) => [
      id,
      target,
      type,
      options.join(','),
      `${shared === undefined ? 'private' : 'shared'}${master === undefined ? '' : ',slave'}`,
    ]);
    expect(ours.sort()).toEqual(truth.sort());
  });
});

it('a chroot: the directory on the host', async () => {
  expect((await found('chroot')).storage).toEqual({ driver: 'directory', directory: lab.rootfs });
});

describe('docker', () => {
  it('has the layers docker says', async () => {
    const docker = await lab.docker();
    const truth = await docker.inspect(container('docker').id ?? '');
    const graph = truth['GraphDriver'] as { Data: { LowerDir: string; UpperDir: string; MergedDir: string } };
    const { storage } = await found('docker');
    expect(storage.driver).toBe('overlay');
    expect(storage.upper?.hostPath).toBe(graph.Data.UpperDir);
    expect(storage.directory).toBe(graph.Data.MergedDir);
    expect(storage.lower?.map(({ hostPath }) => hostPath)).toEqual(graph.Data.LowerDir.split(':'));
  });

  it('has the volume with its source, read-only', async () => {
    expect(at(await found('docker'), '/vol')).toMatchObject({ hostSource: volume, isReadOnly: true });
  });

  it('has the masked and read-only paths docker says, as far as they exist', async () => {
    const docker = await lab.docker();
    const truth = await docker.inspect(container('docker').id ?? '');
    const { MaskedPaths, ReadonlyPaths } = truth['HostConfig'] as {
      MaskedPaths: string[];
      ReadonlyPaths: string[];
    };
    const { mounts: list } = await found('docker');
    const targets = new Set(list.map(({ target }) => target));
    const there = (paths: string[]) => paths.filter((path) => targets.has(path)).sort();
    const named = (key: 'isMasked' | 'isReadOnlyPath') =>
      list.flatMap((each) => (each[key] ? [each.target] : [])).sort();
    expect(there(MaskedPaths).length).toBeGreaterThan(3);
    expect(named('isMasked')).toEqual(there(MaskedPaths));
    expect(named('isReadOnlyPath')).toEqual(there(ReadonlyPaths));
  });
});

describe('propagation', () => {
  it('peers and slaves are those that see a mount which is really made; private ones do not', async () => {
    const place = join(lab.dir, 'shared');
    mkdirSync(join(place, 'new'), { recursive: true });
    const origin = await lab.unshare({
      name: 'm-origin',
      flags: ['-mpf', '--mount-proc', '--propagation', 'private'],
      cmd: ['sh', '-c', `mount --bind "$0" "$0" && mount --make-shared "$0" && exec sleep 1000000`, place],
    });
    await lab.waitFor(() => tableOf(origin.initPid).includes(` ${place} `), 'the shared bind');
    const copy = async (name: string, change: string) => {
      const one = lab.track(
        spawn(
          'nsenter',
          [
            '-t',
            String(origin.initPid),
            '-m',
            'unshare',
            '-mpf',
            '--mount-proc',
            '--propagation',
            'unchanged',
            'sh',
            '-c',
            `mount --make-${change} ${place} && exec sleep 1000${name}`,
          ],
          { stdio: 'ignore' },
        ),
      );
      const pid = await lab.waitFor(() => descendant(one.pid, `1000${name}`), `${name} to run`);
      return pid;
    };
    const pids = {
      peer: await copy('01', 'shared'),
      slave: await copy('02', 'slave'),
      alone: await copy('03', 'private'),
    };
    const mine = at(await mounts(String(origin.initPid)), place);
    const seers = [...(mine?.peers ?? []), ...(mine?.slaves ?? [])].map(({ mntNs }) => mntNs);
    const theirs = at(await mounts(String(pids.slave)), place);
    execFileSync('nsenter', [
      '-t',
      String(origin.initPid),
      '-m',
      'mount',
      '-t',
      'tmpfs',
      'seen',
      join(place, 'new'),
    ]);
    const truth = Object.values(pids).filter((pid) => tableOf(pid).includes(` ${join(place, 'new')} `));
    expect(truth).toEqual([pids.peer, pids.slave]);
    expect(seers.sort()).toEqual(truth.map(mntOf).sort());
    expect(mine?.peers.map(({ mntNs }) => mntNs)).toEqual([mntOf(pids.peer)]);
    expect(theirs?.masters.map(({ mntNs }) => mntNs).sort()).toEqual(
      [origin.initPid, pids.peer].map(mntOf).sort(),
    );
    expect(at(await mounts(String(pids.alone)), place)).toMatchObject({ peers: [], slaves: [], masters: [] });
  });
});

const tableOf = (pid: number) => readFileSync(`/proc/${pid}/mountinfo`, 'utf8');
const mntOf = (pid: number) =>
  Number(/\d+/.exec(execFileSync('readlink', [`/proc/${pid}/ns/mnt`], { encoding: 'utf8' }))?.[0]);

function descendant(pid: number, word: string): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((each) => each !== '')
    .map(Number);
  for (const child of children) {
    if (readFileSync(`/proc/${child}/cmdline`, 'latin1') === `sleep\0${word}\0`) return child;
    const deeper = descendant(child, word);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

describe('for anybody', () => {
  it('hostile mount points are harmless, in text and JSON', async () => {
    const place = join(lab.dir, 'evil\x1b[2J\n//deleted');
    mkdirSync(place, { recursive: true });
    const evil = await lab.unshare({
      name: 'm-evil',
      flags: ['-mpf', '--mount-proc'],
      cmd: ['sh', '-c', 'mount -t tmpfs evil "$0" && exec sleep 1000000', place],
    });
    await lab.waitFor(() => tableOf(evil.initPid).includes('evil\x1b'), 'the mount');
    for (const more of [[], ['--tree'], ['--raw'], ['--json']]) {
      const { status, stdout } = await porthole(['mounts', String(evil.initPid), ...more], {
        encoding: 'latin1',
      });
      expect(status).toBe(0);
      expect(/[\x00-\x09\x0b-\x1f\x7f]/.exec(stdout)).toBeNull();
    }
    const { mounts: list } = await mounts(String(evil.initPid));
    expect(list.some(({ target }) => target.includes('evil\x1b[2J\n'))).toBe(true);
  });

  it('as an ordinary user: the mounts are there', async () => {
    const { mounts: list } = await found('docker', { through: ORDINARY_USER });
    expect(list.map(({ id }) => id).sort()).toEqual(
      findmnt(container('docker').initPid)
        .map(({ id }) => id)
        .sort(),
    );
  });

  it('--tree and -q', async () => {
    const pid = String(container('docker').initPid);
    const { stdout } = await porthole(['mounts', pid, '-q']);
    expect(stdout.trim().split('\n').map(Number)).toEqual((await found('docker')).mounts.map(({ id }) => id));
    expect((await porthole(['mounts', pid, '--tree'])).stdout).toMatch(/[├|][─-] /);
  });

  it('no such target: exit 3', async () => {
    expect((await porthole(['mounts', 'no-such-thing'])).status).toBe(3);
  });
});
