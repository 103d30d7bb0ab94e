/** Interfaces of every net namespace or of one container's, with rates and other ends; and the sockets. Data. */

import { known } from '../../src/kernel/reading.ts';
import {
  INTERFACE_COLUMNS,
  type InterfaceRow,
  type SocketRow,
  socketColumns,
} from '../../src/model/net-columns.ts';
import { tableView } from './table-view.ts';
import type { TableView } from './view.ts';

export const interfacesView = tableView<InterfaceRow>({
  id: 'interfaces',
  title: 'Interfaces',
  needs: 'interfaces',
  noun: ['interface', 'interfaces'],
  set: INTERFACE_COLUMNS,
  layout: [
    { column: 'netns', width: 12, growTo: 18 },
    { column: 'interface', width: 10, growTo: 16 },
    { column: 'kind', width: 8, fromColumns: 90 },
    { column: 'state', width: 7, fromColumns: 70 },
    { column: 'addresses', width: 12, growTo: 44 },
    { column: 'peer', width: 14, growTo: 34, fromColumns: 100 },
    { column: 'rx', width: 6 },
    { column: 'tx', width: 6 },
    { column: 'rx-total', width: 6, fromColumns: 120 },
    { column: 'tx-total', width: 6, fromColumns: 120 },
    { column: 'rx-errors', width: 6, fromColumns: 150 },
    { column: 'tx-errors', width: 6, fromColumns: 150 },
    { column: 'rx-dropped', width: 7, fromColumns: 150 },
    { column: 'tx-dropped', width: 7, fromColumns: 150 },
  ],
  sortBy: { column: '', reversed: false },
  opens: 'facts',
  filterExamples: ['state=UP', 'netns=host', 'rx>1M'],
  searched: ['netns', 'addresses'],
  rows: ({ frame: { listing } }) => (listing?.kind === 'interfaces' ? listing.rows : []),
  name: (row) => row.interface.name,
  container: ({ namespace }) => namespace.container,
});

export function socketsView(users: ReadonlyMap<number, string>): TableView {
  const set = socketColumns(users);
  const exact = { raw: true, nowMs: 0, ascii: true };
  const localAndRemote = (row: SocketRow) =>
    ['local', 'remote'].map((id) => set.find(id)?.text(row, exact)).join(' ');
  return tableView<SocketRow>({
    id: 'sockets',
    title: 'Sockets',
    short: 'Sock',
    needs: 'sockets',
    noun: ['socket', 'sockets'],
    set,
    layout: [
      { column: 'netns', width: 12, growTo: 18 },
      { column: 'protocol', width: 6 },
      { column: 'state', width: 7 },
      { column: 'rx-queue', width: 5, fromColumns: 100 },
      { column: 'tx-queue', width: 5, fromColumns: 100 },
      { column: 'local', width: 20, growTo: 46 },
      { column: 'remote', width: 10, growTo: 40, fromColumns: 74 },
      { column: 'user', width: 8, fromColumns: 120 },
      { column: 'pid', width: 7, growTo: 16 },
      { column: 'comm', width: 10, growTo: 24, fromColumns: 90 },
      { column: 'container', width: 14, growTo: 30, fromColumns: 110 },
    ],
    sortBy: { column: '', reversed: false },
    opens: 'facts',
    filterExamples: ['port=443', 'state=LISTEN', 'protocol~udp'],
    searched: ['netns', 'local', 'remote', 'comm', 'container'],
    rows: ({ frame: { listing } }) => (listing?.kind === 'sockets' ? listing.rows : []),
    // A connection that waits for its end has no inode.
    key: (row) => [row.namespace.inode, row.socket.protocol, row.socket.inode, localAndRemote(row)].join(' '),
    name: ({ socket }) => `${socket.protocol} socket ${known(socket.inode) ?? ''}`.trim(),
    container: ({ namespace }) => namespace.container,
  });
}
