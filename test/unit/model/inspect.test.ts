import { describe, expect, it } from 'vitest';
import { parseMountinfo } from '../../../src/kernel/proc/mountinfo.ts';
import { parsePidStatus } from '../../../src/kernel/proc/status.ts';
import { known } from '../../../src/kernel/reading.ts';
import { inspected } from '../../../src/model/inspect.ts';
import { processView } from '../../../src/model/process-view.ts';
import type { ContainerDetail } from '../../../src/model/sample.ts';
import { fixture } from '../kernel/fixture.ts';
import { exampleContainer } from './example-container.ts';
import { DENIED, hostFacts, proc } from './facts.ts';

const HOST_MOUNTS = parseMountinfo(
  '22 1 8:1 / / rw - ext4 /dev/sda1 rw\n' +
    '23 22 8:2 / /data rw - ext4 /dev/sda2 rw\n' +
    '24 22 0:24 / /run rw - tmpfs tmpfs rw\n' +
    '25 22 0:50 / /var/lib/docker/overlay2/ab/merged rw - overlay overlay rw,lowerdir=/l1:/l2,upperdir=/u,workdir=/w\n',
);
const MOUNTS =
  '500 400 0:50 / / rw - overlay overlay rw,lowerdir=/l1:/l2,upperdir=/u,workdir=/w\n' +
  '501 500 8:1 /var/lib/docker/containers/ab/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n' +
  '502 500 8:2 /shop /srv rw - ext4 /dev/sda2 rw\n' +
  '503 500 0:24 /docker.sock /run/docker.sock rw - tmpfs tmpfs rw\n' +
  '504 500 0:77 / /proc rw - proc proc rw\n';

const status = parsePidStatus(fixture('proc/linux-6.18/status-sleep'));

function detail(change: Partial<ContainerDetail> = {}): ContainerDetail {
  return {
    status,
    uidMap: [{ inside: 0, outside: 100_000, count: 65_536 }],
    gidMap: [],
    lsm: undefined,
    limits: [],
    mounts: parseMountinfo(MOUNTS),
    hostMounts: HOST_MOUNTS,
    devices: undefined,
    exe: '/usr/bin/node',
    cwd: '/',
    ...change,
  };
}
const inspect = (change: Partial<ContainerDetail> = {}, root = '/') =>
  inspected({
    container: exampleContainer(),
    processes: [],
    detail: detail(change),
    ancestry: [],
    root,
    runtimeState: undefined,
  });

describe('mounts', () => {
  it('say where on the host they come from: file system and the part of it decide', () => {
    const sources = Object.fromEntries(
      (known(inspect().mounts) ?? []).map(({ target, hostSource }) => [target, hostSource]),
    );
    expect(sources).toEqual({
      '/': '/var/lib/docker/overlay2/ab/merged',
      '/etc/hostname': '/var/lib/docker/containers/ab/hostname',
      '/srv': '/data/shop',
      '/run/docker.sock': '/run/docker.sock',
      '/proc': undefined,
    });
  });

  it('are denied as a whole, and without the host’s table have no source', () => {
    expect(inspect({ mounts: DENIED }).mounts).toEqual(DENIED);
    expect(
      known(inspect({ hostMounts: DENIED }).mounts)?.every((each) => each.hostSource === undefined),
    ).toBe(true);
  });
});

describe('storage', () => {
  it.each([
    [
      'an overlay',
      MOUNTS,
      '/',
      { driver: 'overlay', lowerdirs: ['/l1', '/l2'], upperdir: '/u', workdir: '/w' },
    ],
    [
      'a directory of the host',
      '500 400 8:2 /roots/web / rw - ext4 /dev/sda2 rw\n',
      '/',
      { driver: 'ext4', directory: '/data/roots/web' },
    ],
    [
      'a file system the host has not mounted',
      '500 400 7:3 / / ro - squashfs /dev/loop3 ro\n',
      '/',
      { driver: 'squashfs' },
    ],
    ['a chroot into a directory', '', '/srv/jail', { driver: 'directory', directory: '/srv/jail' }],
  ])('%s', (_name, mounts, root, expected) => {
    expect(inspect({ mounts: parseMountinfo(mounts) }, root).storage).toEqual(expected);
  });
  it('is denied where the mounts are', () => {
    expect(inspect({ mounts: DENIED }).storage).toEqual(DENIED);
  });
});

describe('rights', () => {
  it('are decoded from status', () => {
    const found = inspect();
    const capabilities = known(found.capabilities);
    expect(capabilities?.effective).toContain('CAP_SYS_ADMIN');
    expect(capabilities?.effective).not.toContain('CAP_SYS_RESOURCE');
    expect(capabilities?.ambient).toEqual([]);
    expect([found.seccomp, found.noNewPrivs, found.seccompFilters]).toEqual(['disabled', false, 0]);
  });
  it('are denied where it is, and absent where there is none', () => {
    const denied = inspect({ status: DENIED });
    expect([denied.capabilities, denied.seccomp, denied.noNewPrivs]).toEqual([DENIED, DENIED, DENIED]);
    const none = inspect({ status: undefined });
    expect([none.capabilities, none.seccomp, none.noNewPrivs]).toEqual([undefined, undefined, undefined]);
  });
});

describe('one process', () => {
  const facts = proc(1010, 1, 'sh', {
    utimeTicks: 150,
    stimeTicks: 50,
    rssPages: 3,
    starttimeTicks: 100_000,
  });
  const view = (
    change: Partial<Parameters<typeof processView>[0]> = {},
    before?: Parameters<typeof processView>[2],
  ) =>
    processView(
      { facts, status, argv: ['sh'], innerUid: 7, innerGid: undefined, ...change },
      hostFacts(),
      before,
    );

  it('in the host’s units', () => {
    expect(view()).toMatchObject({
      pid: 1010,
      startedAt: '2024-05-01T00:16:40.000Z',
      cpu: { usageUsec: 2_000_000 },
      memoryBytes: 12_288,
      innerUid: 7,
      cgroup: { '': '/' },
    });
    expect(view()).not.toHaveProperty('innerGid');
    expect(view().capEff).toMatch(/^[0-9a-f]{16}$/);
  });

  it('has a ratio against itself alone', () => {
    const earlier = { ...facts, utimeTicks: 50 };
    expect(view({}, { facts: earlier, spanUsec: 2_000_000 }).cpu.ratio).toBe(0.5);
    expect(
      view({}, { facts: { ...earlier, starttimeTicks: 7 }, spanUsec: 2_000_000 }).cpu,
    ).not.toHaveProperty('ratio');
    expect(view({}, { facts: earlier, spanUsec: 0 }).cpu).not.toHaveProperty('ratio');
    expect(view({}, { facts: undefined, spanUsec: 1 }).cpu).not.toHaveProperty('ratio');
  });

  it('joint v1 controllers and v2 in one map', () => {
    const placed = proc(1, 0, 'x', { cgroup: '3:cpu,cpuacct:/a\n1:name=systemd:/b\n0::/c\n' });
    expect(view({ facts: placed }).cgroup).toEqual({
      cpu: '/a',
      cpuacct: '/a',
      'name=systemd': '/b',
      '': '/c',
    });
    expect(view({ facts: proc(1, 0, 'x', { cgroup: DENIED }) }).cgroup).toEqual(DENIED);
  });
});
