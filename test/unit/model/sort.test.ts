import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUnknown } from '../../../src/kernel/reading.ts';
import { COLUMNS, findColumn } from '../../../src/model/columns.ts';
import { parseSort, sortContainers } from '../../../src/model/sort.ts';
import { SortError } from '../../../src/model/sort-error.ts';
import { bareContainer, DENIED, exampleContainer } from './example-container.ts';

const cpu = (key: string, ratio: number | undefined) =>
  exampleContainer({ key, cpu: { usageUsec: 0, ...(ratio === undefined ? {} : { ratio }) } });
const named = (key: string, name: string) => exampleContainer({ key, name });
const keys = (list: readonly { key: string }[]) => list.map((each) => each.key).join(' ');

describe('sortContainers', () => {
  const load = [cpu('none', undefined), cpu('low', 0), cpu('high', 2), cpu('mid', 0.5)];
  const names = [named('1', 'web-10'), named('2', 'web-2'), named('3', 'api'), named('4', 'web-2')];
  const memory = exampleContainer().memory;
  const limits = [
    exampleContainer({
      key: 'big',
      memory: { ...memory, limitBytes: 2n ** 60n, effectiveLimitBytes: 2n ** 60n },
    }),
    exampleContainer({ key: 'host', memory: { ...memory, limitedBy: 'host' } }),
    exampleContainer({
      key: 'denied',
      memory: { ...memory, limitBytes: DENIED, effectiveLimitBytes: DENIED },
    }),
    exampleContainer({ key: 'small' }),
  ];
  const ages = [
    exampleContainer({ key: 'old', startedAt: '2024-01-01T00:00:00Z' }),
    exampleContainer({ key: 'no-date', startedAt: '' }),
    exampleContainer({ key: 'new', startedAt: '2024-04-01T00:00:00Z' }),
  ];
  it.each([
    ['numbers, biggest first', load, 'cpu', 'high mid low none'],
    ['reversed, what is not known still last', load, '-cpu', 'low mid high none'],
    ['text, A to Z, numbers in it by value, ties by key', names, 'name', '3 2 4 1'],
    ['text reversed, ties by key all the same', names, '-name', '1 2 4 3'],
    ['no limit is above every limit', limits, 'limit', 'host big small denied'],
    ['no limit reversed', limits, '-limit', 'small big host denied'],
    ['the longest running first', ages, 'since', 'old new no-date'],
    ['dates: the latest first', ages, 'started', 'new old no-date'],
    ['two fields', [...names, named('0', 'api')], 'runtime, -name', '1 2 4 0 3'],
    ['fields in any case', load, 'CPU', 'high mid low none'],
  ])('%s', (_name, list, text, expected) => {
    expect(keys(sortContainers(list, parseSort(text)))).toBe(expected);
  });

  it.each(['', ',', '-', 'colour', 'cpu,colour', '--cpu'])(
    '%j is refused with the columns there are',
    (text) => {
      expect(() => parseSort(text)).toThrow(SortError);
      expect(() => parseSort(text)).toThrow(/fields are name runtime .* cgroup$/);
    },
  );

  const container = fc
    .tuple(
      fc.constantFrom('a', 'b', 'c'),
      fc.string(),
      fc.option(fc.double({ noNaN: true, min: 0 })),
      fc.boolean(),
      fc.nat(),
    )
    .map(([key, name, ratio, bare, mem]) => {
      const full = { ...cpu(key, ratio ?? undefined), name, memory: { ...memory, workingSetBytes: mem } };
      return bare ? bareContainer({ key, name }) : full;
    });
  const sortText = fc
    .array(fc.tuple(fc.constantFrom('', '-'), fc.constantFrom(...COLUMNS.map((column) => column.id))), {
      minLength: 1,
      maxLength: 3,
    })
    .map((terms) => terms.map((term) => term.join('')).join(','));

  it('is a permutation, the same for any order that came in, unless two rows share key and values', () => {
    fc.assert(
      fc.property(fc.uniqueArray(container, { selector: (each) => each.key }), sortText, (list, text) => {
        const sorted = sortContainers(list, parseSort(text));
        expect(new Set(sorted)).toEqual(new Set(list));
        expect(sorted.length).toBe(list.length);
        expect(sortContainers(list.toReversed(), parseSort(text))).toEqual(sorted);
      }),
    );
  });

  it('puts what is not known last in every column, in both directions', () => {
    fc.assert(
      fc.property(fc.array(container), fc.constantFrom(...COLUMNS.map((column) => column.id)), (list, id) => {
        for (const text of [id, `-${id}`]) {
          const values = sortContainers(list, parseSort(text)).map((each) => findColumn(id)?.value(each));
          const missing = values.map((value) => value === undefined || value === '' || isUnknown(value));
          expect(missing).toEqual(missing.toSorted());
        }
      }),
    );
  });
});
