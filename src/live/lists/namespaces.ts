/** Namespaces of the host, or those that one container has or uses, the ones it shares with the host among them. */
import { known } from '../../kernel/reading.ts';
import { NAMESPACE_TYPES } from '../../kernel/tables/namespaces.ts';
import type { Container, HostModel } from '../../model/host-model.ts';
import type { NamespaceView } from '../../model/namespace-view.ts';
import { takeNamespaces } from '../take-namespaces.ts';
import type { Lister } from './lister.ts';

export const namespaceLister = (): Lister => async (request) => {
  const { files, sample, model, container } = request;
  const { namespaces, notes } = await takeNamespaces(files, { sample, model });
  const rows = container === undefined ? namespaces : usedBy(container, model, namespaces);
  return { kind: 'namespaces', rows, notes };
};

/** Those its processes are in or keep, and those nothing else than it keeps. */
function usedBy(
  { key, pids }: Container,
  { processes }: HostModel,
  namespaces: readonly NamespaceView[],
): NamespaceView[] {
  const used = new Set<number>();
  for (const pid of pids) {
    const inodes = known(processes.get(pid)?.namespaces);
    for (const type of NAMESPACE_TYPES) {
      const inode = inodes?.[type];
      if (inode !== undefined) used.add(inode);
    }
  }
  const own = new Set(pids);
  return namespaces.filter(
    ({ inode, container, heldBy }) =>
      used.has(inode) ||
      container === key ||
      heldBy.some(({ kind, pid }) => kind !== 'process' && pid !== undefined && own.has(pid)),
  );
}
