import { describe, expect, test } from 'vitest';
import { parseMountinfo, visibleAt, visibleMounts } from '../../../../src/kernel/proc/mountinfo.ts';
import { fixture } from '../fixture.ts';

/** "id parent target" lines. */
function mounts(...lines: string[]) {
  return parseMountinfo(
    lines
      .map((line) => {
        const [id, parent, target] = line.split(' ');
        return `${id} ${parent} 0:${id} / ${target} rw - tmpfs t rw\n`;
      })
      .join(''),
  );
}

describe('"Several mounts can sit on one path; what is visible needs the mount-id tree as well as the path tree"', () => {
  test.each([
    ['one on the root', ['1 0 /', '2 1 /a'], '/a', 2],
    ['the top of a stack, whatever the order', ['1 0 /', '3 2 /a', '2 1 /a'], '/a', 3],
    ['a mount on a mount', ['1 0 /', '2 1 /a', '3 2 /a/b'], '/a/b', 3],
    ['hidden by a later mount over its parent', ['1 0 /', '2 1 /a/b', '3 1 /a'], '/a/b', undefined],
    ['mounted again on top of what hid it', ['1 0 /', '2 1 /a/b', '3 1 /a', '4 3 /a/b'], '/a/b', 4],
    ['hidden by a second mount on the parent', ['1 0 /', '2 1 /a', '3 2 /a/b', '4 2 /a'], '/a/b', undefined],
    ['a longer name is not below', ['1 0 /', '2 1 /a', '3 1 /ab'], '/ab', 3],
    ['no mount there', ['1 0 /', '2 1 /a'], '/b', undefined],
    ['a directory on a mount is not one', ['1 0 /', '2 1 /a'], '/a/b', undefined],
    ['the root', ['1 0 /', '2 1 /a'], '/', 1],
    ['a root that is its own parent (rootfs)', ['1 1 /', '2 1 /a'], '/a', 2],
    ['two on one spot of one mount: the later', ['1 0 /', '2 1 /a', '3 1 /a'], '/a', 3],
    ['parents of each other are out of reach', ['1 0 /', '2 3 /a', '3 2 /a'], '/a', undefined],
    ['an id that is its own parent does not hang it', ['1 0 /', '1 1 /a'], '/a', 1],
  ])('%s', (_, lines, target, id) => {
    expect(visibleAt(mounts(...lines), target)?.id).toBe(id);
  });

  // stat(1) on these paths, in the namespace this file was taken from, answered device 0:59 for st and st/in, 0:60 for mp.
  test('agrees with stat on a stack of tmpfs (Linux 6.18)', () => {
    const entries = parseMountinfo(fixture('proc/linux-6.18/mountinfo-odd-names'));
    expect(visibleAt(entries, '/srv/odd/st')).toMatchObject({ device: '0:59', source: 'high' });
    expect(visibleAt(entries, '/srv/odd/st/in')).toBeUndefined();
    expect(visibleAt(entries, '/srv/odd/mp')?.device).toBe('0:60');
    const hidden = entries.filter((entry) => !visibleMounts(entries).includes(entry));
    expect(hidden.map(({ source }) => source)).toEqual(['in', 'low']);
  });

  // stat(1) answered the device of ext4 for /, and `ls /proc` still worked.
  test('a process keeps its root when something is mounted over "/" (Linux 6.18)', () => {
    const entries = parseMountinfo(fixture('proc/linux-6.18/mountinfo-root-overmounted'));
    expect(entries.filter(({ target }) => target === '/')).toHaveLength(2);
    expect(visibleAt(entries, '/')?.type).toBe('ext4');
    expect(visibleAt(entries, '/proc')?.type).toBe('proc');
    expect(visibleMounts(entries).map(({ source }) => source)).not.toContain('over');
  });

  test('"Mount points are relative to that process\'s root": a chroot directory is no mount (Linux 6.18)', () => {
    const entries = parseMountinfo(fixture('proc/linux-6.18/mountinfo-chroot'));
    expect(visibleAt(entries, '/')).toBeUndefined();
    expect(visibleAt(entries, '/proc')?.type).toBe('proc');
    expect(visibleMounts(entries)).toEqual(entries);
  });

  test('keeps the order given, and nothing of nothing', () => {
    const entries = mounts('1 0 /', '3 1 /b', '2 1 /a');
    expect(visibleMounts(entries).map(({ id }) => id)).toEqual([1, 3, 2]);
    expect(visibleMounts([])).toEqual([]);
    expect(visibleAt([], '/')).toBeUndefined();
  });
});
