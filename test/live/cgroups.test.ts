// What `porthole cgroups` says of every cgroup of this host against the kernel's own files, on hybrid hierarchies and on v1 alone:
// limits from above, rates, threads, freezing, owners.
import { spawn } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import { compareCgroups } from '../cgroups/compare.ts';
import { snapshotCgroups } from '../cgroups/snapshot.mjs';
import { Lab, type LabCgroup, type LabContainer, waitFor } from '../lab/index.ts';
import { at, cgroups, type Document, MIB, NestedCgroups, roots, runIn, UNIFIED } from './cgroups-kit.ts';
import { porthole, ps, type RunOptions } from './porthole.ts';

let lab: Lab;
let nested: NestedCgroups;
let outer: LabCgroup;
let inner: LabCgroup;
let docker: LabContainer;

beforeAll(async () => {
  lab = await Lab.create();
  nested = await NestedCgroups.create(lab);
  ({ outer, inner } = nested);
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
      expect(nested.ours(wrong)).toEqual([]);
      if (wrong.length === 0 || look === 5) return { document, after, wrong };
    }
  }

  it('on this host, file by file', async () => {
    const { document, after, wrong } = await compared();
    expect(wrong).toEqual([]);
    const listed = new Set(document.cgroups.map(({ hierarchy, path }) => `${hierarchy} ${path}`));
    expect(document.cgroups).toHaveLength(listed.size);
    // What is ours is all there.
    const ours = nested.ours(Object.keys(after.directories));
    expect(document.cgroups.filter(({ path }) => path.startsWith(nested.top))).toHaveLength(ours.length);
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
      const busy = runIn(lab, again, 'sh', '-c', 'while :; do :; done');
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
    const child = runIn(lab, threads, 'sleep', '1000000');
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
      runIn(lab, ice, 'sleep', '1000000');
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
