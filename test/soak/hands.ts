/**
 * Somebody at the keyboard: moves, sorts, looks into containers and other tabs, filters, resizes the terminal, and comes back
 * to the list of containers after each. Never a key that acts on a container.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { listedScreen, nameIn } from './listed-screen.ts';
import type { ScreenChecker } from './screen-checker.ts';
import type { ScreenSize, Snapshot, WatchedDashboard } from './watched-dashboard.ts';

const SIZES: readonly ScreenSize[] = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 200, rows: 60 },
];
export const USUAL_SIZE: ScreenSize = { columns: 120, rows: 40 };
const DOWN = '\x1b[B';
const UP = '\x1b[A';
const PAGE_UP = '\x1b[5~';
const PAGE_DOWN = '\x1b[6~';
const ESCAPE = '\x1b';
const ENTER = '\r';
const TABS = ['2', '3', '4', '5', '6', '7', '8'];
/** A list is taken after its tab is open, and messages of the keys before have to go. */
const LIST_MS = 500;
const WAIT_MS = 1000;

type Way = (dashboard: WatchedDashboard, checker: ScreenChecker) => Promise<unknown>;

interface Act {
  readonly name: string;
  /** How often, beside the others. */
  readonly weight: number;
  /** May the selection be on another container afterwards? */
  readonly moves?: true;
  readonly ways: readonly Way[];
}

const pressed = (...keys: readonly string[]): Way[] =>
  keys.map((key) => (dashboard: WatchedDashboard) => dashboard.press(key));

const ACTS: readonly Act[] = [
  {
    name: 'move',
    weight: 6,
    moves: true,
    ways: pressed('j', 'k', 'jj', UP, DOWN, 'g', 'G', PAGE_UP, PAGE_DOWN),
  },
  { name: 'wait', weight: 6, ways: [() => sleep(WAIT_MS)] },
  { name: 'sort', weight: 4, ways: pressed('P', 'M', 'N', 'N', 'N', 'W', 'I', '>', '<') },
  { name: 'shape', weight: 2, ways: pressed('t', 'd', 'A') },
  { name: 'resize', weight: 3, ways: SIZES.map((size) => (dashboard) => dashboard.resize(size)) },
  { name: 'help', weight: 1, ways: [(dashboard) => leaving(dashboard, '?')] },
  {
    name: 'menu',
    weight: 1,
    ways: ['C', 'T', 'm', '\x1b[17~'].map((key) => (dashboard) => leaving(dashboard, key)),
  },
  {
    name: 'page',
    weight: 3,
    ways: ['jjj', '1', ...TABS].map((keys) => (dashboard, checker) => openPage(dashboard, checker, keys)),
  },
  { name: 'tabs', weight: 3, ways: TABS.map((tab) => (dashboard) => openTabs(dashboard, tab)) },
  {
    name: 'filter',
    weight: 1,
    moves: true,
    ways: ['still', 'short', '[0-4]-s', 'nobody'].map((text) => (dashboard) => filter(dashboard, text)),
  },
  {
    name: 'search',
    weight: 1,
    moves: true,
    ways: [ENTER, ESCAPE].map((end) => (dashboard) => search(dashboard, end)),
  },
  {
    name: 'redraw',
    weight: 3,
    ways: [...TABS, '1', '1', '1', '1'].map((tab) => (dashboard, checker) => redraw(dashboard, checker, tab)),
  },
];

export class Hands {
  /** In every way once, before chance decides: what is loaded or compiled when it is first used is there after that. */
  readonly #untried = ACTS.flatMap((act) => act.ways.map((way) => ({ act, way })));
  readonly #weighted = ACTS.flatMap((act) => Array<Act>(act.weight).fill(act));

  /** One thing after the other until `signal`; resolves back on the list. @returns how many */
  async work(dashboard: WatchedDashboard, checker: ScreenChecker, signal: AbortSignal): Promise<number> {
    let done = 0;
    for (; !signal.aborted && dashboard.isRunning; done += 1) {
      const { act, way } = this.#untried.shift() ?? this.#any();
      if (act.moves === true) checker.mayMove = true;
      await way(dashboard, checker);
      await dashboard.terminal.waitFor(
        () => listedScreen(dashboard.terminal.lines) !== undefined,
        `the list of containers after "${act.name}"`,
      );
      if (act.moves === true) checker.mayMove = false;
    }
    return done;
  }

  #any(): { act: Act; way: Way } {
    const act = oneOf(this.#weighted);
    return { act, way: oneOf(act.ways) };
  }
}

async function leaving(dashboard: WatchedDashboard, key: string): Promise<void> {
  await dashboard.press(key);
  await dashboard.press(ESCAPE);
}

/** The page is about the container that was selected, which may have ended on the way. */
async function openPage(dashboard: WatchedDashboard, checker: ScreenChecker, keys: string): Promise<void> {
  const name = nameIn(listedScreen(dashboard.terminal.lines)?.selected[0] ?? '');
  await dashboard.press(ENTER);
  const { text } = dashboard.terminal;
  if (name !== undefined && !text.includes(name) && listedScreen(dashboard.terminal.lines) === undefined)
    checker.note('pane', `the page of ${name} does not name it`);
  await dashboard.press(keys);
  // From a tab of the container Escape goes back to its page first.
  for (let i = 0; i < TABS.length && listedScreen(dashboard.terminal.lines) === undefined; i += 1)
    await dashboard.press(ESCAPE);
}

async function openTabs(dashboard: WatchedDashboard, tab: string): Promise<void> {
  await dashboard.press(tab);
  await dashboard.press(oneOf(TABS));
  await dashboard.settled(LIST_MS);
  await dashboard.press('1');
}

async function filter(dashboard: WatchedDashboard, text: string): Promise<void> {
  await dashboard.press(`\\name~${text}${ENTER}`);
  await dashboard.settled(LIST_MS);
  await dashboard.press(`\\\x15${ENTER}`);
}

async function search(dashboard: WatchedDashboard, end: string): Promise<void> {
  await dashboard.press(`/${oneOf(['0', '5', '9'])}${oneOf(['0', '3', '7'])}-`);
  await dashboard.press(end);
}

/** Of any tab, and while nothing new is sampled. */
async function redraw(dashboard: WatchedDashboard, checker: ScreenChecker, tab: string): Promise<void> {
  await dashboard.press(tab);
  await dashboard.settled(LIST_MS);
  await dashboard.press(' ');
  await dashboard.settled(LIST_MS);
  const before = dashboard.snapshot();
  await dashboard.redraw();
  const after = dashboard.snapshot();
  const cell = before.findIndex(({ looks }, i) => looks !== after[i]?.looks);
  checker.redraws += 1;
  if (cell !== -1) checker.note('redraw', `${described(before[cell])} became ${described(after[cell])}`);
  await dashboard.press(' ');
  await dashboard.press('1');
}

function described(cell: Snapshot | undefined): string {
  return cell === undefined ? 'nothing' : `${cell.looks} at ${cell.row},${cell.column} in "${cell.line}"`;
}

function oneOf<T>(choices: readonly T[]): T {
  const chosen = choices[Math.floor(Math.random() * choices.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}
