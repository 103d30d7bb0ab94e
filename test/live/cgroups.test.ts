// Every cgroup of this host against the kernel's own files, on hybrid hierarchies and on v1 alone; limits from above, rates,
// freezing, threads, namespaces, and what happens while others make and remove cgroups.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import type { CgroupView } from '../../src/model/cgroup-view.ts';
import { type CgroupsDocument, compareCgroups, type Entry } from '../cgroups/compare.ts';
import { snapshotCgroups } from '../cgroups/snapshot.mjs';
import { hierarchies, Lab, type LabCgroup, type LabContainer, waitFor } from '../lab/index.ts';
import { schemaErrors } from '../schema.ts';
import { ORDINARY_USER, type Outcome, porthole, ps, type RunOptions } from './porthole.ts';

const MIB = 2 ** 20;
const UNIFIED = hierarchies().find(({ controllers }) => controllers.includes(''))?.mountPoint ?? '';
const ALL = ['cpu', 'cpuacct', 'cpuset', 'memory', 'freezer', 'blkio', 'pids', 'unified'];

let lab: Lab;
let outer: LabCgroup;
let inner: LabCgroup;
let docker: LabContainer;
let top: string;

interface Document {
  readonly hierarchies: CgroupsDocument['hierarchies'];
  readonly cgroups: readonly (CgroupView & Entry)[];
  readonly vanished: number;
  readonly notes: readonly { readonly about: string; readonly text: string }[];
}

function documentIn({ status, stdout, stderr }: Outcome): Document {
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const document = JSON.parse(stdout);
  expect(schemaErrors('cgroups', document)).toEqual([]);
  return document;
}
const cgroups = async (args: readonly string[] = [], options?: RunOptions): Promise<Document> =>
  documentIn(await porthole(['cgroups', ...args, '--json'], options));

function at(document: Document, hierarchy: string, path: string): CgroupView {
  const found = document.cgroups.filter((each) => each.hierarchy === hierarchy && each.path === path);
  expect(found, `${hierarchy}:${path}`).toHaveLength(1);
  return found[0] as CgroupView;
}

function run(cgroup: LabCgroup, command: string, ...args: string[]): ChildProcess {
  const child = spawn(command, args, { stdio: 'ignore' });
  lab.track(child);
  if (child.pid !== undefined) cgroup.add(child.pid);
  return child;
}

const roots = () => hierarchies().map(({ mountPoint }) => mountPoint);
const below = (names: readonly string[]) => names.filter((name) => name.includes(top));

beforeAll(async () => {
  lab = await Lab.create();
  outer = await lab.cgroup(ALL, 'outer', {
    'memory.limit_in_bytes': String(512 * MIB),
    'pids.max': '40',
    'cpu.cfs_quota_us': '150000',
  });
  top = outer.path.slice(0, outer.path.lastIndexOf('/'));
  inner = await lab.cgroup(ALL, 'outer/inner', {
    'memory.limit_in_bytes': String(1024 * MIB),
    'memory.soft_limit_in_bytes': String(32 * MIB),
    'cpu.cfs_quota_us': '50000',
    'cpu.shares': '512',
  });
  // Anonymous memory, shared memory, threads, and a loop held to half a core.
  run(inner, 'sh', '-c', 'while :; do :; done');
  run(inner, 'perl', '-e', 'my $kept = "x" x (12 << 20); sleep 1000000');
  run(inner, 'sleep', '1000000');
  docker = await (await lab.docker()).run({ name: 'boxed', args: ['-m', '80m', '--pids-limit', '33'] });
});
afterAll(() => lab?.close());

describe('every field is what the kernel says', () => {
  async function compared(options?: RunOptions, args: readonly string[] = []) {
    // Cgroups of others may move just then: what is ours agrees at once, and all of it in some look.
    for (let look = 1; ; look += 1) {
      const before = snapshotCgroups(roots());
      const document = await cgroups(args, options);
      const after = snapshotCgroups(roots());
      const wrong = compareCgroups({ document, before, after, complete: false });
      expect(below(wrong)).toEqual([]);
      if (wrong.length === 0 || look === 5) return { document, after, wrong };
    }
  }

  it('on this host, file by file', async () => {
    const { document, after, wrong } = await compared();
    expect(wrong).toEqual([]);
    const listed = new Set(document.cgroups.map(({ hierarchy, path }) => `${hierarchy} ${path}`));
    expect(document.cgroups).toHaveLength(listed.size);
    // What is ours is all there.
    const ours = below(Object.keys(after.directories));
    expect(document.cgroups.filter(({ path }) => path.startsWith(top))).toHaveLength(ours.length);
    expect(ours.length).toBeGreaterThan(20);
  });

  it('with the v1 hierarchies alone', async () => {
    const { document, wrong } = await compared({
      through: ['unshare', '-m', 'sh', '-c', `umount ${UNIFIED} && exec "$@"`, 'sh'],
    });
    expect(document.hierarchies.map(({ version }) => version)).not.toContain(2);
    expect(wrong).toEqual([]);
    expect(at(document, 'memory', inner.path).memory?.maxBytes?.limitedBy).toBe(outer.path);
  });

  it('of a subtree alone, with the limits that lie above it', async () => {
    const { document, wrong } = await compared({}, [inner.path]);
    expect(new Set(document.cgroups.map(({ path }) => path))).toEqual(new Set([inner.path]));
    expect(wrong).toEqual([]);
  });
});

describe('limits', () => {
  it('set above are the effective ones, with whose they are', async () => {
    const document = await cgroups([inner.path]);
    expect(at(document, 'memory', inner.path).memory).toMatchObject({
      maxBytes: { own: 1024 * MIB, effective: 512 * MIB, limitedBy: outer.path },
      softBytes: 32 * MIB,
    });
    expect(at(document, 'pids', inner.path).pids?.max).toEqual({
      own: 'max',
      effective: 40,
      limitedBy: outer.path,
    });
    expect(at(document, 'cpu', inner.path).cpu).toMatchObject({
      maxCores: { own: 0.5, effective: 0.5, limitedBy: inner.path },
      shares: 512,
    });
  });

  it('that nobody set are max, and no number', async () => {
    const free = await lab.cgroup(['memory', 'pids', 'cpu'], 'free');
    const document = await cgroups([free.path]);
    expect(at(document, 'pids', free.path).pids?.max).toEqual({ own: 'max', effective: 'max' });
    expect(at(document, 'cpu', free.path).cpu).toMatchObject({
      quotaUsec: 'max',
      maxCores: { own: 'max', effective: 'max' },
    });
    const total = Number(/MemTotal:\s+(\d+) kB/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024;
    expect(at(document, 'memory', free.path).memory?.maxBytes).toEqual({
      own: 'max',
      effective: total,
      limitedBy: 'host',
    });
  });

  it('are marked in the table where a cgroup above sets them', async () => {
    const { stdout } = await porthole(
      ['cgroups', `memory:${inner.path}`, '--columns', 'limit,limited-by', '--no-headers'],
      { env: { LC_ALL: 'C.UTF-8' } },
    );
    expect(stdout.trim()).toBe(`512M↑  ${outer.path}`);
  });
});

describe('rates', () => {
  it('of a busy loop are those of the files, over the same time', async () => {
    const usage = () => Number(readFileSync(`${inner.dirs['cpuacct']}/cpuacct.usage`, 'utf8')) / 1000;
    const before = usage();
    const startedAt = performance.now();
    const document = await cgroups([inner.path, '--interval', '3']);
    const used = usage() - before;
    const spentUsec = (performance.now() - startedAt) * 1000;
    const ratio = at(document, 'cpuacct', inner.path).cpu?.ratio ?? -1;
    // Within the three seconds it cannot have used more than in all.
    expect(ratio * 3e6).toBeLessThanOrEqual(used * 1.05);
    expect(ratio).toBeGreaterThan((used / spentUsec) * 0.5);
    expect(ratio).toBeLessThanOrEqual(0.56);
    const { throttledRatio, nrThrottled } = at(document, 'cpu', inner.path).cpu ?? {};
    expect(throttledRatio).toBeGreaterThan(0);
    expect(throttledRatio).toBeLessThanOrEqual(1);
    expect(nrThrottled).toBeGreaterThan(0);
    const pressure = at(document, 'v2', inner.path).pressure?.cpu;
    expect(pressure).toMatchObject({ someRatio: expect.any(Number), fullRatio: expect.any(Number) });
  });

  it('are not there with one sample', async () => {
    expect(await porthole(['cgroups', inner.path, '--json'])).not.toHaveProperty(
      'stdout',
      expect.stringMatching(/PerSec":|"ratio"|Ratio":/),
    );
  });

  it('are never negative or wild when a cgroup is removed and made again', async () => {
    const again = await lab.cgroup(['cpuacct', 'unified'], 'again');
    const watcher = spawn(
      process.execPath,
      [await buildOnce(), 'cgroups', again.path, '--json', '-w', '0.2'],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    lab.track(watcher);
    let printed = '';
    watcher.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    const documents = () =>
      printed
        .split('\n')
        .slice(0, -1)
        .map((line): Document => JSON.parse(line));
    const inodes = () => new Set(documents().map((each) => at(each, 'v2', again.path).inode));
    for (const turn of [1, 2, 3]) {
      const busy = run(again, 'sh', '-c', 'while :; do :; done');
      const seen = documents().length;
      await waitFor(() => documents().length >= seen + 3 && inodes().size >= turn, 'three looks');
      busy.kill('SIGKILL');
      await waitFor(() => busy.signalCode !== null, 'its end');
      if (turn === 3) break;
      for (const directory of Object.values(again.dirs)) {
        await waitFor(() => {
          rmdirSync(directory);
          return true;
        }, `${directory} to be empty`);
        mkdirSync(directory);
      }
    }
    watcher.kill('SIGINT');
    const rates = documents().flatMap((each) => each.cgroups.flatMap(({ cpu }) => cpu?.ratio ?? []));
    expect(inodes().size).toBe(3);
    expect(rates.length).toBeGreaterThan(4);
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...rates)).toBeLessThan(1.2);
    // The first look at a new one has nothing to compare with.
    const all = documents();
    for (const [index, each] of all.entries()) {
      const before = all[index - 1];
      if (before === undefined || at(before, 'v2', again.path).inode === at(each, 'v2', again.path).inode)
        continue;
      expect(at(each, 'v2', again.path).cpu).not.toHaveProperty('ratio');
    }
  });
});

describe('threaded cgroups', () => {
  it('have threads, and cgroup.procs that the kernel refuses', async () => {
    const threads = await lab.cgroup(['unified'], 'threads');
    const part = await lab.cgroup(['unified'], 'threads/part');
    const invalid = await lab.cgroup(['unified'], 'threads/invalid');
    part.set('cgroup.type', 'threaded');
    // One thread: a program with more makes further ones where the one that makes them is.
    const child = run(threads, 'sleep', '1000000');
    writeFileSync(`${part.dirs['']}/cgroup.threads`, String(child.pid));
    const before = snapshotCgroups([`${UNIFIED}${threads.path}`]);
    const document = await cgroups([`v2:${threads.path}`]);
    const after = snapshotCgroups([`${UNIFIED}${threads.path}`]);
    expect(compareCgroups({ document, before, after, complete: false })).toEqual([]);
    expect(at(document, 'v2', threads.path)).toMatchObject({ type: 'domain threaded', procs: 1 });
    expect(at(document, 'v2', invalid.path)).toMatchObject({ type: 'domain invalid' });
    expect(at(document, 'v2', part.path)).toMatchObject({
      type: 'threaded',
      threads: 1,
      procs: {
        unknown: 'unsupported',
        errno: 'EOPNOTSUPP',
        path: `${UNIFIED}${part.path}/cgroup.procs`,
      },
    });
    const { stdout } = await porthole(
      ['cgroups', `v2:${part.path}`, '--columns', 'procs,threads,mem', '--no-headers'],
      { env: { LC_ALL: 'C' } },
    );
    expect(stdout.trim()).toMatch(/^\? +1 +-$/);
  });
});

describe('freezing', () => {
  // One at a time: a process that v1 stopped never gets where v2 would count it as frozen.
  it.each([
    ['v1', 'freezer', 'freezer', 'freezer.state', 'FROZEN', 'THAWED', 'freezer.state', 'FROZEN'],
    ['v2', 'unified', 'v2', 'cgroup.freeze', '1', '0', 'cgroup.events', 'frozen 1'],
  ])(
    'tells what is from who wants it on %s',
    async (name, controller, hierarchy, file, freeze, thaw, seen, said) => {
      const cold = await lab.cgroup([controller], `cold-${name}`);
      const ice = await lab.cgroup([controller], `cold-${name}/ice`);
      run(ice, 'sleep', '1000000');
      const [outside, within] = [Object.values(cold.dirs)[0] ?? '', Object.values(ice.dirs)[0] ?? ''];
      writeFileSync(`${outside}/${file}`, freeze);
      try {
        await waitFor(() => readFileSync(`${within}/${seen}`, 'utf8').includes(said), 'it to freeze');
        const document = await cgroups([cold.path]);
        expect(at(document, hierarchy, ice.path).freezer).toMatchObject({
          state: 'frozen',
          wish: false,
          wishedBy: cold.path,
        });
        expect(at(document, hierarchy, cold.path).freezer).toMatchObject({ wish: true, wishedBy: cold.path });
      } finally {
        writeFileSync(`${outside}/${file}`, thaw);
      }
      await waitFor(() => !readFileSync(`${within}/${seen}`, 'utf8').includes(said), 'it to thaw');
      const thawed = at(await cgroups([ice.path]), hierarchy, ice.path).freezer;
      expect(thawed).toMatchObject({ state: 'running' });
      expect(thawed).not.toHaveProperty('wishedBy');
    },
  );
});

describe('whose it is', () => {
  it('a container, in every hierarchy, and nobody above it', async () => {
    const document = await cgroups();
    const key = (await ps()).find(({ initPid }) => initPid === docker.initPid)?.key;
    expect(key).toMatch(/^docker:/);
    const own = document.cgroups.filter(({ container }) => container === key);
    expect(new Set(own.map(({ path }) => path))).toEqual(new Set([`/docker/${docker.id}`]));
    expect(own.map(({ hierarchy }) => hierarchy)).toContain('memory');
    expect(own[0]?.containerName).toBe('boxed');
    expect(at(document, 'memory', '/docker').container).toBeUndefined();
  });

  it('its owner, and that it was handed over', async () => {
    const given = await lab.cgroup(['unified'], 'given');
    chownSync(given.dirs[''] ?? '', 65534, 65534);
    const found = at(await cgroups([`v2:${given.path}`]), 'v2', given.path);
    expect(found).toMatchObject({ ownerUid: 65534, ownerGid: 65534, delegated: true });
  });
});

describe('names', () => {
  it('are made harmless in the table and given back by JSON, whatever bytes they have', async () => {
    const strange = await lab.cgroup(['unified'], 'strange');
    const names = [
      '\x1b[31mred',
      'x:y',
      '日本',
      'a b',
      '{bold}',
      '_tasks',
      'dev-disk\\x2dby.mount',
      '\u202egnp',
    ];
    for (const name of names) mkdirSync(`${strange.dirs['']}/${name}`);
    mkdirSync(Buffer.concat([Buffer.from(`${strange.dirs['']}/`), Buffer.from([0x62, 0xff, 0xfe])]));
    try {
      const document = await cgroups([`v2:${strange.path}`]);
      const paths = document.cgroups.map(({ path }) => path);
      expect(paths).toEqual(expect.arrayContaining(names.map((name) => `${strange.path}/${name}`)));
      const raw = document.cgroups.find(({ path }) => path.endsWith('b\ufffd\ufffd'));
      expect(raw).toMatchObject({ type: 'domain', procs: 0, inode: expect.any(Number) });
      expect(at(document, 'v2', `${strange.path}/日本`)).toMatchObject({ type: 'domain', procs: 0 });
      expect(at(document, 'v2', `${strange.path}/dev-disk\\x2dby.mount`)).toMatchObject({
        name: 'dev-disk-by.mount',
        unit: 'dev-disk\\x2dby.mount',
      });
      expect(at(document, 'v2', `${strange.path}/_tasks`).name).toBe('tasks');
      expect((await cgroups([`v2:${strange.path}/日本`])).cgroups).toHaveLength(1);
      for (const words of [[], ['--tree'], ['-q'], ['--json']]) {
        const { stdout, status } = await porthole(['cgroups', strange.path, ...words], {
          encoding: 'latin1',
        });
        expect(status).toBe(0);
        expect(/[\x00-\x09\x0b-\x1f\x7f]|\xe2\x80[\xaa-\xae]/.exec(stdout)).toBeNull();
        if (words[0] !== '--json') expect(stdout).toContain('\\x1b[31mred');
      }
    } finally {
      for (const name of names) rmdirSync(`${strange.dirs['']}/${name}`);
      rmdirSync(Buffer.concat([Buffer.from(`${strange.dirs['']}/`), Buffer.from([0x62, 0xff, 0xfe])]));
    }
  });
});

describe('PATH', () => {
  it.each<[string, () => string, string[]]>([
    [
      'a path, in every hierarchy that has it',
      () => outer.path,
      ['blkio', 'cpu', 'cpuacct', 'cpuset', 'freezer', 'memory', 'pids', 'v2'],
    ],
    ['with its mount point', () => `${outer.dirs['memory']}`, ['memory']],
    ['with v2’s mount point', () => `${UNIFIED}${outer.path}/`, ['v2']],
    ['with a controller', () => `pids:${outer.path}`, ['pids']],
    ['a line of /proc/PID/cgroup', () => `4:memory:${outer.path}`, ['memory']],
    ['that line of v2', () => `0::${outer.path}`, ['v2']],
  ])('%s', async (_name, words, expected) => {
    const { stdout } = await porthole(['cgroups', words(), '-q']);
    const keys = stdout.trim().split('\n');
    expect(
      keys
        .filter((key) => key.endsWith(`:${outer.path}`))
        .map((key) => key.split(':')[0])
        .sort(),
    ).toEqual(expected);
    expect(keys).toHaveLength(expected.length * 2);
  });

  it.each<[string, () => string, RegExp]>([
    [
      'that is not there',
      () => '/nope',
      /^porthole: no cgroup "\/nope": there are the hierarchies .*; porthole cgroups -q lists all\n$/,
    ],
    ['below one that is there', () => `${outer.path}/nope`, /: the nearest above it is \w+:\/.*outer; /],
    ['out of the mount', () => `memory:${outer.path}/../../../..`, /no cgroup/],
    ['in no such hierarchy', () => 'nope:/x', /no cgroup "nope:\/x"/],
  ])('%s ends with 3 and one line', async (_name, words, message) => {
    const { status, stdout, stderr } = await porthole(['cgroups', words()]);
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('--hierarchy chooses, and refuses what is not there', async () => {
    const document = await cgroups([outer.path, '--hierarchy', 'memory,v2']);
    expect(new Set(document.cgroups.map(({ hierarchy }) => hierarchy))).toEqual(new Set(['memory', 'v2']));
    expect(await porthole(['cgroups', '--hierarchy', 'nope'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^porthole: --hierarchy: no hierarchy "nope"; there are .*v2/),
    });
  });
});

describe('the tree', () => {
  it('draws what is below what', async () => {
    const { stdout } = await porthole(
      ['cgroups', `memory:${outer.path}`, '--tree', '--no-headers', '--columns', 'name,limit'],
      {
        env: { LC_ALL: 'C' },
      },
    );
    expect(stdout).toMatch(new RegExp(`^memory:${outer.path} +512M\n\`- inner +512M\\^\n$`));
  });
});

describe('what may not be read', () => {
  it('is denied: told in JSON with path and errno, a question mark in the table, and nothing else suffers', async () => {
    const closed = await lab.cgroup(['memory', 'pids', 'unified'], 'closed', { 'pids.max': '7' });
    run(closed, 'sleep', '1000000');
    for (const file of ['memory.usage_in_bytes', 'memory.stat', 'memory.limit_in_bytes', 'cgroup.procs'])
      chmodSync(`${closed.dirs['memory']}/${file}`, 0);
    chmodSync(`${closed.dirs['']}/cpu.pressure`, 0);
    const document = await cgroups([closed.path], { through: [...ORDINARY_USER] });
    const memory = at(document, 'memory', closed.path);
    const denied = (file: string) => ({
      unknown: 'denied',
      errno: 'EACCES',
      path: `${closed.dirs['memory']}/${file}`,
    });
    expect(memory.memory).toMatchObject({
      currentBytes: denied('memory.usage_in_bytes'),
      workingSetBytes: denied('memory.usage_in_bytes'),
      anonBytes: denied('memory.stat'),
      maxBytes: { own: denied('memory.limit_in_bytes'), effective: denied('memory.limit_in_bytes') },
      peakBytes: expect.any(Number),
    });
    expect(memory.procs).toEqual(denied('cgroup.procs'));
    expect(at(document, 'v2', closed.path).pressure).toMatchObject({
      cpu: { unknown: 'denied', errno: 'EACCES' },
      io: { someAvg10: 0 },
    });
    expect(at(document, 'pids', closed.path).pids).toMatchObject({ current: 1, max: { own: 7 } });
    const { stdout } = await porthole(
      [
        'cgroups',
        closed.path,
        '--no-headers',
        '--columns',
        'hierarchy,procs,mem,limit,pids,psi-cpu',
        '--interval',
        '0.1',
      ],
      { through: [...ORDINARY_USER], env: { LC_ALL: 'C' } },
    );
    expect(stdout.replace(/ +/g, ' ').trim().split('\n').sort()).toEqual([
      'memory ? ? ? - -',
      'pids 1 - - 1 -',
      expect.stringMatching(/^v2 1 - - - \?$/),
    ]);
  });

  it('says no 0 where there is no file', async () => {
    const bare = await lab.cgroup(['unified', 'freezer'], 'bare');
    const document = await cgroups([bare.path]);
    const v2 = at(document, 'v2', bare.path);
    // No controller is enabled in it: cpu.stat and pressure are there all the same.
    expect(v2.controllers).toEqual([]);
    expect(v2).not.toHaveProperty('memory');
    expect(v2).not.toHaveProperty('pids');
    expect(v2).not.toHaveProperty('io');
    expect(v2.cpu).toMatchObject({ usageUsec: 0 });
    expect(v2.cpu).not.toHaveProperty('nrPeriods');
    expect(at(document, 'freezer', bare.path)).not.toHaveProperty('cpu');
  });
});

describe('inside a cgroup namespace', () => {
  const ENTER =
    'for each in "$@"; do [ "$each" = -- ] && break; echo 0 >"$each/cgroup.procs" || exit 9; shift; done; shift; exec "$@"';
  const inside = (...through: string[]) => ({
    through: ['sh', '-c', ENTER, 'sh', ...Object.values(inner.dirs), '--', ...through],
  });

  it("sees the host's tree in the host's mounts, and itself in it", async () => {
    const before = snapshotCgroups(roots());
    const document = await cgroups([], inside('unshare', '-C'));
    const after = snapshotCgroups(roots());
    expect(below(compareCgroups({ document, before, after, complete: false }))).toEqual([]);
    for (const hierarchy of ['memory', 'pids', 'v2']) {
      expect(document.hierarchies.find((each) => each.hierarchy === hierarchy)?.self).toBe(inner.path);
      expect(at(document, hierarchy, inner.path).self).toBe(true);
      expect(document.cgroups.filter((each) => each.hierarchy === hierarchy && each.self)).toHaveLength(1);
    }
    expect(at(document, 'memory', inner.path).memory?.maxBytes).toMatchObject({
      effective: 512 * MIB,
      limitedBy: outer.path,
    });
  });

  it('with mounts of its own sees what is below, and says that limits above are hidden', async () => {
    const mount = `umount ${UNIFIED}; mount -t cgroup2 none ${UNIFIED}; for each in memory pids; do umount /sys/fs/cgroup/$each; mount -t cgroup -o $each $each /sys/fs/cgroup/$each; done; exec "$@"`;
    const { status, stdout } = await porthole(
      ['cgroups', '--json', '--hierarchy', 'memory,pids,v2'],
      inside('unshare', '-Cm', 'sh', '-c', mount, 'sh'),
    );
    expect(status).toBe(0);
    const document: Document = JSON.parse(stdout);
    expect(schemaErrors('cgroups', document)).toEqual([]);
    expect(document.cgroups.map(({ path }) => path)).toEqual(['/', '/', '/']);
    expect(document.notes).toEqual([
      { about: 'namespace', text: expect.stringMatching(/ are not seen, in (?=.*memory)(?=.*pids)(?=.*v2)/) },
    ]);
    const fake = at(document, 'v2', '/');
    expect(fake).toMatchObject({ self: true, type: 'domain', inode: statSync(`${inner.dirs['']}`).ino });
    // v1's memory.stat knows of the limit above; pids.max does not.
    expect(at(document, 'memory', '/').memory?.maxBytes).toEqual({ own: 1024 * MIB, effective: 512 * MIB });
    expect(at(document, 'pids', '/').pids?.max).toEqual({
      own: 'max',
      effective: expect.objectContaining({ unknown: 'denied' }),
    });
  });
});

describe('what is read', () => {
  /** Cgroup files that were opened, with repeats. */
  async function opened(...words: string[]): Promise<string[]> {
    const log = `${lab.dir}/opened`;
    const { status } = await porthole(['cgroups', inner.path, ...words], {
      through: ['strace', '-f', '-e', 'trace=openat,open', '-e', 'signal=none', '-o', log],
    });
    expect(status).toBe(0);
    const lines = readFileSync(log, 'utf8').split('\n');
    expect(lines.filter((line) => /\/sys\/fs\/cgroup.*ENOENT/.test(line))).toEqual([]);
    const paths = lines.flatMap((line) => /"(\/sys\/fs\/cgroup\/[^"]+)"/.exec(line)?.[1] ?? []);
    return paths.filter((path) => /\/[a-z0-9]+\.[^/]+$/.test(path) && !path.endsWith('cgroup.controllers'));
  }
  const filesOf = (paths: readonly string[]) =>
    new Set(paths.map((path) => path.slice(path.lastIndexOf('/') + 1)));

  it('is each file once, those of the cgroups above included', async () => {
    const paths = await opened('--json');
    expect(paths.length).toBeGreaterThan(60);
    expect(new Set(paths).size).toBe(paths.length);
  });

  it.each<[string, string[], string[]]>([
    ['nothing for names', ['-q'], []],
    ['what a column shows', ['--columns', 'path,pids'], ['pids.current']],
    [
      'what is sorted by',
      ['--columns', 'path,pids', '--sort', 'cpu-time'],
      ['cpu.stat', 'cpuacct.usage', 'pids.current'],
    ],
  ])('is %s', async (_name, words, expected) => {
    const paths = (await opened(...words)).filter((path) => path.includes(inner.path));
    expect([...filesOf(paths)].sort()).toEqual(expected);
  });
});

describe('many, and on the move', () => {
  it('a storm of cgroups being made and removed costs rows, never the list', async () => {
    const storm = await lab.cgroup(['unified', 'memory'], 'storm');
    const script =
      'while :; do for i in 1 2 3 4 5 6 7 8; do mkdir -p "$0/$i/x" "$1/$i"; done; for i in 1 2 3 4 5 6 7 8; do rmdir "$0/$i/x" "$0/$i" "$1/$i"; done; done';
    const child = spawn('sh', ['-c', script, storm.dirs[''] ?? '', storm.dirs['memory'] ?? ''], {
      stdio: 'ignore',
    });
    lab.track(child);
    try {
      for (let turn = 0; turn < 10; turn += 1) {
        const document = await cgroups([storm.path]);
        expect(at(document, 'v2', storm.path).children).toBeLessThanOrEqual(8);
        for (const each of document.cgroups) expect(each.inode).toBeGreaterThan(0);
      }
    } finally {
      child.kill('SIGKILL');
      await waitFor(() => child.signalCode !== null, 'the storm to end');
      for (const directory of [storm.dirs[''], storm.dirs['memory']])
        for (const name of ['1', '2', '3', '4', '5', '6', '7', '8'])
          for (const path of [`${directory}/${name}/x`, `${directory}/${name}`])
            if (existsSync(path)) rmdirSync(path);
    }
  });

  it('a thousand are listed in about a second', async () => {
    const many = await lab.cgroup(['unified', 'memory'], 'many');
    const paths = Array.from({ length: 500 }, (_, i) => [
      `${many.dirs['']}/${i}`,
      `${many.dirs['memory']}/${i}`,
    ]).flat();
    for (const path of paths) mkdirSync(path);
    try {
      const startedAt = performance.now();
      const document = await cgroups([many.path]);
      const tookMs = performance.now() - startedAt;
      expect(document.cgroups).toHaveLength(1002);
      console.log(`1002 cgroups as JSON: ${Math.round(tookMs)} ms`);
      expect(tookMs).toBeLessThan(10_000);
    } finally {
      for (const path of paths) rmdirSync(path);
    }
  });
});
