/** Two hierarchies: v2 with slices and every container, and one of v1 with the CPU. */
import type { CgroupView } from '../../../../src/model/cgroup-view.ts';
import type { Container } from '../../../../src/model/host-model.ts';
import { cgroupPathOf, chosen, numberOf } from './numbers.ts';

const MIB = 1024 ** 2;

export function cgroupRows(all: readonly Container[], key: string | undefined, tick: number): CgroupView[] {
  const own = chosen(all, key).flatMap((each) => ofContainer(each, tick));
  if (key !== undefined) return own;
  return [
    cgroup('v2', '/', { children: 2 }),
    cgroup('v2', '/system.slice', { children: 1, unit: 'system.slice' }),
    cgroup('v2', '/system.slice/dev-disk\\x2dswap.swap', { name: 'dev-disk-swap.swap' }),
    cgroup('v2', '/docker', { children: all.length }),
    cgroup('cpu,cpuacct', '/', { version: 1, children: 1 }),
    cgroup('cpu,cpuacct', '/docker', { version: 1 }),
    ...own,
  ];
}

function ofContainer(container: Container, tick: number): CgroupView[] {
  const { key, name } = container;
  const path = cgroupPathOf(container);
  const whose = { container: key, containerName: name };
  const frozen = container.state === 'frozen';
  return [
    cgroup('v2', path, {
      ...whose,
      name,
      children: 1,
      cpu: {
        usageUsec: 5_000_000,
        ratio: (numberOf(container) % 90) / 100 + (tick % 3) / 1000,
        maxCores: { own: 'max', effective: 2, limitedBy: '/docker' },
      },
      memory: {
        currentBytes: 80 * MIB,
        workingSetBytes: 64 * MIB,
        maxBytes: { own: 512 * MIB, effective: 512 * MIB, limitedBy: path },
        events: { oomKill: name === 'checkout-api' ? 3 : 0 },
      },
      pids: { current: 3, max: { own: 'max', effective: 'max' } },
      freezer: {
        state: frozen ? 'frozen' : 'running',
        wish: frozen,
        ...(frozen && { wishedBy: path }),
      },
    }),
    cgroup('v2', `${path}/init`, { ...whose, procs: 3 }),
  ];
}

function cgroup(hierarchy: string, path: string, changes: Partial<CgroupView>): CgroupView {
  return {
    key: `${hierarchy}:${path}`,
    hierarchy,
    version: 2,
    path,
    name: path === '/' ? '/' : path.slice(path.lastIndexOf('/') + 1),
    inode: 100 + path.length,
    ownerUid: 0,
    ownerGid: 0,
    children: 0,
    procs: 0,
    ...changes,
  };
}
