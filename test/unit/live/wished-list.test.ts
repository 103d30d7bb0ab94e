/** Which list is taken when, and what comes of it when it cannot be taken. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ListKind } from '../../../src/live/feed.ts';
import type { Lister, ListSource } from '../../../src/live/lists/lister.ts';
import { WishedList } from '../../../src/live/lists/wished-list.ts';
import { buildModel } from '../../../src/model/build.ts';
import type { Container } from '../../../src/model/host-model.ts';
import type { Sample } from '../../../src/model/sample.ts';
import { KernelFiles } from '../../../src/sys/kernel-files.ts';
import { exampleContainer } from '../model/example-container.ts';
import { proc, sampleOf } from '../model/facts.ts';

const sample: Sample = sampleOf([proc(1, 0, 'systemd')]);
const source = (...containers: Container[]): ListSource => ({
  files: new KernelFiles('/nowhere', '/nowhere'),
  sample,
  model: { ...buildModel(sample), containers },
  freshen: () => [],
});

const none: Lister = () => ({ kind: 'processes', rows: [], notes: [] });
function lists(lister: () => Lister): WishedList {
  const kinds = [
    'processes',
    'namespaces',
    'cgroups',
    'mounts',
    'interfaces',
    'sockets',
    'security',
  ] as const;
  const all: Record<ListKind, () => Lister> = {
    processes: lister,
    namespaces: lister,
    cgroups: lister,
    mounts: lister,
    interfaces: lister,
    sockets: lister,
    security: lister,
  };
  expect(Object.keys(all)).toEqual(kinds);
  return new WishedList(all);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('when a list is due', () => {
  it('without a wish never, and nothing is taken', async () => {
    const list = lists(() => none);
    expect([list.isNew, list.isDue(Number.MAX_VALUE)]).toEqual([false, false]);
    expect(await list.take(source())).toBeUndefined();
    list.want({ kind: 'mounts' });
    list.want(undefined);
    expect([list.isNew, list.isDue(Number.MAX_VALUE)]).toEqual([false, false]);
  });

  it('at once for a new wish, then after nine times as long as it took', async () => {
    let now = 1000;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const list = lists(() => () => {
      now += 30;
      return { kind: 'processes', rows: [], notes: [] };
    });
    list.want({ kind: 'processes' });
    expect([list.isNew, list.isDue(1000)]).toEqual([true, true]);
    expect(await list.take(source())).toMatchObject({ kind: 'processes', durationMs: 30 });
    expect([list.isNew, list.isDue(1299), list.isDue(1300)]).toEqual([false, false, true]);
  });

  it('a wish said again changes nothing; another kind or container starts anew', async () => {
    const made = vi.fn(() => none);
    const list = lists(made);
    list.want({ kind: 'processes', container: 'a' });
    await list.take(source());
    list.want({ kind: 'processes', container: 'a' });
    expect(list.isNew).toBe(false);
    expect(made).toHaveBeenCalledTimes(1);
    list.want({ kind: 'processes', container: 'b' });
    expect(list.isNew).toBe(true);
    list.want({ kind: 'processes' });
    list.want({ kind: 'sockets' });
    expect(made).toHaveBeenCalledTimes(4);
  });
});

describe('a list that cannot be taken', () => {
  it.each([
    ['an error', () => new Error('/proc/7/mountinfo: EIO'), '/proc/7/mountinfo: EIO'],
    ['something else', () => 'no', 'no'],
  ])('%s is told, and the next one is tried', async (_name, why, expected) => {
    let isBroken = true;
    const list = lists(() => () => {
      if (isBroken) throw why();
      return { kind: 'mounts', rows: [], notes: [] };
    });
    list.want({ kind: 'mounts' });
    expect(await list.take(source())).toMatchObject({ kind: 'mounts', rows: [], failed: expected });
    isBroken = false;
    expect(await list.take(source())).not.toHaveProperty('failed');
  });

  it('of a container that ended says so by its name, without reading anything', async () => {
    const lister = vi.fn(none);
    const list = lists(() => lister);
    const container = exampleContainer();
    list.want({ kind: 'cgroups', container: container.key });
    expect(await list.take(source(container))).toMatchObject({ container: container.key });
    for (const left of [[], [{ ...container, state: 'exited' as const }]]) {
      const ended = await list.take(source(...left));
      expect(ended).toMatchObject({ kind: 'cgroups', rows: [], failed: 'checkout-api has ended' });
    }
    expect(lister).toHaveBeenCalledTimes(1);
  });

  it('of a container nobody knows names its key', async () => {
    const list = lists(() => none);
    list.want({ kind: 'cgroups', container: 'docker:7' });
    expect(await list.take(source())).toMatchObject({ failed: 'no container docker:7 is running' });
  });
});
