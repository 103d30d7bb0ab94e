import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMountinfo } from '../../../../src/kernel/proc/mountinfo.ts';
import { overlayDirs } from '../../../../src/kernel/proc/overlay.ts';
import { fixture } from '../fixture.ts';

const ODD = parseMountinfo(fixture('proc/linux-6.18/mountinfo-odd-names'));

function dirsAt(target: string) {
  return overlayDirs(ODD.find((entry) => entry.target === target)?.superOptions ?? '');
}

describe('overlayDirs', () => {
  test.each([
    [
      'docker',
      'rw,lowerdir=/d/l/AB:/d/l/CD,upperdir=/d/x/diff,workdir=/d/x/work',
      { lowerdirs: ['/d/l/AB', '/d/l/CD'], upperdir: '/d/x/diff', workdir: '/d/x/work' },
    ],
    [
      'podman: relative and with more options',
      'rw,context="s:c1\\054c2",lowerdir=l/A,volatile',
      { lowerdirs: ['l/A'] },
    ],
    ['read-only', 'ro,lowerdir=/a:/b', { lowerdirs: ['/a', '/b'] }],
    ['data-only layers (6.5)', 'ro,lowerdir=/a:/b::/c::/d', { lowerdirs: ['/a', '/b', '/c', '/d'] }],
    [
      '`lowerdir+` and `datadir+`',
      'ro,lowerdir+=/a,lowerdir+=/b,datadir+=/c',
      { lowerdirs: ['/a', '/b', '/c'] },
    ],
    ['`\\:` is no end', 'ro,lowerdir=/a\\134:1:/b', { lowerdirs: ['/a:1', '/b'] }],
    ['`\\,` is no end, escaped by the kernel', 'ro,lowerdir=/a\\134\\0541:/b', { lowerdirs: ['/a,1', '/b'] }],
    ['`\\,` is no end, raw', 'ro,lowerdir=/a\\,1:/b', { lowerdirs: ['/a,1', '/b'] }],
    ['no overlay', 'rw,size=4k', { lowerdirs: [] }],
    ['nothing', '', { lowerdirs: [] }],
  ])('%s', (_, superOptions, expected) => {
    expect(overlayDirs(superOptions)).toEqual(expected);
  });

  test('finds the directories that mount(2) was given: l1, l:2, "l,3", "l 4" and l\\5 (Linux 6.18)', () => {
    expect(dirsAt('/srv/odd/mp')).toEqual({
      lowerdirs: ['l1', 'l:2', 'l,3', 'l 4', 'l\\5'],
      upperdir: 'up',
      workdir: 'wk',
    });
  });

  test('finds those that fsconfig(2) was given, where lowerdir+ takes names without escapes (Linux 6.18)', () => {
    expect(dirsAt('/srv/odd/mp2')).toEqual({
      lowerdirs: ['l1', 'l:2', 'l,3', 'l\\5'],
      upperdir: 'up,2',
      workdir: 'wk:2',
    });
  });

  // Tried on Linux 6.18 through both calls: what was written to the mount turned up in u5, and in u\5.
  test.each([
    ['u\\1345', 'u5'],
    ['u\\134\\1345', 'u\\5'],
    ['u\\134:7', 'u:7'],
    ['u\\134\\0548', 'u,8'],
  ])('upperdir=%s is the directory %s', (shown, directory) => {
    expect(overlayDirs(`rw,lowerdir=l1,upperdir=${shown},workdir=w`).upperdir).toBe(directory);
  });

  test('throws on nothing', () => {
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(overlayDirs(`lowerdir=${text}`).lowerdirs)));
  });
});
