import { describe, expect, it, test } from 'vitest';
import { parseMountinfo } from '../../../src/kernel/proc/mountinfo.ts';
import { MOUNT_COLUMNS, propagationText } from '../../../src/model/mount-columns.ts';
import { type MountNamespaceTable, ownersOf, propagationOf } from '../../../src/model/mount-peers.ts';
import { containerMounts, type MountViewInput, shortNamesOf } from '../../../src/model/mount-view.ts';
import { schemaErrors } from '../../schema.ts';
import { DENIED } from './facts.ts';

const HOST =
  '22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n23 22 8:2 / /data rw shared:2 - ext4 /dev/sda2 rw\n';

function table(mounts: string, more: Partial<MountNamespaceTable> = {}): MountNamespaceTable {
  return { pid: 7, comm: 'sh', isHost: false, containers: [], mounts: parseMountinfo(mounts), ...more };
}
const owner = (name: string) => [{ key: `docker:${name}`, name }];

function view(mounts: string, more: Partial<MountViewInput> & { host?: string } = {}) {
  const { host = HOST, ...input } = more;
  return containerMounts({
    mounts: parseMountinfo(mounts),
    root: '/',
    hostMounts: parseMountinfo(host),
    tables: [table(host, { pid: 1, isHost: true })],
    deviceNames: new Map(),
    shortNames: new Map(),
    ...input,
  });
}

describe('storage', () => {
  const host = `${HOST}30 22 0:50 / /d/overlay2/ab/merged rw - overlay overlay rw,lowerdir=l/AAA:l/BBB,upperdir=ab/diff,workdir=ab/work
31 22 0:60 / /btr rw - btrfs /dev/sdb rw,subvolid=5,subvol=/
32 22 0:70 / /zfs/graph/ab rw - zfs tank/docker/ab rw,xattr
33 22 253:4 / /dm/mnt/ab rw - xfs /dev/mapper/docker-8:1-99-ab rw
34 22 0:80 / /aufs/mnt/ab rw - aufs none rw,si=5f1d
35 22 0:90 / /fuse/merged rw - fuse.fuse-overlayfs fuse-overlayfs rw,user_id=0
`;
  test.each([
    [
      'btrfs, a subvolume',
      '9 1 0:60 /subvolumes/ab / rw - btrfs /dev/sdb rw,subvolid=9,subvol=/subvolumes/ab',
      { driver: 'btrfs', subvolume: '/subvolumes/ab', directory: '/btr/subvolumes/ab' },
    ],
    [
      'a directory on btrfs',
      '9 1 0:60 /srv/jail / rw - btrfs /dev/sdb rw,subvolid=5,subvol=/',
      { driver: 'directory', directory: '/btr/srv/jail' },
    ],
    [
      'zfs, a dataset',
      '9 1 0:70 / / rw - zfs tank/docker/ab rw,xattr',
      { driver: 'zfs', source: 'tank/docker/ab' },
    ],
    [
      'a directory on zfs',
      '9 1 0:70 /jail / rw - zfs tank/docker/ab rw',
      { driver: 'directory', directory: '/zfs/graph/ab/jail' },
    ],
    [
      'device mapper of docker',
      '9 1 253:4 /rootfs / rw - xfs /dev/mapper/docker-8:1-99-ab rw',
      { driver: 'devicemapper', directory: '/dm/mnt/ab/rootfs' },
    ],
    ['a directory on LVM', '9 1 253:4 /srv/jail / rw - xfs /dev/mapper/vg-data rw', { driver: 'directory' }],
    ['aufs', '9 1 0:80 / / rw - aufs none rw,si=5f1d', { driver: 'aufs' }],
    [
      'fuse-overlayfs',
      '9 1 0:90 / / rw - fuse.fuse-overlayfs fuse-overlayfs rw',
      { driver: 'fuse-overlayfs' },
    ],
    [
      'vfs of docker',
      '9 1 8:2 /docker/vfs/dir/ab / rw - ext4 /dev/sda2 rw',
      { driver: 'vfs', directory: '/data/docker/vfs/dir/ab' },
    ],
    [
      'a plain directory',
      '9 1 8:2 /roots/web / rw - ext4 /dev/sda2 rw',
      { driver: 'directory', type: 'ext4' },
    ],
    ["the host's own root", '9 1 8:1 / / rw - ext4 /dev/sda1 rw', { driver: 'host' }],
    ['a loop device', '9 1 7:3 / / ro - squashfs /dev/loop3 ro', { driver: 'block', source: '/dev/loop3' }],
    ['a tmpfs of its own', '9 1 0:99 / / rw - tmpfs tmpfs rw', { driver: 'tmpfs' }],
  ])('%s', (_name, line, expected) => {
    expect(view(`${line}\n`, { host }).storage).toMatchObject(expected);
  });

  it('a chroot into a directory that is no mount', () => {
    expect(view('', { root: '/srv/jail' }).storage).toEqual({ driver: 'directory', directory: '/srv/jail' });
  });

  it('overlay: relative names from where it was mounted, short ones to what they stand for', () => {
    const mounts =
      '9 1 0:50 / / rw - overlay overlay rw,lowerdir=l/AAA:l/BBB,upperdir=ab/diff,workdir=ab/work\n';
    const input = {
      mounts: parseMountinfo(mounts),
      root: '/',
      hostMounts: parseMountinfo(host),
      tables: [table(host, { isHost: true })],
      deviceNames: new Map(),
      shortNames: new Map(),
    };
    expect(shortNamesOf(input)).toEqual(['/d/overlay2/l/AAA', '/d/overlay2/l/BBB']);
    const { storage } = view(mounts, {
      host,
      shortNames: new Map([['/d/overlay2/l/AAA', '/d/overlay2/cd/diff']]),
    });
    expect(storage).toMatchObject({
      driver: 'overlay',
      lower: [
        { path: 'l/AAA', hostPath: '/d/overlay2/cd/diff' },
        { path: 'l/BBB', hostPath: '/d/overlay2/l/BBB' },
      ],
      upper: { path: 'ab/diff', hostPath: '/d/overlay2/ab/diff' },
      work: { hostPath: '/d/overlay2/ab/work' },
    });
  });

  it('overlay of an engine in a container: its paths go through that container’s mounts', () => {
    const outer =
      '40 2 0:50 / / rw - overlay overlay rw\n41 40 8:2 /vol /var/lib rw - ext4 /dev/sda2 rw\n42 41 0:51 / /var/lib/x/ab/merged rw - overlay o rw,lowerdir=/var/lib/l,upperdir=/var/lib/u,workdir=/var/lib/w\n';
    const found = view(
      '9 1 0:51 / / rw - overlay o rw,lowerdir=/var/lib/l,upperdir=/var/lib/u,workdir=/var/lib/w\n',
      {
        tables: [table(HOST, { isHost: true }), table(outer, { containers: owner('dind') })],
      },
    );
    expect(found.storage).toMatchObject({
      lower: [{ path: '/var/lib/l', hostPath: '/data/vol/l' }],
      upper: { hostPath: '/data/vol/u' },
    });
  });

  it('overlay that nobody else shows: paths as they are, none on the host', () => {
    expect(view('9 1 0:52 / / rw - overlay o rw,lowerdir=/l\n').storage.lower).toEqual([{ path: '/l' }]);
  });
});

describe('host source', () => {
  const source = (mounts: string, host = HOST) => view(mounts, { host }).mounts[0]?.hostSource;
  test.each([
    ['by file system and part', '9 1 8:2 /shop /srv rw - ext4 /dev/sda2 rw\n', HOST, '/data/shop'],
    ['none where the file system is not mounted', '9 1 0:9 / /t rw - tmpfs t rw\n', HOST, undefined],
    ['none of what was deleted', '9 1 8:2 /shop//deleted /srv rw - ext4 /dev/sda2 rw\n', HOST, undefined],
    [
      'none where another mount lies over it',
      '9 1 8:2 /shop /srv rw - ext4 /dev/sda2 rw\n',
      `${HOST}24 23 0:5 / /data/shop rw - tmpfs t rw\n`,
      undefined,
    ],
    [
      'none where the whole mount is hidden',
      '9 1 8:2 /shop /srv rw - ext4 /dev/sda2 rw\n',
      `${HOST}24 23 0:5 / /data rw - tmpfs t rw\n`,
      undefined,
    ],
    [
      'of a namespace file',
      '9 1 0:4 net:[4026532290] /n rw - nsfs nsfs rw\n',
      `${HOST}24 22 0:4 net:[4026532290] /run/netns/a rw - nsfs nsfs rw\n`,
      '/run/netns/a',
    ],
  ])('%s', (_name, mounts, host, expected) => expect(source(mounts, host)).toBe(expected));

  it('is not known without the host’s table', () => {
    expect(
      view('9 1 8:2 / /srv rw - ext4 /dev/sda2 rw\n', { hostMounts: DENIED }).mounts[0]?.hostSource,
    ).toBeUndefined();
  });
});

describe('marks', () => {
  const BASE =
    '1 0 8:9 / / rw - ext4 d rw\n2 1 0:3 / /proc rw - proc proc rw\n3 1 0:4 / /dev rw - tmpfs tmpfs rw\n4 1 0:5 / /sys ro - sysfs sysfs rw\n';
  const marksOf = (line: string) => {
    const found = view(`${BASE}${line}\n`).mounts.find(({ id }) => id === 9);
    return found && MOUNT_COLUMNS.find('marks')?.value(found);
  };
  test.each([
    ['/dev/null of its own /dev', '9 2 0:4 /null /proc/kcore rw - tmpfs tmpfs rw', 'masked'],
    ['/dev/null of the host', '9 2 0:6 /null /proc/kcore rw - devtmpfs devtmpfs rw', 'masked'],
    ['a file that is called null', '9 1 8:9 /null /srv/x rw - ext4 d rw', ''],
    ['/dev/null where it belongs', '9 3 0:6 /null /dev/null rw - devtmpfs devtmpfs rw', ''],
    ['read-only tmpfs over kernel files', '9 2 0:7 / /proc/acpi ro - tmpfs tmpfs ro', 'masked'],
    ['writable tmpfs over kernel files', '9 4 0:7 / /sys/fs/cgroup rw - tmpfs tmpfs rw', ''],
    ['read-only tmpfs elsewhere, which may hold something', '9 1 0:7 / /run/host ro - tmpfs tmpfs ro', ''],
    ['tmpfs that can hold nothing', '9 1 0:7 / /x ro - tmpfs tmpfs ro,size=0k', 'masked'],
    [
      'an inaccessible node of systemd',
      '9 2 0:8 /systemd/inaccessible/reg /proc/kmsg ro - tmpfs tmpfs rw',
      'masked',
    ],
    ['the same place, read-only', '9 2 0:3 /sys /proc/sys ro - proc proc rw', 'ro-path'],
    ['the same place, writable', '9 2 0:3 /sys /proc/sys rw - proc proc rw', ''],
    ['another place of the same file system', '9 2 0:3 /bus /proc/sys ro - proc proc rw', ''],
    ['over its own directory on /', '9 1 8:9 /etc /etc ro - ext4 d rw', 'ro-path'],
    ['deleted', '9 1 8:9 /etc/a//deleted /etc/a rw - ext4 d rw', 'deleted'],
  ])('%s', (_name, line, expected) => expect(marksOf(line)).toBe(expected));

  it('a read-only tmpfs with mounts on it is no mask', () => {
    const { mounts } = view(
      `${BASE}9 4 0:7 / /sys/fs/cgroup ro - tmpfs tmpfs ro\n10 9 0:8 / /sys/fs/cgroup/cpu ro - cgroup c rw\n`,
    );
    expect(mounts.filter(({ isMasked }) => isMasked)).toEqual([]);
  });

  it('hidden by whatever a lookup ends on', () => {
    const { mounts } = view(
      '1 0 8:9 / / rw - ext4 d rw\n2 1 0:2 / /a rw - tmpfs a rw\n3 2 0:3 / /a/b rw - tmpfs b rw\n4 2 0:4 / /a rw - tmpfs c rw\n',
    );
    expect(mounts.map(({ id, hiddenBy }) => [id, hiddenBy])).toEqual([
      [1, undefined],
      [2, 4],
      [3, 4],
      [4, undefined],
    ]);
  });
});

describe('propagation', () => {
  const host = table('1 0 0:1 / / rw shared:1 - t t rw\n2 1 0:2 / /m rw shared:2 - t t rw\n', {
    isHost: true,
    mntNs: 1,
    pid: 1,
  });
  const slave = table('11 0 0:2 / /m rw shared:5 master:2 - t t rw\n', {
    containers: owner('web'),
    mntNs: 2,
  });
  const below = table('21 0 0:2 / /m rw master:5 - t t rw\n', { containers: owner('deep'), mntNs: 3 });
  const same = table('31 0 0:2 /sub /x rw shared:2 - t t rw\n', { mntNs: 4, pid: 99, comm: 'cron' });
  const alone = table('41 0 0:2 / /m rw - t t rw\n42 0 0:2 / /n rw unbindable - t t rw\n', { mntNs: 5 });
  const tables = [host, slave, below, same, alone];
  const of = (from: MountNamespaceTable, index = 0, most = 100) => {
    const mount = from.mounts[index];
    if (mount === undefined) throw new Error('no such mount');
    return propagationOf(tables, most)(mount);
  };

  it('a shared mount: peers, slaves and theirs', () => {
    const { peers, slaves, masters } = of(host, 1);
    expect(peers.map(({ id, root }) => [id, root])).toEqual([[31, '/sub']]);
    expect(slaves.map(({ id, indirect }) => [id, indirect])).toEqual([
      [11, undefined],
      [21, true],
    ]);
    expect(masters).toEqual([]);
    expect(ownersOf([...peers, ...slaves])).toEqual(['cron (99)', 'web', 'deep']);
  });

  it('a slave at the end: its masters and theirs', () => {
    const { peers, slaves, masters } = of(below);
    expect([peers, slaves]).toEqual([[], []]);
    expect(masters.map(({ id, indirect }) => [id, indirect])).toEqual([
      [11, undefined],
      [2, true],
      [31, true],
    ]);
    expect(ownersOf(masters)).toEqual(['web', 'host', 'cron (99)']);
  });

  it('private and unbindable ones have nobody', () => {
    for (const index of [0, 1]) expect(of(alone, index)).toEqual({ peers: [], slaves: [], masters: [] });
    expect(alone.mounts.map(propagationText)).toEqual(['private', 'unbindable']);
    expect(slave.mounts.map(propagationText)).toEqual(['shared:5,slave:2']);
  });

  it('is cut where it would get too long, and says so', () => {
    expect(of(host, 1, 1)).toMatchObject({ slaves: [{ id: 11 }], moreRelated: true });
  });

  it('masters that are each other’s do not hang it', () => {
    const ring = table(
      '1 0 0:1 / /a rw shared:1 master:2 - t t rw\n2 0 0:1 / /b rw shared:2 master:1 - t t rw\n',
    );
    const [first] = ring.mounts;
    expect(first && propagationOf([ring], 100)(first)).toMatchObject({ slaves: [{ id: 2 }] });
  });
});

it('a table of 1 MiB, all one peer group, is cut and quick', () => {
  let text = '1 0 8:1 / / rw shared:1 - ext4 d rw\n';
  for (let id = 2; text.length < 2 ** 20; id++)
    text += `${id} 1 8:1 /v/dir-${id} /srv/target-${id} rw,relatime shared:1 - ext4 d rw\n`;
  const mounts = parseMountinfo(text);
  const found = view(text, { tables: [table(text)] });
  expect(found.mounts).toHaveLength(mounts.length);
  expect(found.mounts.every(({ moreRelated, peers }) => moreRelated === true && peers.length < 20)).toBe(
    true,
  );
});

it('fits its schema', () => {
  const { mounts, storage } = view(
    '9 1 0:52 / / rw shared:3 master:1 - overlay o rw,lowerdir=/l,upperdir=/u\n10 9 8:2 /a /b ro - ext4 d rw\n',
  );
  const document = {
    schema: 'porthole.mounts/1',
    takenAt: '2026-01-01T00:00:00Z',
    container: { key: 'a:b', name: 'b' },
    storage,
    mounts,
    notes: [],
  };
  expect(schemaErrors('mounts', document)).toEqual([]);
  expect(schemaErrors('mounts', { ...document, mounts: [{ ...mounts[0], peers: [{ id: 1 }] }] })).not.toEqual(
    [],
  );
});
