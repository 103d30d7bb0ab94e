/** What Porthole itself sees, or a container: an overlay with what engines put below it. */
import type { Container } from '../../../../src/model/host-model.ts';
import type { MountView } from '../../../../src/model/mount-view.ts';
import { chosen, numberOf } from './numbers.ts';

export function mountRows(all: readonly Container[], key: string | undefined): MountView[] {
  const [of] = key === undefined ? [] : chosen(all, key);
  return of === undefined ? ofHost(all) : ofContainer(of);
}

function ofHost(all: readonly Container[]): MountView[] {
  const own = all.slice(0, 12).map((each, i) =>
    mount(60 + i, 31, `/var/lib/docker/overlay2/${each.name.replaceAll('/', '_')}/merged`, {
      type: 'overlay',
      source: 'overlay',
    }),
  );
  return [
    mount(30, 1, '/', { type: 'ext4', source: '/dev/sda1', propagation: { shared: 1 } }),
    mount(31, 30, '/var', { type: 'xfs', source: '/dev/sdb1', propagation: { shared: 2 } }),
    mount(32, 30, '/proc', { type: 'proc', source: 'proc', options: ['rw', 'nosuid', 'nodev', 'noexec'] }),
    mount(33, 30, '/mnt/with space', { type: 'tmpfs', source: 'tmpfs' }),
    mount(34, 30, '/mnt/new\nline\x1b[31m', { type: 'tmpfs', source: 'tmpfs' }),
    mount(35, 30, '/mnt/数据', { type: 'tmpfs', source: 'tmpfs', hiddenBy: 36 }),
    ...own,
  ];
}

function ofContainer(container: Container): MountView[] {
  const first = 1000 + 100 * numberOf(container);
  const layer = (path: string) => ({ path, hostPath: `/var/lib/docker/overlay2/${path}` });
  return [
    mount(first, 1, '/', {
      type: 'overlay',
      source: 'overlay',
      overlay: { lower: [layer('a/diff'), layer('b/diff')], upper: layer('c/diff') },
    }),
    mount(first + 1, first, '/proc', { type: 'proc', source: 'proc' }),
    mount(first + 2, first + 1, '/proc/kcore', { type: 'tmpfs', source: 'tmpfs', isMasked: true }),
    mount(first + 3, first + 1, '/proc/sys', {
      type: 'proc',
      source: 'proc',
      isReadOnly: true,
      isReadOnlyPath: true,
    }),
    mount(first + 4, first, `/data/${container.name}`, {
      type: 'ext4',
      source: '/dev/sda1',
      root: '/srv/data',
      hostSource: `/srv/data/${container.name}`,
      propagation: { master: 7 },
    }),
  ];
}

function mount(id: number, parentId: number, target: string, changes: Partial<MountView>): MountView {
  return {
    id,
    parentId,
    device: '8:1',
    root: '/',
    target,
    options: ['rw', 'relatime'],
    propagation: {},
    type: 'ext4',
    source: '/dev/sda1',
    superOptions: 'rw',
    peers: [],
    slaves: [],
    masters: [],
    isMasked: false,
    isReadOnly: false,
    isReadOnlyPath: false,
    ...changes,
  };
}
