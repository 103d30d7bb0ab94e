/** Namespaces below their parents or below their owners, and what keeps each alive. Data. */
import { known } from '../../src/kernel/reading.ts';
import { namespaceColumns } from '../../src/model/namespace-columns.ts';
import type { Holder } from '../../src/model/namespace-facts.ts';
import type { TreeOrder } from '../../src/model/namespace-tree.ts';
import type { NamespaceView } from '../../src/model/namespace-view.ts';
import { type Block, fact } from '../blocks.ts';
import { named, withContainerName } from './container-name.ts';
import { tableView } from './table-view.ts';
import type { TableView } from './view.ts';

interface NamedNamespace extends NamespaceView {
  readonly containerName?: string;
}

export function namespacesView(users: ReadonlyMap<number, string>, order: TreeOrder): TableView {
  return tableView<NamedNamespace>({
    id: order === 'parent' ? 'namespaces' : 'namespaces-by-owner',
    title: order === 'parent' ? 'Namespaces by parent' : 'Namespaces by owner',
    short: order === 'parent' ? 'Ns' : 'Ns by owner',
    needs: 'namespaces',
    noun: ['namespace', 'namespaces'],
    set: withContainerName<NamedNamespace>(namespaceColumns(users)),
    layout: [
      { column: 'name', width: 24, growTo: 34 },
      { column: 'nprocs', width: 7 },
      { column: 'pid', width: 7, fromColumns: 90 },
      { column: 'user', width: 8, fromColumns: 110 },
      { column: 'owner-uid', title: 'OWNER', width: 6, fromColumns: 100 },
      { column: 'about', width: 16, growTo: 30, fromColumns: 66 },
      { column: 'container', width: 14, growTo: 30, fromColumns: 84 },
      { column: 'held-by', width: 12, growTo: 60 },
      { column: 'command', width: 20, growTo: 400, fromColumns: 150 },
    ],
    sortBy: { column: 'name', reversed: false },
    opens: 'facts',
    filterExamples: ['type=net', 'nprocs=0', 'container=db'],
    searched: ['about', 'container', 'command'],
    family: {
      of: {
        key: ({ inode }) => inode,
        // As in `ns --tree`: what has no parent of its own stands below its owner.
        parent: ({ parent, ownerUserNs }) =>
          (order === 'parent' ? known(parent) : undefined) ?? known(ownerUserNs),
      },
      isFirst: true,
    },
    rows: ({ frame }) =>
      frame.listing?.kind === 'namespaces' ? named<NamedNamespace>(frame.listing.rows, frame) : [],
    name: ({ type, inode }) => `${type} ${inode}`,
    container: ({ container }) => container,
    tone: ({ nprocs }, column) => (column === 'nprocs' && nprocs === 0 ? 'watch' : undefined),
    facts: ({ heldBy }) => heldBy.map(holderFact),
  });
}

function holderFact(holder: Holder, index: number): Block {
  const { kind, ...where } = holder;
  const details = Object.entries(where)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
  return fact(index === 0 ? 'kept by' : '', details === '' ? kind : `${kind}: ${details}`);
}
