import { describe, expect, it } from 'vitest';
import { isUnknown } from '../../../src/kernel/reading.ts';
import { rateIn } from '../../../src/model/column-set.ts';
import { CONTAINER_COLUMNS } from '../../../src/model/columns.ts';
import { FilterError, parseRowFilter } from '../../../src/model/filter.ts';
import { processColumns } from '../../../src/model/process-columns.ts';
import type { ProcessView } from '../../../src/model/process-view.ts';
import { parseRowSort, sortRows } from '../../../src/model/sort.ts';
import { SortError } from '../../../src/model/sort-error.ts';
import { forest } from '../../../src/model/tree.ts';
import { DENIED, NOW } from './example-container.ts';
import { bareProcess, exampleProcess } from './example-process.ts';

const set = processColumns(new Map([[0, 'root']]));
const node = exampleProcess();
const kthread = bareProcess();
const hidden = exampleProcess({
  innerPids: DENIED,
  argv: DENIED,
  uid: DENIED,
  capEff: DENIED,
  cgroup: DENIED,
});
const PRINTED = { raw: false, nowMs: NOW, ascii: false };
const text = (id: string, process: ProcessView, options = PRINTED) =>
  set.find(id)?.text(process, options) ?? `no column ${id}`;

describe('the columns of processes', () => {
  it('are those of the contract, once each', () => {
    expect(set.columns.map(({ id }) => id).join(' ')).toBe(
      'pid inner ppid user uid gid inside-uid inside-gid state threads cpu cpu-time mem caps seccomp started since comm ' +
        'command cgroup',
    );
    const titles = set.columns.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it.each([
    [
      'a process in a container',
      node,
      '10630 41/1 10600 root 65534 S 11 148.2 12.3s 64.0M a80425fb filter node server.js',
    ],
    ['a kernel thread', kthread, '2 – 0 65534 – I 1 – 0.0s 0 0 ? [kthreadd]'],
    ['what may not be read', hidden, '10630 ? 10600 ? 65534 S 11 148.2 12.3s 64.0M ? filter ?'],
  ])('print without --columns: %s', (_name, process, expected) => {
    expect(set.usual.map(({ title }) => title).join(' ')).toBe(
      'PID INNER PPID USER INSIDE S THR CPU% TIME MEM CAPEFF SECCOMP COMMAND',
    );
    expect(set.usual.map((column) => column.text(process, PRINTED)).join(' ')).toBe(expected);
  });

  it.each<[string, ProcessView, string, string]>([
    ['uid', node, '0', '0'],
    ['gid', node, '1000', '1000'],
    ['inside-gid', node, '100', '100'],
    ['since', node, '2h', '2024-05-01T10:00:00.000Z'],
    ['started', node, '2024-05-01T10:00:00.000Z', '2024-05-01T10:00:00.000Z'],
    ['comm', node, 'node', 'node'],
    ['cgroup', node, '/docker/5196/memory', '/docker/5196/memory'],
    ['cgroup', kthread, '/', '/'],
    ['mem', node, '64.0M', '67108864'],
    ['cpu', node, '148.2', '1.482'],
    ['cpu-time', node, '12.3s', '12300000'],
    ['user', exampleProcess({ uid: 4000 }), '4000', '4000'],
    ['pid', exampleProcess({ pid: 4_194_303 }), '4194303', '4194303'],
    ['started', exampleProcess({ startedAt: '' }), '–', '–'],
  ])('%s', (id, process, expected, raw) => {
    expect([text(id, process), text(id, process, { ...PRINTED, raw: true })]).toEqual([expected, raw]);
  });

  it.each(set.columns.map((column) => [column.id, column] as const))(
    '%s is wide enough for its title, and says ? or – when there is no value',
    (_id, column) => {
      expect(column.width).toBeGreaterThanOrEqual(column.title.length);
      expect(column.description).not.toBe('');
      for (const process of [node, kthread, hidden]) {
        const value = column.value(process);
        const printed = column.text(process, PRINTED);
        if (isUnknown(value)) expect(printed).toBe('?');
        else if (value === undefined) expect(printed).toBe('–');
        else expect(printed).not.toMatch(/^[?–]?$/);
      }
    },
  );
});

describe('filters on processes', () => {
  it.each<[string, string, ProcessView, boolean]>([
    ['by user and memory', 'user=root and mem>10M', node, true],
    ['by user and memory, too small', 'user=root and mem>100M', node, false],
    ['a user without a name', 'user=65534', kthread, true],
    ['a word in the command line', 'SERVER', node, true],
    ['a word in comm only', 'kthread', exampleProcess({ comm: 'kthreadd' }), true],
    ['a word elsewhere is not', 'docker', node, false],
    ['a word, with the command line denied', '!nginx', hidden, false],
    ['a word in comm, with the command line denied', 'node', hidden, true],
    ['no id by its start: pid is a number', 'pid=1063', node, false],
    ['capabilities as printed', 'caps~25fb$', node, true],
    ['capabilities, whole', 'caps=a80425fb', node, true],
    ['inner pids', 'inner=41/1', node, true],
    ['outside all inner namespaces', 'inner=""', kthread, true],
    ['inside', 'inside-uid>=1000', node, true],
    ['inside, where it does not apply', 'inside-uid>=0', kthread, false],
    ['cpu', 'cpu>100%', node, true],
    ['cpu not measured', 'not cpu>100', kthread, false],
    ['age', 'since<3h', node, true],
    ['cgroup', 'cgroup~^/docker/', node, true],
    ['cgroup denied', 'cgroup!~^/docker/', hidden, false],
    ['state', 'state=S,threads>10', node, true],
  ])('%s: %s', (_name, expression, process, expected) => {
    expect(parseRowFilter(set, expression, () => NOW)(process)).toBe(expected);
  });

  it('refuse what only containers have, with the columns there are', () => {
    expect(() => parseRowFilter(set, 'runtime=docker')).toThrow(FilterError);
    expect(() => parseRowFilter(set, 'runtime=docker')).toThrow(
      /no field "runtime"; fields are pid .* cgroup$/,
    );
  });
});

describe('the order of processes', () => {
  const list = [
    exampleProcess({ pid: 30, memoryBytes: 5, uid: 0, startedAt: '2024-05-01T08:00:00Z' }),
    exampleProcess({ pid: 4, memoryBytes: 9, uid: DENIED }),
    exampleProcess({ pid: 100, memoryBytes: 5, uid: 33, startedAt: '2024-05-01T11:00:00Z' }),
  ];
  it.each([
    ['pids from the smallest', 'pid', '4 30 100'],
    ['pids reversed', '-pid', '100 30 4'],
    ['uids from the smallest, what is not known last', 'uid', '30 100 4'],
    ['uids reversed, what is not known last', '-uid', '100 30 4'],
    ['the biggest, ties by pid as a number', 'mem', '4 30 100'],
    ['two fields', '-mem,-pid', '100 30 4'],
    ['the oldest', 'since', '30 4 100'],
    ['the youngest', 'started', '100 4 30'],
  ])('%s', (_name, order, expected) => {
    expect(
      sortRows(list, parseRowSort(set, order))
        .map(({ pid }) => pid)
        .join(' '),
    ).toBe(expected);
  });

  it.each(['zzz', 'runtime', ''])('%j is refused with the columns there are', (order) => {
    expect(() => parseRowSort(set, order)).toThrow(SortError);
    expect(() => parseRowSort(set, order)).toThrow(/fields are pid inner .* cgroup$/);
  });
});

it('processes are drawn as a tree as containers are, by pid and parent', () => {
  const list = [
    [1, 0],
    [5, 1],
    [7, 5],
    [9, 1],
  ].map(([pid = 0, ppid = 0]) => exampleProcess({ pid, ppid }));
  const branches = forest(list, { key: ({ pid }) => pid, parent: ({ ppid }) => ppid });
  expect(branches.map(({ row, prefix }) => prefix + row.pid)).toEqual(['1', '├─ 5', '│  └─ 7', '└─ 9']);
});

describe('rateIn', () => {
  it.each([
    ['cpu>50', 'cpu'],
    ['name=web and not CPU > 50', 'cpu'],
    ['-cpu', 'cpu'],
    ['name,-tx', 'tx'],
    ['name,cpu', 'cpu'],
    ['cpu-time', undefined],
    ['psi-cpu,tx-total', undefined],
    ['name', undefined],
    ['', undefined],
  ])('%j needs two samples for %s', (asked, expected) => {
    expect(rateIn(CONTAINER_COLUMNS, asked)?.id).toBe(expected);
  });
});
