// The dashboard in a real terminal, on one container, and how to find one's way in its menus.
import { buildOnce } from '../../src/build/bundle.mjs';
import { TestTerminal } from '../terminal.ts';

export const KEYS = {
  f2: '\x1bOQ',
  f4: '\x1bOS',
  f5: '\x1b[15~',
  f7: '\x1b[18~',
  f8: '\x1b[19~',
  f9: '\x1b[20~',
  down: '\x1b[B',
  shiftTab: '\x1b[Z',
};

/** The container that is selected in the list. */
const selected = new WeakMap<TestTerminal, string>();

/** Whatever else is on this host comes and goes, so nothing but `name` is shown, and it is selected. */
export async function dashboardOn(
  name: string,
  env: Readonly<Record<string, string>> = {},
  size = { columns: 120, rows: 40 },
): Promise<TestTerminal> {
  const args = [await buildOnce(), 'top', '-d', '0.2'];
  const screen = TestTerminal.start(process.execPath, args, { ...size, env });
  selected.set(screen, name);
  await screen.waitForText('NAME ');
  screen.type(KEYS.f4);
  await screen.waitForText('Filter:');
  screen.type(`name=${name}\r`);
  await screen.waitForScreen((text) => new RegExp(`^▌.?${name} `, 'm').test(text), `${name} to be selected`);
  return screen;
}

/** What the mark of the lowest menu or form stands at. */
function chosenIn({ lines }: TestTerminal): string {
  const marked = lines.findLast((line) => line.startsWith('▌ ')) ?? '';
  return marked
    .slice(2)
    .trim()
    .replace(/ {2,}.*$/, '');
}

/** Down to the line that begins so, wherever it stands. */
export async function goTo(screen: TestTerminal, label: string): Promise<void> {
  // Half a frame may have no mark yet but that of the list.
  const listed = selected.get(screen) ?? '';
  const isInList = () => chosenIn(screen).startsWith(listed);
  const isAnother = (before: string) => !isInList() && chosenIn(screen) !== before;
  await screen.waitForScreen(() => !isInList(), 'a menu or a form');
  for (let before = chosenIn(screen); before !== label; before = chosenIn(screen)) {
    screen.type(KEYS.down);
    await screen.waitForScreen(() => isAnother(before), `another line than ${before}`);
  }
}

/** From the list into the menu, and what is chosen there, one menu after another. */
export async function chooseFromMenu(screen: TestTerminal, ...labels: readonly string[]): Promise<void> {
  screen.type(KEYS.f9);
  for (const label of labels) {
    await screen.waitForScreen(
      (text) => text.split('\n').some((line) => line.slice(2).startsWith(label)),
      `${label} in the menu`,
    );
    await goTo(screen, label);
    screen.type('\r');
  }
}

/** Waits for all of it: a frame comes in pieces. Longer texts may be broken into lines. */
export function shows(screen: TestTerminal, ...wanted: readonly (string | RegExp)[]): Promise<unknown> {
  const isIn = (text: string) => (what: string | RegExp) =>
    typeof what === 'string' ? text.includes(what) : what.test(text);
  return screen.waitForScreen(
    (text) => wanted.every((what) => isIn(text)(what) || isIn(text.replace(/\s+/g, ' '))(what)),
    wanted.join(', '),
  );
}
