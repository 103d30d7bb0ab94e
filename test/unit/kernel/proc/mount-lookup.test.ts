import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostMountIndex, lateMountIndex } from '../../../../src/kernel/proc/host-source.ts';
import {
  linesOnDevice,
  mountIn,
  mountInText,
  mountsOfTypes,
} from '../../../../src/kernel/proc/mount-lookup.ts';
import { parseMountinfo, visibleAt, visibleMounts } from '../../../../src/kernel/proc/mountinfo.ts';
import { fixture } from '../fixture.ts';

const TABLES: readonly (readonly [name: string, text: string])[] = [
  'linux-6.18/mountinfo-cgroup-namespace',
  'linux-6.18/mountinfo-chroot',
  'linux-6.18/mountinfo-odd-names',
  'linux-6.18/mountinfo-root-overmounted',
  'other-kernels/mountinfo-6.1-systemd',
].map((name) => [name, fixture(`proc/${name}`)]);

describe('one mount of a table is the one that a parse of all of it gives', () => {
  test.each(TABLES)('%s: of every mount point, and around it', (_name, text) => {
    const entries = parseMountinfo(text);
    const targets = entries.flatMap(({ target }) => [target, `${target}/below`, target.slice(0, -1)]);
    for (const target of ['/', '/none', ...targets])
      expect(mountInText(text, target), target).toEqual(visibleAt(entries, target));
  });

  const path = fc.constantFrom('/', '/a', '/a/b', '/a/b/c', '/ab', '/b');
  const deleted = fc.constantFrom('', '', '', '//deleted');
  const mount = fc.record({ path, deleted, under: fc.nat({ max: 20 }), root: path });
  const table = fc.array(mount, { maxLength: 12 }).map((mounts) =>
    mounts
      .map(({ path: target, deleted: mark, under, root }, index) => {
        const id = index + 1;
        // No kernel has mounts that are each other's parents; 0 is one that is not listed, or its own.
        const parent = under % (id + 1);
        const type = ['tmpfs', 'cgroup', 'cgroup2'][id % 3];
        return `${id} ${parent} 0:${id % 3} ${root} ${target}${mark} rw - ${type} / / rw\n`;
      })
      .join(''),
  );

  test('of any table', () => {
    fc.assert(
      fc.property(table, path, (text, target) => {
        expect(mountInText(text, target)).toEqual(visibleAt(parseMountinfo(text), target));
      }),
      { numRuns: 2000 },
    );
  });

  const ofTypes = (text: string, types: readonly string[]) =>
    visibleMounts(parseMountinfo(text)).filter(({ type }) => types.includes(type));

  test('of any table, all of some types', () => {
    fc.assert(
      fc.property(table, fc.subarray(['tmpfs', 'cgroup', 'cgroup2']), (text, types) => {
        expect(mountsOfTypes(text, types)).toEqual(ofTypes(text, types));
      }),
      { numRuns: 2000 },
    );
  });

  test.each(TABLES)('%s: all of each type', (_name, text) => {
    for (const type of new Set(parseMountinfo(text).map((each) => each.type)))
      expect(mountsOfTypes(text, [type]), type).toEqual(ofTypes(text, [type]));
    expect(mountsOfTypes(text, ['none', 'cgroup2', 'cgroup'])).toEqual(ofTypes(text, ['cgroup', 'cgroup2']));
  });

  test('of a type that another one’s options name, and at a place that is written in octal', () => {
    const line = (id: number, target: string, rest: string) => `${id} 1 0:${id} / ${target} rw - ${rest}\n`;
    const text = [
      line(1, '/', 'ext4 /dev/vda rw'),
      line(2, '/net', 'cifs //host/x rw,username=a - cgroup b'),
      line(3, '/a\\040b', 'cgroup cgroup rw,pids'),
    ].join('');
    expect(mountsOfTypes(text, ['cgroup']).map(({ target }) => target)).toEqual(['/a b']);
    expect(mountsOfTypes(text, ['cifs']).map(({ target }) => target)).toEqual(['/net']);
  });

  test('and lies where it does on the host, by the mounts of its device alone', () => {
    fc.assert(
      fc.property(table, fc.constantFrom('0:0', '0:1', '0:2', '0:3'), path, (text, device, root) => {
        const all = parseMountinfo(text);
        const late = lateMountIndex((on) =>
          on === undefined ? all : parseMountinfo(linesOnDevice(text, on)),
        );
        expect(late.sourceOf({ device, root })).toEqual(hostMountIndex(all).sourceOf({ device, root }));
        expect(late.mounts).toEqual(all);
      }),
    );
  });
});

test('a table that only has its mounts is searched among these; one that is not known has none', () => {
  const mounts = parseMountinfo('1 0 0:1 / / rw - ext4 / rw\n2 1 0:2 / /proc rw - proc proc rw\n');
  expect(mountIn({ mounts }, '/proc')?.type).toBe('proc');
  expect(mountIn({ mounts: { unknown: 'denied', path: 'x', errno: 'EACCES' } }, '/')).toBeUndefined();
  expect(mountIn(undefined, '/')).toBeUndefined();
});
