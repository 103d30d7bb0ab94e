// Which cgroups `porthole cgroups` lists: names, paths that are asked for, what may not be read, namespaces, what is read for it,
// and what happens while others make and remove cgroups.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareCgroups } from '../cgroups/compare.ts';
import { snapshotCgroups } from '../cgroups/snapshot.mjs';
import { Lab, type LabCgroup, waitFor } from '../lab/index.ts';
import { schemaErrors } from '../schema.ts';
import { at, cgroups, type Document, MIB, NestedCgroups, roots, runIn, UNIFIED } from './cgroups-kit.ts';
import { ORDINARY_USER, porthole } from './porthole.ts';

let lab: Lab;
let nested: NestedCgroups;
let outer: LabCgroup;
let inner: LabCgroup;

beforeAll(async () => {
  lab = await Lab.create();
  nested = await NestedCgroups.create(lab);
  ({ outer, inner } = nested);
});
afterAll(() => lab?.close());

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
    runIn(lab, closed, 'sleep', '1000000');
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
    expect(nested.ours(compareCgroups({ document, before, after, complete: false }))).toEqual([]);
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
