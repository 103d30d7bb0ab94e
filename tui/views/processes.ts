/** Processes of every container and of none, or of one: pids and users inside and outside. Data. */
import type { ProcessRow } from '../../src/live/feed.ts';
import { processColumns } from '../../src/model/process-columns.ts';
import type { Tone } from '../screen-line.ts';
import { withContainerName } from './container-name.ts';
import { tableView } from './table-view.ts';
import type { TableView } from './view.ts';

export function processesView(users: ReadonlyMap<number, string>): TableView {
  return tableView<ProcessRow>({
    id: 'processes',
    title: 'Processes',
    needs: 'processes',
    noun: ['process', 'processes'],
    set: withContainerName<ProcessRow>(
      processColumns(users),
      ({ pid, starttimeTicks }) => `${pid}/${starttimeTicks}`,
    ),
    layout: [
      { column: 'pid', width: 7 },
      { column: 'inner', width: 6 },
      { column: 'user', width: 8 },
      { column: 'inside-uid', width: 7, fromColumns: 90 },
      { column: 'container', width: 14, growTo: 24, fromColumns: 76 },
      { column: 'state', width: 2 },
      { column: 'threads', width: 4, fromColumns: 110 },
      { column: 'cpu', width: 5 },
      { column: 'cpu-time', width: 7, fromColumns: 100 },
      { column: 'mem', width: 5 },
      { column: 'caps', width: 11, fromColumns: 140 },
      { column: 'seccomp', width: 8, fromColumns: 140 },
      { column: 'command', width: 12, growTo: 400 },
    ],
    sortBy: { column: 'cpu', reversed: false },
    opens: 'facts',
    filterExamples: ['cpu>10', 'user=root', 'container=db'],
    searched: ['container'],
    family: { of: { key: ({ pid }) => pid, parent: ({ ppid }) => ppid }, isFirst: false },
    rows: ({ frame: { listing } }) => (listing?.kind === 'processes' ? listing.rows : []),
    name: ({ argv, comm, pid }) =>
      `${Array.isArray(argv) && argv.length > 0 ? argv.join(' ') : comm} (${pid})`,
    container: ({ container }) => container,
    tone: ({ state }, column) => (column === 'state' ? STATE_TONES[state] : undefined),
  });
}

const STATE_TONES: Readonly<Record<string, Tone>> = {
  R: 'good',
  D: 'watch',
  Z: 'act',
  T: 'frozen',
  t: 'frozen',
};
