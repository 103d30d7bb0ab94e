/** Mounts of one container, or the host's own: where each comes from and who sees what is mounted below it. Data. */
import { MOUNT_COLUMNS } from '../../src/model/mount-columns.ts';
import type { MountView } from '../../src/model/mount-view.ts';
import { tableView } from './table-view.ts';

export const mountsView = tableView<MountView>({
  id: 'mounts',
  title: 'Mounts',
  needs: 'mounts',
  noun: ['mount', 'mounts'],
  set: MOUNT_COLUMNS,
  layout: [
    { column: 'target', width: 18, growTo: 44 },
    { column: 'source', width: 18, growTo: 60 },
    { column: 'type', width: 8 },
    { column: 'options', width: 14, growTo: 30, fromColumns: 96 },
    { column: 'propagation', width: 12, growTo: 20, fromColumns: 80 },
    { column: 'marks', width: 10, growTo: 30 },
    { column: 'sent-to', width: 12, growTo: 30, fromColumns: 130 },
    { column: 'sent-by', width: 12, growTo: 30, fromColumns: 130 },
  ],
  sortBy: { column: '', reversed: false },
  opens: 'facts',
  filterExamples: ['type=overlay', 'target~^/var', 'propagation=private'],
  searched: ['source'],
  family: { of: { key: ({ id }) => id, parent: ({ parentId }) => parentId }, isFirst: true },
  rows: ({ frame: { listing } }) => (listing?.kind === 'mounts' ? listing.rows : []),
  name: ({ target }) => target,
  container: () => undefined,
});
