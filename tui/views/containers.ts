import type { View } from './view.ts';

export const containersView: View = {
  id: 'containers',
  title: 'Containers',
  appliesTo: 'host',
  hiddenKinds: ['sandbox'],
  drillTo: 'detail',
  sortBy: 'name',
  columns: [
    { column: 'name', width: 20, growTo: 44 },
    { column: 'runtime', width: 11, fromColumns: 76 },
    { column: 'state', width: 8 },
    { column: 'cpu', width: 7 },
    { column: 'mem', width: 6 },
    { column: 'limit', width: 6, fromColumns: 100 },
    { column: 'mem-percent', title: '%', width: 5 },
    { column: 'read', width: 7, fromColumns: 100 },
    { column: 'write', width: 8, fromColumns: 100 },
    { column: 'pids', width: 6 },
    { column: 'command', width: 24, growTo: 400, fromColumns: 132 },
  ],
};
