// On a directory that stands for a mount: what is read of a container's cgroup and of those above it, and when.
import { afterEach, describe, expect, it } from 'vitest';
import { HeldPlaces } from '../../../../src/actions/limit/look.ts';
import type { LimitSnapshot } from '../../../../src/model/limits/snapshot.ts';
import { KernelFiles } from '../../../../src/sys/kernel-files.ts';
import { scratch } from '../../sys/scratch.ts';

const { path, write } = scratch();
const opened: HeldPlaces[] = [];
afterEach(() => {
  for (const places of opened.splice(0)) places.close();
});

function hold(name: string): HeldPlaces {
  for (const [file, text] of [
    ['web/pids.max', '100\n'],
    ['web/pids.current', '3\n'],
    ['web/hugetlb.2MB.max', 'max\n'],
    ['web/cgroup.procs', '7\n'],
    ['pids.max', '500\n'],
    ['pids.current', '9\n'],
  ] as const)
    write(`${name}/a/${file}`, text);
  const hierarchy = { version: 2, controllers: ['pids'], mountPoint: path(name), root: '/' } as const;
  const places = HeldPlaces.open(new KernelFiles(), { memTotalBytes: undefined }, [
    { hierarchy, path: '/a/web' },
  ]);
  opened.push(places);
  return places;
}

const own = ({ places: [place] }: LimitSnapshot) => place?.own.texts;
const above = ({ places: [place] }: LimitSnapshot) => place?.above ?? [];
const says = (value: string) => ({ ok: true, value });

describe('the files of a container’s cgroups', () => {
  it('are those about limits and what is used; above it about limits alone', () => {
    const { snapshot } = hold('names');
    expect([...(own(snapshot)?.keys() ?? [])].sort()).toEqual([
      'hugetlb.2MB.max',
      'pids.current',
      'pids.max',
    ]);
    expect(above(snapshot).map(({ path: at, texts }) => [at, [...texts.keys()]])).toEqual([
      ['/a', ['pids.max']],
      ['/', []],
    ]);
    expect(own(snapshot)?.has('cgroup.procs')).toBe(false);
    expect(own(snapshot)?.get('cgroup.procs')).toBeUndefined();
    expect(own(snapshot)?.get('memory.max')).toBeUndefined();
  });

  it('are read when they are asked for, once', () => {
    const { snapshot } = hold('late');
    write('late/a/web/pids.max', '200\n');
    write('late/a/pids.max', '600\n');
    expect(own(snapshot)?.get('pids.max')).toEqual(says('200\n'));
    expect(above(snapshot)[0]?.texts.get('pids.max')).toEqual(says('600\n'));
    write('late/a/web/pids.max', '300\n');
    write('late/a/pids.max', '700\n');
    expect(own(snapshot)?.get('pids.max')).toEqual(says('200\n'));
    expect(above(snapshot)[0]?.texts.get('pids.max')).toEqual(says('600\n'));
  });

  it('are all read at that moment when they are looked at again', () => {
    const places = hold('again');
    const before = places.again();
    write('again/a/web/pids.current', '4\n');
    write('again/a/pids.max', '700\n');
    expect(own(before)?.get('pids.current')).toEqual(says('3\n'));
    expect(above(before)[0]?.texts.get('pids.max')).toEqual(says('500\n'));
    expect(own(places.again())?.get('pids.current')).toEqual(says('4\n'));
  });
});
