// The quick way to a TARGET says what the whole model says, of every container and of words that fit none or several.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { known } from '../../src/kernel/reading.ts';
import { targetFinder } from '../../src/live/find-target.ts';
import { EVERYTHING, SampleTaker } from '../../src/live/take-sample.ts';
import { buildModel } from '../../src/model/build.ts';
import type { Container, ContainerTarget, HostModel } from '../../src/model/host-model.ts';
import { resolveTarget, TargetError } from '../../src/model/target.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';
import { Lab } from '../lab/index.ts';
import { startHost } from '../load/load.ts';

let lab: Lab;
const initPids: number[] = [];
let looksLike: readonly string[] = [];
const files = new KernelFiles();

async function wholeModel(): Promise<HostModel> {
  return buildModel(await new SampleTaker(files).take(EVERYTHING));
}

beforeAll(async () => {
  lab = await Lab.create();
  const docker = await lab.docker();
  const web = await docker.run({ name: 'target-web', args: ['-m', '64m', '--cap-add', 'SYS_ADMIN'] });
  const named = (hostname: string) =>
    lab.unshare({ cmd: ['sh', '-c', `hostname ${hostname}; exec sleep 1000003`], flags: ['-mpuf'] });
  // Names that look like something else: the pid of another container, and what stands for its id.
  looksLike = [String(web.initPid), web.id?.slice(0, 12) ?? '', web.id ?? ''];
  const made = [
    web,
    await docker.run({ name: 'target-pause', args: ['--pid=host'] }),
    // Called as another's hostname is.
    await docker.run({ name: 'target-twin' }),
    await lab.runc({ name: 'target-runc' }),
    await lab.lxc({ name: 'target-lxc' }),
    await lab.nspawn({ name: 'target-nspawn' }),
    await lab.bubblewrap({ name: 'target-bwrap' }),
    await lab.chroot({ name: 'target-jail' }),
    await lab.unshare({ flags: ['-Umn'], name: 'target-sandbox' }),
    await named('target-twin'),
    await named('target-lone'),
    ...(await Promise.all(looksLike.map(named))),
  ];
  const nested = await web.exec(['unshare', '-pf', '/bin/sleep', '1000004']);
  initPids.push(...made.map(({ initPid }) => initPid), nested.pid);
  await lab.waitFor(async () => {
    const names = (await wholeModel()).containers.map(({ name }) => name);
    return ['target-lone', ...looksLike].every((name) => names.includes(name));
  }, 'the containers to have their hostnames');
});
afterAll(() => lab?.close());

/** Of the lab alone: other containers of this host come and go. */
function ours({ containers }: HostModel): readonly Container[] {
  const keys = new Set<string>();
  return containers.filter(({ key, initPid, parent }) => {
    const isOurs = initPids.includes(initPid) || (parent !== undefined && keys.has(parent));
    if (isOurs) keys.add(key);
    return isOurs;
  });
}

/** Every word that means it, and some that nearly do. */
function wordsFor({ name, key, id, pids, cgroup, namespaces, privateNamespaces }: Container): string[] {
  const types = known(privateNamespaces) ?? [];
  const inodes = known(namespaces) ?? {};
  return [
    name,
    key,
    key.slice(0, -1),
    ...(id === undefined ? [] : [id, id.slice(0, 12), id.slice(0, 4), id.slice(0, 3), `${id}0`]),
    ...pids.map(String),
    ...(cgroup.ownPaths ?? []).flatMap((path) => [path, `${path}/`, `${path}/below`]),
    ...types.map((type) => `${type}:[${inodes[type]}]`),
  ];
}

function factsOf(target: ContainerTarget): Omit<Required<ContainerTarget>, 'starttimes'> {
  const { key, name, runtime, id = '', initPid, initStarttimeTicks, pids, state, frozenBy, cgroup } = target;
  return { key, name, runtime, id, initPid, initStarttimeTicks, pids, state, frozenBy, cgroup };
}

function outcomeOf(resolve: () => ContainerTarget): unknown {
  try {
    return factsOf(resolve());
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return { message: error.message, candidates: error.candidates.map(({ key }) => key) };
  }
}

describe('a target that is found the quick way', () => {
  it('is the container that the whole model means, by every word, with the same facts', async () => {
    const model = await wholeModel();
    const finder = await targetFinder(files);
    const containers = ours(model);
    expect(containers.length).toBeGreaterThanOrEqual(initPids.length);
    expect(new Set(containers.map(({ kind }) => kind))).toEqual(new Set(['container', 'jail', 'sandbox']));
    const words = new Set(containers.flatMap(wordsFor));
    for (const word of words) {
      const quick = outcomeOf(() => finder.find(word).container);
      expect(quick, word).toEqual(outcomeOf(() => resolveTarget(model, word)));
    }
  });

  const failing: readonly (readonly [what: string, word: string, message: RegExp])[] = [
    ['two of one name', 'target-twin', /is ambiguous: .*target-twin.*target-twin/],
    ['none of that name', 'target-none', /^no container matches "target-none"/],
    ['a cgroup with containers below it', '/docker', /below it are .*target-web/],
    ['a pid that there is not', '4194305', /^no container matches/],
    ['the pid of no container', String(process.ppid), /^no container matches/],
  ];
  it.each(failing)('%s: the same words of error', async (_what, word, message) => {
    const model = await wholeModel();
    const finder = await targetFinder(files);
    expect(() => finder.find(word)).toThrow(message);
    expect(outcomeOf(() => finder.find(word).container)).toEqual(outcomeOf(() => resolveTarget(model, word)));
  });

  it('is never another one that calls itself by its pid or its id', async () => {
    const finder = await targetFinder(files);
    const [webPid = 0] = initPids;
    const [pid = '', shortId = '', id = ''] = looksLike;
    for (const word of [pid, shortId])
      expect(() => finder.find(word), word).toThrow(/is ambiguous: .*target-web/);
    expect(finder.find(id).container.initPid).toBe(webPid);
    const { initPid, initStarttimeTicks, starttimes } = finder.find('target-web').container;
    expect(initPid).toBe(webPid);
    expect(starttimes?.get(webPid)).toBe(initStarttimeTicks);
  });

  it('owns its cgroup though processes come and go in it all the time', async () => {
    const cgroup = await lab.cgroup(['unified'], 'target-storm');
    const storm = 'while :; do for i in 1 2 3 4; do /bin/true & done; wait; done';
    // Told by its namespaces alone: those of a process that ends are gone before it has left the cgroup.
    const container = await lab.unshare({ cgroup, flags: ['-m', '-u'], cmd: ['/bin/sh', '-c', storm] });
    const looks: boolean[] = [];
    while (looks.length < 200) {
      const found = (await targetFinder(files)).find(String(container.initPid));
      looks.push(found.container.cgroup.ownControllers?.includes('') === true);
    }
    // Who has left some of its namespaces, and not yet all, is taken for a stranger once in a thousand looks.
    expect(looks.filter((isOwn) => !isOwn).length).toBeLessThan(4);
    await container.stop();
  });

  it('among thirty of one name, for which two threads look', async () => {
    const crowd = await startHost({ processes: 420, containers: 30, name: 'target-crowd' });
    try {
      const model = await wholeModel();
      const finder = await targetFinder(files);
      const words = crowd.containers.flatMap(({ id, initPid }) => [id, id.slice(0, 12), String(initPid)]);
      expect(words).toHaveLength(90);
      for (const word of ['target-crowd', ...words]) {
        const quick = outcomeOf(() => finder.find(word).container);
        expect(quick, word).toEqual(outcomeOf(() => resolveTarget(model, word)));
      }
      const ambiguous = outcomeOf(() => finder.find('target-crowd').container);
      expect(ambiguous).toHaveProperty('candidates.length', 30);
    } finally {
      await crowd.stop();
    }
  });
});
