// The lists of the dashboard, taken by the sampler's own thread, against ps(1), lsns, findmnt, ip, the kernel's files, and
// the commands that answer the same questions.
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import { known } from '../../src/kernel/reading.ts';
import { NAMESPACE_TYPES } from '../../src/kernel/tables/namespaces.ts';
import type { Frame, Listing, ListKind, ListRows, ListWish, ModelFeed } from '../../src/live/feed.ts';
import { startSampler } from '../../src/live/sampler.ts';
import type { Container } from '../../src/model/host-model.ts';
import { hierarchies, Lab, type LabContainer } from '../lab/index.ts';
import { caps, only, porthole, procs } from './porthole.ts';

const PATIENCE_MS = 20_000;
const PORT = 4711;
let lab: Lab;
let busy: LabContainer;
let idle: LabContainer;
let netted: LabContainer;
let feed: ModelFeed;
let busyContainer: Container;
let nettedContainer: Container;

/** The next frame that fits. */
function frameWith(fits: (frame: Frame) => boolean, what: string): Promise<Frame> {
  return new Promise((resolve, reject) => {
    const stops: (() => void)[] = [];
    const timer = setTimeout(() => done(() => reject(new Error(`no ${what}`))), PATIENCE_MS);
    const done = (then: () => void) => {
      clearTimeout(timer);
      for (const stop of stops) stop();
      then();
    };
    stops.push(feed.onFrame((frame) => fits(frame) && queueMicrotask(() => done(() => resolve(frame)))));
  });
}

type RowsOf = { readonly [Kind in ListKind]: Extract<ListRows, { readonly kind: Kind }>['rows'] };
type Rows<Kind extends ListKind> = RowsOf[Kind];
const isOf = <Kind extends ListKind>(
  kind: Kind,
  listing: Listing,
): listing is Listing & { readonly rows: RowsOf[Kind] } => listing.kind === kind;

/** Rows of a list taken from now on that fit. */
async function rows<Kind extends ListKind>(
  kind: Kind,
  container?: string,
  fits: (found: Rows<Kind>) => boolean = () => true,
): Promise<Rows<Kind>> {
  const since = Date.now();
  const wish: ListWish = { kind, ...(container !== undefined && { container }) };
  let found: Rows<Kind> = [];
  feed.want(wish);
  await frameWith(
    ({ listing }) => {
      if (listing === undefined || !isOf(kind, listing) || listing.container !== container) return false;
      if (listing.takenAtMs < since) return false;
      expect(listing.failed).toBeUndefined();
      found = listing.rows;
      return fits(found);
    },
    `${kind} of ${container ?? 'the host'} that fit`,
  );
  return found;
}

/** What stays there while somebody looks is what a look must find. */
async function stable<T>(truth: () => readonly T[], look: () => Promise<unknown>): Promise<T[]> {
  const before = truth();
  await look();
  const after = new Set(truth());
  return before.filter((each) => after.has(each));
}

const run = (command: string, ...words: string[]) =>
  execFileSync(command, words, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });

beforeAll(async () => {
  lab = await Lab.create();
  const cgroup = await lab.cgroup(
    ['memory', 'pids', 'cpu', 'cpuacct', 'blkio', 'freezer', 'unified'],
    'lists',
  );
  busy = await lab.runc({
    name: 'l-busy',
    cgroupsPath: `${cgroup.path}/l-busy`,
    cmd: ['/bin/sh', '-c', 'while :; do :; done'],
  });
  idle = await lab.runc({ name: 'l-idle', cgroupsPath: `${cgroup.path}/l-idle` });
  netted = await lab.unshare({ name: 'l-netted', flags: ['-nmpf', '--mount-proc'] });
  const listens = `require('net').createServer().listen(${PORT})`;
  lab.track(
    spawn('nsenter', ['-n', '-t', String(netted.commandPid), '--', process.execPath, '-e', listens], {
      stdio: 'ignore',
    }),
  );
  const program = await buildOnce();
  feed = startSampler(
    { procRoot: '/proc', sysRoot: '/sys', intervalMs: 300 },
    new URL('sampler-worker.js', pathToFileURL(program)),
  );
  const { model } = await frameWith(
    ({ model: { containers } }) =>
      [busy, idle, netted].every(({ initPid }) => containers.some((each) => each.initPid === initPid)),
    'frame with all containers',
  );
  busyContainer = only(model.containers, busy.initPid);
  nettedContainer = only(model.containers, netted.initPid);
});
afterAll(async () => {
  await feed?.close();
  await lab?.close();
});

describe('processes', () => {
  const ofPs = () =>
    run('ps', '-e', '-o', 'pid=,ppid=')
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .flatMap(([pid = 0, ppid = 0]) => (pid === 2 || ppid === 2 ? [] : [pid]));

  it('of the host: all that ps lists, but kernel threads, each with its container', async () => {
    let listed: Rows<'processes'> = [];
    const truth = await stable(ofPs, async () => {
      listed = await rows('processes');
    });
    const pids = listed.map(({ pid }) => pid);
    expect(pids).toEqual(expect.arrayContaining(truth));
    expect(pids).not.toContain(2);
    expect(listed.find(({ pid }) => pid === busy.initPid)).toMatchObject({
      container: busyContainer.key,
      containerName: busyContainer.name,
    });
    expect(listed.find(({ pid }) => pid === process.pid)).not.toHaveProperty('container');
  });

  it('of a container: as procs shows them, and from the second list on with what they use', async () => {
    const listed = await rows('processes', busyContainer.key, ([first]) => (first?.cpu.ratio ?? 0) > 0.1);
    const [truth] = await procs(String(busy.initPid));
    expect(listed).toHaveLength(1);
    for (const field of ['pid', 'innerPids', 'ppid', 'argv', 'uid', 'capEff', 'seccomp', 'cgroup'] as const)
      expect(listed[0]?.[field], field).toEqual(truth?.[field]);
    expect(listed[0]?.cpu.ratio).toBeLessThan(1.5);
  });
});

describe('namespaces', () => {
  /** It counts itself, in the namespaces that are ours as well. */
  const ofLsns = () => {
    const own = new Set(NAMESPACE_TYPES.map((type) => String(statSync(`/proc/self/ns/${type}`).ino)));
    return run('lsns', '-n', '-o', 'TYPE,NS,NPROCS')
      .trim()
      .split('\n')
      .map((line) => {
        const [type = '', inode = '', nprocs = ''] = line.trim().split(/\s+/);
        return `${type} ${inode} ${Number(nprocs) - (own.has(inode) ? 1 : 0)}`;
      });
  };

  it('of the host: all that lsns lists', async () => {
    let missing: string[] = [];
    // Others start and end processes meanwhile: what stood still must agree, one time out of a few.
    for (let tried = 0; tried < 5; tried += 1) {
      let listed: string[] = [];
      const truth = await stable(ofLsns, async () => {
        listed = (await rows('namespaces')).map(({ type, inode, nprocs }) => `${type} ${inode} ${nprocs}`);
      });
      missing = truth.filter((each) => !listed.includes(each));
      if (missing.length === 0) break;
    }
    expect(missing).toEqual([]);
  });

  it('of a container: its own and those it shares with the host', async () => {
    const listed = await rows('namespaces', nettedContainer.key);
    const inodes = new Set(NAMESPACE_TYPES.map((type) => statSync(`/proc/${netted.initPid}/ns/${type}`).ino));
    expect(new Set(listed.map(({ inode }) => inode))).toEqual(inodes);
    expect(listed.find(({ type }) => type === 'mnt')).toMatchObject({ container: nettedContainer.key });
    expect(listed.find(({ type }) => type === 'user')).toMatchObject({ initial: true });
  });
});

describe('cgroups', () => {
  const directories = () =>
    hierarchies().flatMap(({ mountPoint }) =>
      readdirSync(mountPoint, { withFileTypes: true }).flatMap((each) =>
        each.isDirectory() ? [join(mountPoint, each.name)] : [],
      ),
    ).length;

  it('of the host: as many as cgroups lists, with whose they are', async () => {
    expect(directories()).toBeGreaterThan(0);
    const keys = async () =>
      (await porthole(['cgroups', '-q'])).stdout
        .trim()
        .split('\n')
        .filter((key) => !key.endsWith(':'));
    const before = await keys();
    const listed = await rows('cgroups');
    const after = new Set(await keys());
    expect(listed.map(({ key }) => key)).toEqual(
      expect.arrayContaining(before.filter((key) => after.has(key))),
    );
    const own = listed.filter(({ container }) => container === busyContainer.key);
    expect(own.length).toBeGreaterThan(1);
  });

  it('of a container: its own in every hierarchy, with rates', async () => {
    const listed = await rows('cgroups', busyContainer.key, (found) =>
      found.some(({ cpu }) => (cpu?.ratio ?? 0) > 0.1),
    );
    expect(new Set(listed.map(({ path }) => path))).toEqual(new Set(busyContainer.cgroup.ownPaths));
    const file = '/sys/fs/cgroup/pids';
    const pids = listed.find(({ hierarchy }) => hierarchy === 'pids');
    expect(String(pids?.pids?.current)).toBe(
      readFileSync(`${file}${pids?.path}/pids.current`, 'utf8').trim(),
    );
  });
});

describe('mounts', () => {
  const findmnt = (task: number) =>
    run('findmnt', '-n', '-l', '--task', String(task), '-o', 'ID,TARGET')
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().replace(/\s+/, ' '));

  it.each([
    ['the host', () => undefined, () => process.pid],
    ['a container', () => busyContainer.key, () => busy.initPid],
    ['one that only has namespaces', () => nettedContainer.key, () => netted.initPid],
  ])('of %s: those of findmnt', async (_name, key, task) => {
    const listed = await rows('mounts', key());
    expect(listed.map(({ id, target }) => `${id} ${target}`)).toEqual(findmnt(task()));
  });
});

describe('the network', () => {
  const ofIp = (...through: string[]) => {
    const [command = 'ip', ...words] = [...through, 'ip', '-j', 'link'];
    const links: { readonly ifname: string }[] = JSON.parse(run(command, ...words));
    return links.map(({ ifname }) => ifname);
  };

  it('interfaces of the host and of all others, with rates', async () => {
    let listed: Rows<'interfaces'> = [];
    const truth = await stable(ofIp, async () => {
      listed = await rows('interfaces', undefined, (found) =>
        found.some((each) => each.interface.rxBytesPerSec !== undefined),
      );
    });
    const ofHost = listed.filter(({ namespace }) => namespace.initial);
    expect(ofHost.map((each) => each.interface.name)).toEqual(expect.arrayContaining(truth));
    const inode = statSync(`/proc/${netted.initPid}/ns/net`).ino;
    expect(listed.find(({ namespace }) => known(namespace.inode) === inode)).toMatchObject({
      namespace: { container: nettedContainer.key },
      interface: { name: 'lo' },
    });
  });

  it('interfaces of a container', async () => {
    const listed = await rows('interfaces', nettedContainer.key);
    const truth = ofIp('nsenter', '-n', '-t', String(netted.commandPid), '--');
    expect(listed.map((each) => each.interface.name)).toEqual(truth);
  });

  it('sockets of a container, and the process that answers', async () => {
    const listed = await rows('sockets', nettedContainer.key, (found) => found.length > 0);
    expect(listed).toMatchObject([{ socket: { protocol: 'tcp6', state: 'LISTEN', localPort: PORT } }]);
    expect(known(listed[0]?.socket.processes)?.map(({ comm }) => comm)).toEqual([
      expect.stringMatching(/^node/),
    ]);
  });

  it('sockets of the host: those that net lists', async () => {
    const inodes = async () => {
      const { stdout } = await porthole(['net', '--sockets', 'all', '-q']);
      return stdout
        .trim()
        .split('\n')
        .filter((line) => /^[1-9]\d*$/.test(line));
    };
    const before = await inodes();
    const listed = (await rows('sockets')).map(({ socket }) => String(socket.inode));
    const after = new Set(await inodes());
    expect(listed).toEqual(expect.arrayContaining(before.filter((inode) => after.has(inode))));
  });
});

describe('security', () => {
  it('of the host: each container but sandboxes', async () => {
    const listed = await rows('security');
    const keys = listed.map(({ key }) => key);
    expect(keys).toEqual(expect.arrayContaining([busyContainer.key, nettedContainer.key]));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('of a container: what caps says of its init', async () => {
    const listed = await rows('security', busyContainer.key);
    const { executable: _executable, ...truth } = await caps(String(busy.initPid));
    const { masks, againstDefault, noNewPrivs, seccomp, uid } = truth;
    expect(listed).toMatchObject([
      {
        key: busyContainer.key,
        pid: busy.initPid,
        caps: { masks, againstDefault, noNewPrivs, seccomp, uid },
      },
    ]);
  });
});

describe('the frames', () => {
  it('carry the same list until it is taken anew, and none without a wish', async () => {
    await rows('mounts');
    feed.setPaused(true);
    const { listing } = await frameWith(({ listing: shown }) => shown?.kind === 'mounts', 'list of mounts');
    feed.want({ kind: 'security' });
    const later = await frameWith(({ listing: shown }) => shown?.kind === 'security', 'list while paused');
    expect(later.model.containers.length).toBeGreaterThan(1);
    expect(listing).toMatchObject({ kind: 'mounts' });
    feed.setPaused(false);
    feed.want(undefined);
    await frameWith(({ listing: shown }) => shown === undefined, 'frame without a list');
  });

  it('hold the very same object of a container as long as nothing of it moved', async () => {
    let before: Container | undefined;
    await frameWith(({ model: { containers } }) => {
      const now = containers.find(({ initPid }) => initPid === idle.initPid);
      const isSame = now !== undefined && now === before;
      before = now;
      return isSame;
    }, 'container that stands still');
  });

  it('say that a container has ended', async () => {
    await rows('processes', busyContainer.key);
    await busy.stop();
    const { listing } = await frameWith(({ listing: shown }) => shown?.failed !== undefined, 'failed list');
    expect(listing).toMatchObject({
      kind: 'processes',
      container: busyContainer.key,
      rows: [],
      failed: `${busyContainer.name} has ended`,
    });
  });
});
