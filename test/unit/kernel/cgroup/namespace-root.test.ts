import { describe, expect, it } from 'vitest';
import { levelsAbove, linesInMounts, outsideNamespace } from '../../../../src/kernel/cgroup/hierarchy.ts';
import { parsePidCgroup } from '../../../../src/kernel/proc/cgroup.ts';

describe('levelsAbove', () => {
  it.each([
    ['/', undefined],
    ['/..', 1],
    ['/../..', 2],
    ['/../web', undefined],
    ['/docker/..', undefined],
    ['/..x', undefined],
  ])('%s is %s', (root, levels) => expect(levelsAbove(root)).toBe(levels));
});

describe('outsideNamespace', () => {
  it.each([
    ['/', '/lab/viewer', '/lab/viewer'],
    ['/below', '/lab/viewer', '/lab/viewer/below'],
    ['/..', '/lab/viewer', '/lab'],
    ['/../used', '/lab/viewer', '/lab/used'],
    ['/../..', '/lab/viewer', '/'],
    ['/../../by-runc', '/lab/viewer', '/by-runc'],
    ['/../../..', '/lab/viewer', '/../../..'],
    ['/../..x', '/lab/viewer', '/lab/..x'],
  ])('%s seen from %s is %s', (path, namespaceRoot, expected) => {
    expect(outsideNamespace(path, namespaceRoot)).toBe(expected);
  });
});

describe('linesInMounts', () => {
  const lines = parsePidCgroup('4:cpu,cpuacct:/../web\n1:name=systemd:/../web\n0::/../web\n');
  const v1 = (controllers: string[]) => ({ version: 1, controllers, mountPoint: '/c', root: '/' }) as const;

  it('moves the lines of those hierarchies whose mount shows more than our namespace', () => {
    const hierarchies = [
      { ...v1(['cpu', 'cpuacct']), namespaceRoot: '/docker/me' },
      v1(['name=systemd']),
      {
        version: 2,
        controllers: [],
        mountPoint: '/u',
        root: '/',
        namespaceRoot: '/system.slice/me',
      } as const,
    ];
    expect(linesInMounts(lines, hierarchies).map(({ path }) => path)).toEqual([
      '/docker/web',
      '/../web',
      '/system.slice/web',
    ]);
  });
  it('leaves lines of no hierarchy alone', () => expect(linesInMounts(lines, [])).toEqual(lines));
});
