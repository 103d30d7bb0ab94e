/** Small files about a cgroup's state and members: freezer.state, cgroup.events, controllers, procs, devices.list. */
import { describe, expect, test } from 'vitest';
import { parseControllers, parseProcCgroups } from '../../../../src/kernel/cgroup/controllers.ts';
import { parseDevicesList } from '../../../../src/kernel/cgroup/devices.ts';
import { parseCgroupEvents } from '../../../../src/kernel/cgroup/events.ts';
import { parseFreezerState } from '../../../../src/kernel/cgroup/freezer.ts';
import { parsePids } from '../../../../src/kernel/cgroup/procs.ts';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

describe('parseFreezerState: "v1: freezer.state"', () => {
  test.each([
    ['frozen (6.18)', fixture('cgroup/linux-6.18-v1/freezer.state-frozen'), 'FROZEN'],
    ['thawed (6.18)', fixture('cgroup/linux-6.18-v1/freezer.state-thawed'), 'THAWED'],
    ['on the way', 'FREEZING\n', 'FREEZING'],
  ])('%s', (_, text, expected) => {
    expect(parseFreezerState(text)).toBe(expected);
  });

  test.each(['', 'frozen\n', 'FROZEN \n', '1\n'])('%j is refused', (text) => {
    expect(() => parseFreezerState(text)).toThrow(KernelParseError);
  });

  survives(parseFreezerState, 'FREEZING\n');
});

describe('parseCgroupEvents: "Frozen is what cgroup.events says (`frozen 1`, keys in any order)"', () => {
  test.each([
    ['populated 1\nfrozen 0\n', { populated: true, frozen: false }],
    ['frozen 1\npopulated 0\n', { populated: false, frozen: true }],
    ['newkey 3\nfrozen 1\npopulated 1\n', { populated: true, frozen: true }],
    ['populated 1\n', { populated: true }],
  ])('%j', (text, expected) => {
    expect(parseCgroupEvents(text)).toEqual(expected);
  });

  test.each(['', 'frozen 1\n', 'populated yes\nfrozen 0\n'])('%j is refused', (text) => {
    expect(() => parseCgroupEvents(text)).toThrow(KernelParseError);
  });

  survives(parseCgroupEvents, 'populated 1\nfrozen 0\n');
});

describe('parseControllers: "read cgroup.controllers"', () => {
  test.each([
    ['cpuset cpu io memory pids\n', ['cpuset', 'cpu', 'io', 'memory', 'pids']],
    ['hugetlb\n', ['hugetlb']],
    ['\n', []],
    ['', []],
  ])('%j', (text, expected) => {
    expect(parseControllers(text)).toEqual(expected);
  });

  test('two lines are refused', () => {
    expect(() => parseControllers('cpu\nio\n')).toThrow(KernelParseError);
  });

  survives(parseControllers, 'cpuset cpu io memory pids\n');
});

describe('parseProcCgroups', () => {
  const real = fixture('proc/linux-6.18/host-cgroups');

  test('the controllers of a hybrid host: those of v2 have hierarchy 0 (6.18)', () => {
    const rows = parseProcCgroups(real);
    expect(rows).toHaveLength(12);
    expect(rows.find(({ name }) => name === 'memory')).toMatchObject({ hierarchyId: 4, enabled: true });
    expect(rows.filter(({ hierarchyId }) => hierarchyId === 0).map(({ name }) => name)).toContain('hugetlb');
  });

  test('switched off on the kernel command line', () => {
    expect(parseProcCgroups('#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t1\t0\n')).toEqual([
      { name: 'memory', hierarchyId: 0, cgroups: 1, enabled: false },
    ]);
  });

  test.each(['memory\t0\t1\n', 'memory 0 1 1\n', 'memory\tx\t1\t1\n', '\n'])('%j is refused', (text) => {
    expect(() => parseProcCgroups(text)).toThrow(KernelParseError);
  });

  survives(parseProcCgroups, real);
});

describe('parsePids', () => {
  test.each([
    ['"pid 0 means outside our pid namespace": kept, as often as it comes', '0\n12\n0\n', [0, 12, 0]],
    ['in no order', '30\n4\n', [30, 4]],
    ['nobody', '', []],
  ])('%s', (_, text, expected) => {
    expect(parsePids(text)).toEqual(expected);
  });

  test.each(['x\n', '1 2\n', '\n'])('%j is refused', (text) => {
    expect(() => parsePids(text)).toThrow(KernelParseError);
  });

  survives(parsePids, '1\n22\n333\n');
});

describe('parseDevicesList', () => {
  test('rules, numbers and stars (6.18)', () => {
    expect(parseDevicesList(fixture('cgroup/linux-6.18-v1/devices.list'))).toEqual([
      { type: 'c', major: 1, minor: 3, access: 'rwm' },
      { type: 'c', major: 136, minor: '*', access: 'rw' },
      { type: 'b', major: '*', minor: '*', access: 'm' },
    ]);
  });

  test.each([
    ['all allowed', 'a *:* rwm\n', [{ type: 'a', major: '*', minor: '*', access: 'rwm' }]],
    ['nothing allowed', '', []],
  ])('%s', (_, text, expected) => {
    expect(parseDevicesList(text)).toEqual(expected);
  });

  test.each(['x 1:3 rwm\n', 'c 1 rwm\n', 'c 1:3\n', 'c 1:3 z\n', '\n'])('%j is refused', (text) => {
    expect(() => parseDevicesList(text)).toThrow(KernelParseError);
  });

  survives(parseDevicesList, fixture('cgroup/linux-6.18-v1/devices.list'));
});
