import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { parsePidCgroup } from '../../../../src/kernel/proc/cgroup.ts';
import { fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

const ID = '5196f1d6d2d9c0f7fd5b4a1f0d6a1a9a5d3c2b1a09f8e7d6c5b4a39281706f5e';

function line(hierarchyId: number, controllers: string[], path: string, removed = false) {
  return { hierarchyId, controllers, path, removed };
}

describe('parsePidCgroup', () => {
  test.each([
    [
      '"split at the first two colons only; paths contain colons"',
      '2:cpu:/a:b:cri-containerd:c\n',
      [line(2, ['cpu'], '/a:b:cri-containerd:c')],
    ],
    ['"Controllers can be joint"', '4:cpuacct,cpu:/x\n', [line(4, ['cpuacct', 'cpu'], '/x')]],
    ['"named"', '1:name=systemd:/x\n', [line(1, ['name=systemd'], '/x')]],
    ['"or empty (v2)"', '0::/x\n', [line(0, [], '/x')]],
    ['"leading /.. strips one segment": kept for the caller', '0::/../../x\n', [line(0, [], '/../../x')]],
    ['blanks and tabs in a name', '0::/sp ace\ttab\n', [line(0, [], '/sp ace\ttab')]],
    ['a removed v2 cgroup', '0::/x (deleted)\n', [line(0, [], '/x', true)]],
    ['v1 never marks: the blank is the name’s', '3:pids:/x (deleted)\n', [line(3, ['pids'], '/x (deleted)')]],
    ['no hierarchy is mounted', '', []],
  ])('%s', (_, text, expected) => {
    expect(parsePidCgroup(text)).toEqual(expected);
  });

  test('"Take the path per controller" (3.10, docker below cgroupfs)', () => {
    const lines = parsePidCgroup(fixture('proc/other-kernels/cgroup-3.10'));
    const pathOf = (controller: string) =>
      lines.find(({ controllers }) => controllers.includes(controller))?.path;
    expect(pathOf('memory')).toBe(`/docker/${ID}`);
    expect(pathOf('cpu')).toBe(`/docker/${ID}`);
    expect(pathOf('blkio')).toBe('/system.slice/docker.service');
    expect(pathOf('net_cls')).toBe('/');
  });

  test('"…slice:cri-containerd:ID" (4.19)', () => {
    const [pids] = parsePidCgroup(fixture('proc/other-kernels/cgroup-4.19-containerd'));
    expect(pids?.path.split(':')).toHaveLength(3);
    expect(pids?.path.endsWith(`:cri-containerd:${ID}`)).toBe(true);
  });

  test('"v2 with a stray v1 line such as `1:net_cls:/`" (6.1)', () => {
    const lines = parsePidCgroup(fixture('proc/other-kernels/cgroup-6.1-stray-v1'));
    expect(lines.map(({ hierarchyId }) => hierarchyId)).toEqual([1, 0]);
    expect(lines[1]?.path).toContain(`/libpod-${ID}.scope/container`);
  });

  test('"A zombie still answers cgroup", here after its v2 cgroup was removed (6.18, hybrid)', () => {
    const lines = parsePidCgroup(fixture('proc/linux-6.18/cgroup-hybrid-zombie-removed'));
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toEqual(line(0, [], '/work.slice/job-7', true));
    expect(lines.find(({ controllers }) => controllers[0] === 'memory')?.removed).toBe(false);
  });

  test.each([
    ['no path', fixture('broken/cgroup-without-path')],
    ['an empty line', '0::/\n\n'],
    ['no number', 'x::/\n'],
    ['a path that does not begin at the root', '0::x\n'],
  ])('%s is refused', (_, text) => {
    expect(() => parsePidCgroup(text)).toThrow(KernelParseError);
  });

  survives(
    parsePidCgroup,
    fixture('proc/linux-6.18/cgroup-hybrid'),
    fixture('proc/other-kernels/cgroup-4.19-containerd'),
  );
});
