/**
 * What is kept from one frame to the next is never old: a dashboard that keeps rows, charts and lines shows the same as one
 * that is given every object anew, whatever happens in between.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Frame, Listing } from '../../../src/live/feed.ts';
import type { Container, HostModel } from '../../../src/model/host-model.ts';
import { KEY_TABLE } from '../../../tui/keys.ts';
import { renderScreen, Screen } from '../../../tui/render.ts';
import type { ScreenLine } from '../../../tui/screen-line.ts';
import { type DashboardState, viewOf, withSettings } from '../../../tui/state.ts';
import { onKey, wishOf, withFrame, withSize } from '../../../tui/update.ts';
import { assortment, container, memoryOf, model, NOW_MS } from './fabricate.ts';
import { listingFor } from './lists/index.ts';
import { emptyState, keyNamed, MEDIUM } from './screen-text.ts';

/** What becomes another with a frame; a still one changes nothing but the time. */
const MOVES: readonly ((each: Container, amount: number) => Container)[] = [
  (each, amount) => ({ ...each, cpu: { ...each.cpu, ratio: amount / 10 } }),
  (each, amount) => ({ ...each, cpu: { ...each.cpu, throttledRatio: amount / 20 } }),
  (each, amount) => ({ ...each, memory: { ...memoryOf(30 * amount, 500), oomKills: amount % 3 } }),
  (each, amount) => ({ ...each, state: amount % 2 === 0 ? 'running' : 'frozen' }),
  (each, amount) => ({ ...each, name: `${each.name.slice(0, 20)}${amount}` }),
  (each, amount) => ({ ...each, pressure: { memory: { someAvg10: amount * 3 }, cpu: { someAvg10: 1 } } }),
  (each, amount) => ({ ...each, io: { readBytes: 1, writeBytes: 1, readBytesPerSec: amount * 1000 } }),
  (each) => ({ ...each, state: 'exited', exitCode: 1 }),
  (each, amount) => ({ ...each, initStarttimeTicks: amount, startedAt: new Date(NOW_MS).toISOString() }),
  (each, amount) => ({ ...each, parent: amount % 2 === 0 ? 'docker/db' : 'docker/checkout-api' }),
  (each, amount) => ({ ...each, kind: amount % 2 === 0 ? 'sandbox' : 'container' }),
];

type Event =
  | { readonly kind: 'key'; readonly name: string }
  | { readonly kind: 'still'; readonly seconds: number; readonly frames: number }
  | { readonly kind: 'move'; readonly move: number; readonly index: number; readonly amount: number }
  | { readonly kind: 'come' | 'go'; readonly index: number }
  | { readonly kind: 'columns'; readonly ids: readonly string[] | undefined }
  | { readonly kind: 'size'; readonly columns: number; readonly rows: number };

const AGED = ['name', 'since', 'mem'];
const LEAVING = new Set(['C-c', 'f10', 'C-z']);
const KEYS = [
  ...KEY_TABLE.flatMap(({ keys }) => keys).filter((key) => !LEAVING.has(key)),
  ...['down', 'down', 'up', 't', 'N', 'P', 'M', 'A', 'escape', 'escape', 'enter', '-', '+', '1', '1'],
];

const events = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('key' as const), name: fc.constantFrom(...KEYS) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('still' as const),
        seconds: fc.constantFrom(1, 1, 1, 1, 60),
        frames: fc.constantFrom(1, 1, 2, 3, 70, 130),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('move' as const),
        move: fc.nat(MOVES.length - 1),
        index: fc.nat(20),
        amount: fc.nat(20),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom('come' as const, 'go' as const), index: fc.nat(20) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('columns' as const),
        ids: fc.constantFrom(undefined, AGED, ['cpu-minute', 'name'], ['why', 'pids']),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('size' as const),
        columns: fc.constantFrom(60, 80, 118, 120, 200),
        rows: fc.constantFrom(15, 24, 40, 60),
      }),
    },
  ),
  { minLength: 20, maxLength: 60 },
);

const BETWEEN_FRAMES: ReadonlySet<Event['kind']> = new Set(['key', 'size', 'columns']);

interface Told {
  readonly events: readonly Event[];
  readonly unicode: boolean;
  /** What the dashboard is given in the place of a frame. */
  readonly given: (frame: Frame) => Frame;
  /** Is every frame given once more before it is drawn? */
  readonly isAnew: boolean;
  readonly draw: (state: DashboardState) => readonly ScreenLine[];
}

/** The screens after each event, with what each text means. */
function screens({ events: all, unicode, given, isAnew, draw }: Told): string[][] {
  let containers: readonly Container[] = [...assortment(), container('two\nlines'), container('数据库')];
  let nowMs = NOW_MS;
  let listing: Listing | undefined;
  let state = emptyState(MEDIUM, unicode);
  const isWished = () => {
    const wish = wishOf(state);
    return wish?.kind === listing?.kind && wish?.container === listing?.container;
  };
  const show = () => {
    const shown: HostModel = model(containers, { takenAtMs: nowMs });
    const wish = wishOf(state);
    if (!isWished()) listing = wish && listingFor(wish, containers, { tick: 1, takenAtMs: nowMs });
    const frame = {
      model: shown,
      cost: { durationMs: 3, cpuMs: 4 },
      ...(listing !== undefined && { listing }),
    };
    state = withFrame(state, given(frame), nowMs);
  };
  show();
  return all.map((event) => {
    if (event.kind === 'key') state = onKey(state, keyNamed(event.name)).state;
    if (event.kind === 'size') state = withSize(state, { columns: event.columns, rows: event.rows });
    if (event.kind === 'columns' && viewOf(state).id === 'containers')
      state = withSettings(state, { columns: event.ids });
    if (event.kind === 'move')
      containers = containers.map((each, i) =>
        i === event.index % containers.length ? (MOVES[event.move]?.(each, event.amount) ?? each) : each,
      );
    if (event.kind === 'go') containers = containers.filter((_, i) => i !== event.index);
    if (event.kind === 'come' && !containers.some(({ key }) => key === `docker/new-${event.index}`))
      containers = [...containers.slice(0, 2), container(`new-${event.index}`), ...containers.slice(2)];
    const frames = event.kind === 'still' ? event.frames : BETWEEN_FRAMES.has(event.kind) ? 0 : 1;
    for (let i = 0; i < frames; i += 1) {
      nowMs += event.kind === 'still' ? event.seconds * 1000 : 1000;
      show();
    }
    if (isAnew || !isWished()) show();
    return draw(state).map((line) =>
      line.map(({ text, style, click }) => `${text}${JSON.stringify([style, click])}`).join(''),
    );
  });
}

/** Moves the second row's container, which has no trouble that another container gives it. */
const moved = (move: number, amount: number, index = 2): Event => ({ kind: 'move', move, index, amount });
const still = (frames: number, seconds = 1): Event => ({ kind: 'still', frames, seconds });

it.each<readonly [string, readonly Event[]]>([
  ['an OOM kill', [moved(2, 1), moved(2, 2), still(70), still(1), still(60), still(1, 60), still(1, 60)]],
  ['a freeze', [moved(3, 2), moved(3, 1), still(70), still(1), still(60), still(1, 60), still(1, 60)]],
  ['rising pressure', [still(2), moved(5, 2), still(40), moved(5, 9), still(10), still(30), still(60)]],
  ['a busy minute', [moved(0, 9), still(1), moved(0, 0), still(50), still(20), still(60), still(60)]],
  ['a scale that another sets', [moved(0, 6), still(130), moved(0, 20, 4), still(1)]],
  [
    'an age in a column',
    [{ kind: 'columns', ids: AGED }, still(70), still(1), still(1, 60), still(1, 60), still(1, 60)],
  ],
])('what goes on while its container stands still: %s', (_, all) => {
  expectSame(all, true);
});

const RUNS = 20;

it.each([[true], [false]])(
  'rows, charts and lines that are kept (unicode %s)',
  (unicode) => {
    fc.assert(
      fc.property(events, (all) => expectSame(all, unicode)),
      { numRuns: RUNS },
    );
  },
  60_000,
);

function expectSame(all: readonly Event[], unicode: boolean): void {
  const screen = new Screen();
  const kept = screens({
    events: all,
    unicode,
    given: (frame) => frame,
    isAnew: false,
    draw: (state) => screen.draw(state),
  });
  const fresh = screens({
    events: all,
    unicode,
    given: (frame) => structuredClone(frame),
    isAnew: true,
    draw: renderScreen,
  });
  for (const [i, lines] of kept.entries()) expect(lines).toEqual(fresh[i]);
}

it('the same frame again is the very same lines, but for the header', () => {
  const screen = new Screen();
  const containers = assortment();
  const at = (tick: number) => ({
    model: model(containers, { takenAtMs: NOW_MS + 1000 * tick }),
    cost: { durationMs: 3, cpuMs: 4 },
  });
  let state = emptyState(MEDIUM);
  for (let tick = 0; tick < 200; tick += 1) state = withFrame(state, at(tick), NOW_MS + 1000 * tick);
  const before = screen.draw(state);
  const after = screen.draw(withFrame(state, at(200), NOW_MS + 200_000));
  const others = after.flatMap((line, y) => (line === before[y] ? [] : [y]));
  expect(others.filter((y) => y < LIST_END)).toEqual([0, 1]);
});

/** Below it is the pane, whose lines are put together anew of the very same spans. */
const LIST_END = 20;
