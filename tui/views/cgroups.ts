/** The cgroups of every hierarchy as a tree, with live values. Data. */

import { known } from '../../src/kernel/reading.ts';
import { CGROUP_TREE_COLUMNS } from '../../src/model/cgroup-columns.ts';
import type { CgroupView } from '../../src/model/cgroup-view.ts';
import { tableView } from './table-view.ts';

export const cgroupsView = tableView<CgroupView>({
  id: 'cgroups',
  title: 'Cgroups',
  needs: 'cgroups',
  noun: ['cgroup', 'cgroups'],
  set: CGROUP_TREE_COLUMNS,
  layout: [
    { column: 'name', width: 24, growTo: 48 },
    { column: 'container', width: 14, growTo: 24, fromColumns: 100 },
    { column: 'procs', width: 6 },
    { column: 'cpu', width: 5 },
    { column: 'cpu-limit', width: 7, fromColumns: 120 },
    { column: 'throttled', width: 7, fromColumns: 130 },
    { column: 'mem', width: 6 },
    { column: 'limit', width: 6 },
    { column: 'oom', width: 4, fromColumns: 110 },
    { column: 'read', width: 7, fromColumns: 126 },
    { column: 'write', width: 8, fromColumns: 126 },
    { column: 'pids', width: 5 },
    { column: 'pids-limit', width: 8, fromColumns: 100 },
    { column: 'psi-cpu', width: 7, fromColumns: 160 },
    { column: 'psi-mem', width: 7, fromColumns: 160 },
    { column: 'psi-io', width: 6, fromColumns: 160 },
    { column: 'state', width: 7, fromColumns: 90 },
    { column: 'hierarchy', width: 10, growTo: 30, fromColumns: 170 },
  ],
  sortBy: { column: 'name', reversed: false },
  opens: 'facts',
  filterExamples: ['mem>100M', 'pids>10', 'hierarchy=v2'],
  searched: ['name', 'container'],
  family: { of: { key: ({ key }) => key, parent: parentOf }, isFirst: true },
  // At the top of a tree the name alone would not say where it is.
  rows: ({ frame: { listing } }) => (listing?.kind === 'cgroups' ? withWholeTops(listing.rows) : []),
  name: ({ path }) => path,
  container: ({ container }) => container,
  tone: ({ freezer, memory }, column) => {
    if (column === 'state' && freezer !== undefined && known(freezer.state) !== 'running') return 'frozen';
    return column === 'oom' && (memory?.events !== undefined ? hasKills(memory.events) : false)
      ? 'act'
      : undefined;
  },
});

function hasKills(events: NonNullable<CgroupView['memory']>['events']): boolean {
  const kills = known(events)?.oomKill;
  return kills !== undefined && kills > 0;
}

function parentOf({ hierarchy, path }: CgroupView): string | undefined {
  return path === '/' ? undefined : `${hierarchy}:${path.slice(0, path.lastIndexOf('/')) || '/'}`;
}

function withWholeTops(rows: readonly CgroupView[]): CgroupView[] {
  const keys = new Set(rows.map(({ key }) => key));
  return rows.map((row) => {
    const parent = parentOf(row);
    return parent !== undefined && keys.has(parent) ? row : { ...row, name: row.key };
  });
}
