import { describe, expect, it } from 'vitest';
import { isUnknown } from '../../../src/kernel/reading.ts';
import { COLUMNS, DEFAULT_COLUMNS, findColumn } from '../../../src/model/columns.ts';
import type { Container } from '../../../src/model/host-model.ts';
import { bareContainer, DENIED, exampleContainer, LONG_ID, NOW } from './example-container.ts';

const M = 2 ** 20;
const PRINTED = { raw: false, nowMs: NOW, ascii: false };

function text(id: string, container: Container, options = PRINTED): string {
  return findColumn(id)?.text(container, options) ?? `no column ${id}`;
}
function memory(changes: Partial<Container['memory']>): Container {
  return exampleContainer({ memory: { ...exampleContainer().memory, ...changes } });
}

describe('the table of columns', () => {
  it('has every field of the contract once', () => {
    const ids = COLUMNS.map((column) => column.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(
      expect.arrayContaining(
        (
          'key name runtime id kind image pid parent pod state since started hostname command depth cpu cpu-time ' +
          'throttled mem mem-current anon file swap limit mem-percent oom read write read-total write-total pids ' +
          'pids-limit psi-cpu psi-mem psi-io rx tx namespaces cgroup'
        ).split(' '),
      ),
    );
  });

  it('prints by default what DASHBOARD.md shows', () => {
    expect(DEFAULT_COLUMNS.map((id) => findColumn(id)?.title)).toEqual(
      'NAME RUNTIME ID PID STATE MEM LIMIT PIDS SINCE COMMAND'.split(' '),
    );
    const row = (container: Container) => DEFAULT_COLUMNS.map((id) => text(id, container)).join(' ');
    expect(row(exampleContainer())).toBe(
      'checkout-api docker 519616c67829 10630 running 487M 512M 31 2h node server.js',
    );
    expect(row(bareContainer())).toBe('unshare:41822 unshare – 41822 running 1.1M 512M↑ 2 5m sleep 1000');
  });

  it.each(COLUMNS.map((column) => [column.id, column] as const))(
    '%s is wide enough for its title',
    (_id, column) => {
      expect(column.width).toBeGreaterThanOrEqual(column.title.length);
      expect(column.description).not.toBe('');
    },
  );

  it.each(COLUMNS.map((column) => [column.id, column] as const))(
    '%s says ? or – when there is no value',
    (_id, column) => {
      for (const container of [exampleContainer(), bareContainer(), memory({ limitedBy: 'host' })]) {
        const value = column.value(container);
        const printed = column.text(container, PRINTED);
        if (isUnknown(value)) expect(printed).toBe('?');
        else if (value === undefined || value === 'max') expect(printed).toBe('–');
        else expect(printed).not.toMatch(/^[?–]?$/);
      }
    },
  );

  it('does not know other columns', () => {
    expect(findColumn('nonsense')).toBeUndefined();
    expect(findColumn('NAME')?.id).toBe('name');
  });
});

describe('what columns print', () => {
  it.each<[string, string, Container, string]>([
    ['CPU as percent of one core', 'cpu', exampleContainer(), '148.2'],
    ['no rate in the first sample', 'cpu', bareContainer(), '–'],
    ['CPU denied', 'cpu', exampleContainer({ cpu: { usageUsec: DENIED } }), '?'],
    ['CPU idle is 0, and measured', 'cpu', exampleContainer({ cpu: { usageUsec: 1, ratio: 0 } }), '0.0'],
    ['throttled', 'throttled', exampleContainer({ cpu: { usageUsec: 1, throttledRatio: 0.38 } }), '38.0'],
    ['CPU time', 'cpu-time', exampleContainer(), '12.3s'],
    ['working set', 'mem', exampleContainer(), '487M'],
    [
      'no inactive_file, so no working set',
      'mem',
      exampleContainer({ memory: bareContainer().memory }),
      '1.1M',
    ],
    [
      'resident sizes where no cgroup counts',
      'mem',
      memory({ accounting: 'processes', currentBytes: 2 * M }),
      '2.0M',
    ],
    ['memory denied', 'mem', memory({ workingSetBytes: DENIED }), '?'],
    ['own limit', 'limit', memory({}), '512M'],
    [
      'an ancestor is tighter',
      'limit',
      memory({ effectiveLimitBytes: 256 * M, limitedBy: '/docker' }),
      '256M↑',
    ],
    [
      'only the host limits it',
      'limit',
      memory({ limitBytes: 'max', effectiveLimitBytes: 9e9, limitedBy: 'host' }),
      '–',
    ],
    [
      'a limit beyond the host',
      'limit',
      memory({ limitBytes: 9e15, effectiveLimitBytes: 9e9, limitedBy: 'host' }),
      '–',
    ],
    ['no limit at all', 'limit', memory({ limitBytes: 'max', effectiveLimitBytes: 'max' }), '–'],
    ['ancestors denied, own limit known', 'limit', memory({ effectiveLimitBytes: DENIED }), '512M'],
    [
      'ancestors denied, no own limit',
      'limit',
      memory({ limitBytes: 'max', effectiveLimitBytes: DENIED }),
      '?',
    ],
    ['limit denied', 'limit', memory({ limitBytes: DENIED, effectiveLimitBytes: DENIED }), '?'],
    ['share of the limit', 'mem-percent', memory({}), '95.1'],
    ['no limit, no share', 'mem-percent', memory({ limitedBy: 'host' }), '–'],
    [
      'limit denied, share denied',
      'mem-percent',
      memory({ limitBytes: DENIED, effectiveLimitBytes: DENIED }),
      '?',
    ],
    ['a limit of 0', 'mem-percent', memory({ limitBytes: 0, effectiveLimitBytes: 0 }), '–'],
    ['no limit on processes', 'pids-limit', exampleContainer(), '–'],
    ["an ancestor's limit on processes", 'pids-limit', bareContainer(), '100↑'],
    ['OOM kills', 'oom', exampleContainer(), '3'],
    ['read rate', 'read', exampleContainer(), '1.2M'],
    ['nothing written', 'write', exampleContainer(), '0'],
    ['I/O denied', 'read', bareContainer(), '?'],
    ['I/O totals', 'read-total', exampleContainer(), '4.0K'],
    ['no network counters', 'rx', bareContainer(), '–'],
    ['network denied', 'tx-total', exampleContainer({ net: DENIED }), '?'],
    ['network total', 'rx-total', exampleContainer(), '1.0G'],
    ['pressure', 'psi-cpu', exampleContainer(), '31.2'],
    ['pressure denied', 'psi-io', exampleContainer({ pressure: DENIED }), '?'],
    ['one pressure file missing', 'psi-mem', exampleContainer({ pressure: { cpu: { someAvg10: 1 } } }), '–'],
    ['namespaces', 'namespaces', exampleContainer(), 'mnt,pid,net'],
    ['no namespace of its own', 'namespaces', exampleContainer({ privateNamespaces: [] }), '–'],
    ['cgroup on v2', 'cgroup', exampleContainer(), '/docker/5196'],
    [
      'cgroup on v1',
      'cgroup',
      exampleContainer({
        cgroup: { mode: 'hybrid', paths: { '': '/', cpu: '/c', memory: '/m' }, own: true },
      }),
      '/m',
    ],
    ['pod by name', 'pod', exampleContainer({ pod: { id: 'uid', name: 'web-0' } }), 'web-0'],
    ['pod by id', 'pod', exampleContainer({ pod: { id: 'uid' } }), 'uid'],
    ['an id that is a name', 'id', exampleContainer({ id: 'my-lxc' }), 'my-lxc'],
    ['started', 'started', exampleContainer(), '2024-05-01T10:00:00.000Z'],
    ['a start that is no date', 'since', exampleContainer({ startedAt: 'yesterday' }), '–'],
    ['hostname denied', 'hostname', bareContainer(), '?'],
  ])('%s', (_name, id, container, expected) => {
    expect(text(id, container)).toBe(expected);
  });

  it.each<[string, Container, string]>([
    ['mem', exampleContainer(), String(487 * M)],
    ['cpu', exampleContainer(), '1.482'],
    ['since', exampleContainer(), '2024-05-01T10:00:00.000Z'],
    ['id', exampleContainer(), LONG_ID],
    ['limit', bareContainer(), String(512 * M)],
    ['limit', memory({ limitedBy: 'host' }), 'max'],
    ['psi-cpu', exampleContainer(), '31.2'],
    ['read-total', exampleContainer({ io: { readBytes: 2n ** 63n, writeBytes: 0 } }), '9223372036854775808'],
    ['hostname', bareContainer(), '?'],
  ])('%s raw', (id, container, expected) => {
    expect(text(id, container, { ...PRINTED, raw: true })).toBe(expected);
  });

  it('has marks for terminals without UTF-8', () => {
    const ascii = { ...PRINTED, ascii: true };
    expect([text('rx', bareContainer(), ascii), text('limit', bareContainer(), ascii)]).toEqual([
      '-',
      '512M^',
    ]);
    for (const column of COLUMNS) expect(column.text(bareContainer(), ascii)).toMatch(/^[ -~]+$/);
  });
});
