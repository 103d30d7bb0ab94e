/** Network namespaces as rows of their interfaces or sockets, with what they are called. Pure. */
import { known } from '../kernel/reading.ts';
import type { HostModel } from './host-model.ts';
import { hostNamespaces } from './host-namespaces.ts';
import type { ContainerNames, InterfaceRow, SocketRow } from './net-columns.ts';
import type { NetworkFacts } from './net-facts.ts';
import type { NetNamespaceView } from './net-view.ts';

/** Of containers by key, and of namespaces as `net:INODE`, also of those that are not shown. */
export function netNames(facts: NetworkFacts, { containers, processes, host }: HostModel): ContainerNames {
  const names = new Map(containers.map(({ key, name }) => [key, name]));
  for (const [inode, name] of facts.names) names.set(`net:${inode}`, name);
  const initial = hostNamespaces(processes, host.self).net;
  if (initial !== undefined) names.set(`net:${initial}`, 'host');
  return names;
}

export function interfaceRows(
  namespaces: readonly NetNamespaceView[],
  names: ContainerNames,
): InterfaceRow[] {
  return namespaces.flatMap((namespace) =>
    (known(namespace.interfaces) ?? []).map((each) => ({ namespace, names, interface: each })),
  );
}

export function socketRows(namespaces: readonly NetNamespaceView[], names: ContainerNames): SocketRow[] {
  return namespaces.flatMap((namespace) =>
    (known(namespace.sockets) ?? []).map((socket) => ({ namespace, names, socket })),
  );
}
