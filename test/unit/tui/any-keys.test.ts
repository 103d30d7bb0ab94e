/** Whatever is pressed, in whatever order, while containers come and go: the dashboard goes on, and draws whole screens. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Container } from '../../../src/model/host-model.ts';
import { displayWidth } from '../../../src/model/width.ts';
import { clickAt } from '../../../tui/hit.ts';
import { KEY_TABLE } from '../../../tui/keys.ts';
import { onPointing } from '../../../tui/pointing.ts';
import { renderScreen } from '../../../tui/render.ts';
import type { DashboardState } from '../../../tui/state.ts';
import { onKey, wishOf, withFrame, withSize } from '../../../tui/update.ts';
import { assortment, container, frame, NOW_MS } from './fabricate.ts';
import { FABRICATED_ACTIONS } from './fabricated-actions.ts';
import { listingFor } from './lists/index.ts';
import { keyNamed, stateOf, textOf } from './screen-text.ts';

type Event =
  | { readonly kind: 'key'; readonly name: string }
  | { readonly kind: 'mouse'; readonly column: number; readonly row: number; readonly double: boolean }
  | { readonly kind: 'frame'; readonly seed: number }
  | { readonly kind: 'size'; readonly columns: number; readonly rows: number };

const LEAVING = new Set(['C-c', 'f10', 'C-z']);
const KEYS = [
  ...KEY_TABLE.flatMap(({ keys }) => keys).filter((key) => !LEAVING.has(key)),
  ...['delete', 'C-u', 'C-w', 'y', 'cpu>1', 'name=db', '数', '('],
];

const events = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constant('key' as const), name: fc.constantFrom(...KEYS) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('mouse' as const),
        column: fc.nat(130),
        row: fc.nat(45),
        double: fc.boolean(),
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('frame' as const), seed: fc.nat(1000) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('size' as const),
        columns: fc.integer({ min: 20, max: 200 }),
        rows: fc.integer({ min: 5, max: 60 }),
      }),
    },
  ),
  { minLength: 30, maxLength: 120 },
);

function containersOf(seed: number): Container[] {
  const all = [...assortment(), container('two\nlines'), container('数据库'), container('last')];
  return all.filter((_, i) => (seed >> i) % 4 !== 0);
}

function after(state: DashboardState, event: Event, at: number): DashboardState {
  const nowMs = NOW_MS + 1000 * at;
  switch (event.kind) {
    case 'key':
      return [...(event.name.includes('>') || event.name.includes('=') ? event.name : [event.name])].reduce(
        (before, name) => onKey(before, keyNamed(name)).state,
        state,
      );
    case 'mouse': {
      const { column, row, double } = event;
      const click = clickAt(renderScreen(state), column, row);
      return onPointing(state, { kind: 'press', button: 'left', column, row, double }, click).state;
    }
    case 'frame': {
      const containers = containersOf(event.seed);
      const wish = wishOf(state);
      const fails = event.seed % 13 === 0 ? { failed: 'not now' } : {};
      const listing = wish && listingFor(wish, containers, { tick: at, takenAtMs: nowMs, ...fails });
      const model = frame(containers, { takenAtMs: nowMs });
      return withFrame(state, { ...model, ...(listing !== undefined && { listing }) }, nowMs);
    }
    case 'size':
      return withSize(state, event);
  }
}

it('whatever is pressed', () => {
  fc.assert(
    fc.property(events, (all) => {
      let state: DashboardState = { ...stateOf(assortment()), actions: FABRICATED_ACTIONS };
      for (const [at, event] of all.entries()) {
        state = after(state, event, at + 1);
        const screen = renderScreen(state);
        expect(screen.length).toBe(state.size.rows);
        for (const line of screen) expect(displayWidth(textOf(line))).toBe(state.size.columns);
      }
    }),
    { numRuns: 60 },
  );
}, 60_000);
