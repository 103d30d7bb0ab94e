/** Every key of the key table in a real terminal, each by what it does to the screen (test/unit/tui/key-cases.ts). */
import { expect, it } from 'vitest';
import { KEY_TABLE } from '../../tui/keys.ts';
import type { TestTerminal } from '../terminal.ts';
import { expectRestored, startHarness, useHarness } from '../unit/tui/in-terminal.ts';
import { KEY_CASES, type KeyCase } from '../unit/tui/key-cases.ts';
import { bytesOf } from '../unit/tui/keystrokes.ts';

useHarness();

const KEYS = KEY_TABLE.flatMap(({ keys, command, does }) => keys.map((key) => [key, command, does] as const));

it.each(KEYS)('%s: %s (%s)', async (key, command) => {
  const wanted = KEY_CASES[command];
  const terminal = await prepared(wanted);
  const written = terminal.output.length;
  send(terminal, [key, ...(wanted.after ?? [])]);
  if (wanted.ends === true) {
    expect((await terminal.exited).exitCode).toBe(0);
    return expectRestored(terminal);
  }
  const { shows = [], hides = [] } = wanted;
  const shown = (text: string) =>
    shows.every((each) => has(text, each)) && !hides.some((each) => has(text, each));
  await terminal.waitForScreen(shown, `${shows.join(', ')} without ${hides.join(', ')}`);
  if (wanted.drawsAnew === true) {
    const anew = () => terminal.output.slice(written).includes('porthole');
    await terminal.waitFor(anew, 'the whole screen to be written again');
  }
});

it('q goes one step back before it quits', async () => {
  const terminal = await prepared(KEY_CASES.back);
  send(terminal, ['q']);
  await terminal.waitForText('WHY▾');
});

async function prepared({ args, options, from = '▌!checkout-api', before = [] }: KeyCase) {
  const terminal = startHarness(args, options);
  await terminal.waitForText(from);
  for (const [keys, shows] of before) {
    send(terminal, keys);
    await terminal.waitForText(shows);
  }
  return terminal;
}

function send(terminal: TestTerminal, keys: readonly string[]): void {
  terminal.type(keys.map(bytesOf).join(''));
}

function has(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
}
