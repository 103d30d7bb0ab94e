import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../src/model/width.ts';
import { lookingOf } from '../../../tui/state.ts';
import { makeTabs } from '../../../tui/views/index.ts';
import type { TableView, Wishes } from '../../../tui/views/view.ts';
import { assortment } from './fabricate.ts';
import { stateOf } from './screen-text.ts';

const WISHES: Omit<Wishes, 'ordering'> = {
  tree: false,
  filter: '',
  folded: new Set(),
  allKinds: true,
  hiddenRuntimes: new Set(),
};

const tables = [
  ...new Set(makeTabs(new Map()).flatMap(({ host, container }) => [...host, ...container])),
].filter((view) => view.kind === 'table');

describe.each(tables.map((view) => [view.id, view] as const))('%s', (_id, view) => {
  it.each(view.layout.map((each) => [each.column, each] as const))(
    'the title of %s fits with the mark of the sorted column',
    (_column, { column, title, width }) => {
      const choice = view.columns.find(({ id }) => id === column);
      expect(displayWidth(title ?? choice?.title ?? '') + 1).toBeLessThanOrEqual(width ?? choice?.width ?? 0);
    },
  );

  it.each([60, 80, 100, 120, 160, 200])('its columns fit %i columns', (columns) => {
    const shown = view.layout.filter(({ fromColumns = 0 }) => fromColumns <= columns);
    const widths = shown.map(
      ({ column, width }) => width ?? view.columns.find(({ id }) => id === column)?.width ?? 0,
    );
    expect(widths.reduce((sum, width) => sum + width + 1, 2)).toBeLessThanOrEqual(columns);
  });

  it.each(view.filterExamples)('the filter %s that it proposes is one', (expression) => {
    expect(() => view.checkFilter(expression)).not.toThrow();
  });

  it('is sorted by a column that it has', () => {
    expect(['', ...view.columns.map(({ id }) => id)]).toContain(view.sortBy.column);
  });
});

it('only the view that lists keeps what it made of its rows', () => {
  const looking = lookingOf(stateOf(assortment()));
  const one = tables.find(({ needs }) => needs === undefined);
  const other = tables.find((view) => view !== one);
  if (looking === undefined || one === undefined || other === undefined) throw new Error('no views');
  const list = (view: TableView) => view.list(looking, { ...WISHES, ordering: view.sortBy });
  const before = list(one);
  expect(list(one)).toBe(before);
  list(other);
  const again = list(one);
  expect(again).toEqual(before);
  expect(again).not.toBe(before);
  expect(again.lines[0]).not.toBe(before.lines[0]);
});
