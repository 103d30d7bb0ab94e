/** Interfaces or sockets of every network namespace, or of the one a container is in, with rates against the list before. */
import { known } from '../../kernel/reading.ts';
import type { NetworkFacts } from '../../model/net-facts.ts';
import { interfaceRows, netNames, socketRows } from '../../model/net-rows.ts';
import { netNamespaces, netNotes } from '../../model/net-view.ts';
import { boundIn, takeNetwork } from '../take-network.ts';
import type { Lister, ListRequest } from './lister.ts';

export function interfaceLister(): Lister {
  let before: NetworkFacts | undefined;
  return (request) => {
    const { namespaces, names, notes, facts } = look(request, false, before);
    before = { ...facts, places: [], neighbours: new Map(), names: new Map() };
    return { kind: 'interfaces', rows: interfaceRows(namespaces, names), notes };
  };
}

export const socketLister = (): Lister => (request) => {
  const { namespaces, names, notes } = look(request, true);
  return { kind: 'sockets', rows: socketRows(namespaces, names), notes };
};

function look({ files, sample, model, container }: ListRequest, sockets: boolean, before?: NetworkFacts) {
  const bound = boundIn(sample.mountTables.get(known(sample.host.self.namespaces)?.mnt ?? -1));
  const { facts, wanted, notes } = takeNetwork(files, model, bound, {
    sockets,
    ...(container === undefined
      ? { hiddenIn: sample.mountTables }
      : { only: ({ pids }) => pids.includes(container.initPid) }),
  });
  return {
    facts,
    namespaces: netNamespaces(model, facts, wanted, before),
    names: netNames(facts, model),
    notes: [...notes, ...netNotes(facts, wanted)],
  };
}
