/** The first screen: every container, what is wrong with it in words, nested or flat. Data. */
import { CONTAINER_COLUMNS } from '../../src/model/columns.ts';
import type { Container } from '../../src/model/host-model.ts';
import { sparkline } from '../chart/bars.ts';
import type { History } from '../history.ts';
import type { Tone } from '../screen-line.ts';
import type { Trouble } from '../trouble.ts';
import { tableView } from './table-view.ts';
import type { Looking } from './view.ts';

const SPARK_COLUMNS = 8;
const MINUTE_SAMPLES = 60;

/** Hidden until asked for: a private namespace alone is not a container. */
const HIDDEN_KINDS: readonly Container['kind'][] = ['sandbox'];

export const containersView = tableView<Container>({
  id: 'containers',
  title: 'Containers',
  noun: ['container', 'containers'],
  set: CONTAINER_COLUMNS,
  extras: [
    {
      id: 'cpu-minute',
      title: 'LAST MIN',
      description: 'CPU over the last minute; all rows to one scale, whose top is a core or the highest',
      align: 'left',
      width: SPARK_COLUMNS,
      text: cpuMinute,
      rank: ({ key }, { history }) => mean(lastMinute(history, key)),
    },
    {
      id: 'why',
      title: 'WHY',
      description: 'what is wrong with it, most urgent first',
      align: 'left',
      width: 18,
      text: (container, looking) =>
        troublesIn(container, looking)
          .map(({ reason }) => reason)
          .join(', '),
      rank: (container, looking) => rankOf(troublesIn(container, looking)),
      rankedBy: ({ troubles }) => troubles,
    },
  ],
  layout: [
    { column: 'name', width: 16, growTo: 40, growRank: 1 },
    { column: 'runtime', width: 10, fromColumns: 96 },
    { column: 'state', width: 8, fromColumns: 70 },
    { column: 'cpu', width: 6 },
    { column: 'cpu-minute', width: 9, fromColumns: 116 },
    { column: 'mem', width: 6 },
    { column: 'limit', width: 6, fromColumns: 90 },
    { column: 'mem-percent', title: '%', width: 5 },
    { column: 'read', width: 7, fromColumns: 116 },
    { column: 'write', width: 8, fromColumns: 116 },
    { column: 'rx', width: 6, fromColumns: 130 },
    { column: 'tx', width: 6, fromColumns: 130 },
    { column: 'pids', width: 6 },
    { column: 'why', width: 12, growTo: 32 },
    { column: 'command', width: 20, growTo: 400, growRank: 2, fromColumns: 160 },
  ],
  sortBy: { column: 'why', reversed: false },
  opens: 'container',
  filterExamples: ['cpu>50', 'mem>1G', 'state=frozen'],
  family: { of: { key: ({ key }) => key, parent: ({ parent }) => parent }, isFirst: true },
  rows: ({ frame }) => frame.model.containers,
  name: ({ name }) => name,
  container: ({ key }) => key,
  isHidden: ({ kind, runtime }, { allKinds, hiddenRuntimes }) =>
    hiddenRuntimes.has(runtime) || (!allKinds && HIDDEN_KINDS.includes(kind)),
  level: (container, looking) => troublesIn(container, looking)[0]?.level,
  tone: cellTone,
  moving: (container, looking) => [looking.troubles.get(container.key), cpuMinute(container, looking)],
});

function cpuMinute({ key }: Container, { history, unicode, sparkMax }: Looking): string {
  const peaks = history.peaks(key, 'cpu', MINUTE_SAMPLES, SPARK_COLUMNS);
  return sparkline(peaks, SPARK_COLUMNS, { max: sparkMax, unicode });
}

function lastMinute(history: History, key: string): readonly number[] {
  return history.series(key, 'cpu', MINUTE_SAMPLES);
}

function troublesIn({ key }: Container, { troubles }: Looking): readonly Trouble[] {
  return troubles.get(key) ?? [];
}

function rankOf([worst]: readonly Trouble[]): number {
  if (worst === undefined) return 0;
  return worst.level === 'act' ? 2 : 1;
}

/** Which of a row's cells a trouble shows in. */
const ABOUT: Readonly<Record<string, Trouble['about']>> = {
  'mem-percent': 'memory',
  mem: 'oom',
  cpu: 'cpu',
};

/** Colour where the trouble is, not over the whole row. */
function cellTone(container: Container, column: string, looking: Looking): Tone | undefined {
  const troubles = troublesIn(container, looking);
  if (column === 'state') return stateTone(container.state);
  if (column === 'why') return troubles[0]?.level;
  return troubles.find(({ about }) => about === ABOUT[column])?.level;
}

function stateTone(state: Container['state']): Tone {
  if (state === 'running') return 'plain';
  if (state === 'exited') return 'faint';
  return state === 'exited-init' ? 'watch' : 'frozen';
}

/** Of what is known (a gap is no number); 0 when nothing is. */
function mean(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length === 0 ? 0 : known.reduce((sum, value) => sum + value, 0) / known.length;
}
