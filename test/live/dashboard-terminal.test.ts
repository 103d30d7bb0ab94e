/** The dashboard on the terminals that people have: old, slow, without colours, without Unicode; its mouse; its ways out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestTerminal } from '../terminal.ts';
import {
  childOf,
  expectRestored,
  expectSameModes,
  startHarness,
  startInShell,
  startProgram,
  useHarness,
} from '../unit/tui/in-terminal.ts';

useHarness();

/** Nobody's settings. */
let settings = '';
beforeAll(() => {
  settings = mkdtempSync(join(tmpdir(), 'porthole-settings-'));
});
afterAll(() => rmSync(settings, { recursive: true, force: true }));

/** The built program on a terminal of which nothing but `env` tells what it can. */
function startOn(env: Readonly<Record<string, string>>): Promise<TestTerminal> {
  const unset = { NO_COLOR: '', COLORTERM: '', TMUX: '', STY: '', LC_ALL: '', LC_CTYPE: '' };
  return startProgram(['top', '-d', '0.5'], {
    columns: 100,
    rows: 30,
    env: { ...unset, XDG_CONFIG_HOME: settings, ...env },
  });
}

const KEYS_SEEN = /F1 ?Help/;
const HELP_SEEN = 'one row up';
/** What a VT100 knows: place, clear, erase, attributes and colours, "are you well?", keypad; and private modes, by number. */
const SEQUENCES =
  /\x1b(?:\[\d+;\d+H|\[H|\[2J|\[K|\[[\d;]*m|\[5n|>|\[\?(?:1|7|25|1000|1002|1003|1006|1049|2004|2026)[hl])/g;
const COLOURS = /\x1b\[(?:\d+;)*(?:[349]\d|38;[25];[\d;]+)(?:;\d+)*m/;

/** Everything that was written, without the sequences that any terminal knows or ignores. */
function beyondSequences(terminal: TestTerminal): string {
  return terminal.output.replace(SEQUENCES, '');
}

describe('terminals', () => {
  it.each<readonly [string, { readonly colour: RegExp | undefined; readonly f1: string }]>([
    ['linux', { colour: /\x1b\[0;2m/, f1: '\x1b[[A' }],
    ['screen', { colour: /\x1b\[0;2m/, f1: '\x1bOP' }],
    ['xterm', { colour: /\x1b\[0;2m/, f1: '\x1bOP' }],
    ['tmux-256color', { colour: /;38;5;\d/, f1: '\x1bOP' }],
    ['xterm-256color', { colour: /;38;5;\d/, f1: '\x1bOP' }],
    ['xterm-direct', { colour: /;38;2;\d+;\d+;\d/, f1: '\x1bOP' }],
    ['rxvt', { colour: /\x1b\[0;2m/, f1: '\x1b[11~' }],
    ['vt100', { colour: undefined, f1: '\x1bOP' }],
  ])('%s', async (term, { colour, f1 }) => {
    const terminal = await startOn({ TERM: term, LANG: 'C.UTF-8' });
    await terminal.waitForScreen((text) => KEYS_SEEN.test(text), 'the keys');
    expect(terminal.onAlternateScreen).toBe(true);
    terminal.type(f1);
    await terminal.waitForText(HELP_SEEN);
    terminal.type('q');
    await terminal.waitForScreen((text) => KEYS_SEEN.test(text) && !text.includes(HELP_SEEN), 'the list');
    terminal.type('q');
    expect((await terminal.exited).exitCode).toBe(0);
    expectRestored(terminal);
    expect(beyondSequences(terminal)).not.toMatch(/[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]/);
    if (colour === undefined) expect(terminal.output).not.toMatch(COLOURS);
    else expect(terminal.output).toMatch(colour);
  });

  it('the Linux console gets only what is in its font', async () => {
    const terminal = await startOn({ TERM: 'linux', LANG: 'C.UTF-8' });
    await terminal.waitForText('WHY▼');
    expect(terminal.text).not.toMatch(/[▁▂▃▅▆▇▾▴▸–…\u2800-\u28ff]/);
  });

  it('NO_COLOR=1 has no colour, and still shows what is selected', async () => {
    const terminal = await startOn({ TERM: 'xterm-256color', COLORTERM: 'truecolor', NO_COLOR: '1' });
    await terminal.waitForScreen((text) => KEYS_SEEN.test(text), 'the keys');
    terminal.type('q');
    await terminal.exited;
    expect(terminal.output).not.toMatch(COLOURS);
    expect(terminal.output).toContain('\x1b[0;7m');
  });

  it('TERM=dumb says so and prints ps', async () => {
    const terminal = await startOn({ TERM: 'dumb', LANG: 'C' });
    expect((await terminal.exited).exitCode).toBe(0);
    expect(terminal.output).toContain('TERM=dumb cannot draw a screen');
    expect(terminal.output).toContain('printing ps once instead of the dashboard');
    expect(terminal.output).toMatch(/^NAME +RUNTIME/m);
    expect(terminal.output).toMatch(/^[\x20-\x7e\r\n]*$/);
  });

  it('one with a single screen keeps nothing of ours', async () => {
    const terminal = startHarness([], { env: { TERM: 'linux' }, secondScreen: false });
    await terminal.waitForText('checkout-api');
    terminal.type('q');
    await terminal.exited;
    await terminal.waitForText('ended 0, listeners left 0');
    expect(terminal.text.trim()).toBe('ended 0, listeners left 0');
  });

  it('one that answers no questions is asked three times, and shows every frame', async () => {
    const terminal = startHarness(['--count', '50', '--interval', '50'], { answers: false });
    await terminal.waitForText('checkout-api');
    expect(await answeredAfterMs(terminal, 'M', 'MEM▾')).toBeLessThan(1000);
    expect(await answeredAfterMs(terminal, 'N', 'NAME▾')).toBeLessThan(1000);
    expect(terminal.output.split('\x1b[5n').length - 1).toBe(3);
    terminal.type('q');
    await terminal.exited;
    expectRestored(terminal);
  });
});

describe('locales', () => {
  it.each<readonly [string, Readonly<Record<string, string>>, boolean]>([
    ['LANG=C', { LANG: 'C' }, true],
    ['LANG=C.UTF-8', { LANG: 'C.UTF-8' }, false],
    ['no locale at all', { LANG: '' }, true],
    ['LC_ALL empty', { LANG: 'C.UTF-8', LC_ALL: '' }, false],
    ['LC_ALL=C over LANG', { LANG: 'C.UTF-8', LC_ALL: 'C' }, true],
    ['LC_ALL=POSIX', { LANG: 'C.UTF-8', LC_ALL: 'POSIX' }, true],
  ])('%s', async (_name, env, ascii) => {
    const terminal = await startOn({ TERM: 'xterm', ...env });
    await terminal.waitForScreen((text) => KEYS_SEEN.test(text), 'the keys');
    terminal.type('?');
    await terminal.waitForText(HELP_SEEN);
    const written = beyondSequences(terminal);
    if (ascii) expect(written).toMatch(/^[\x20-\x7e\r\n]*$/);
    else expect(written).toContain('▾');
  });
});

async function answeredAfterMs(terminal: TestTerminal, keys: string, seen: string): Promise<number> {
  const before = performance.now();
  terminal.type(keys);
  await terminal.waitForText(seen);
  return performance.now() - before;
}

const BYTES_PER_MS = 10;

describe('a line of 10 kB/s', () => {
  // A key waits for the piece before it, at most 4 kB, and for the rows before its own: these are a whole screen while the
  // first one is still on its way, and where all rows change all the time.
  it.each<readonly [string, number, number, readonly string[], number]>([
    ['numbers change', 120, 40, ['--interval', '1000'], 1000],
    ['numbers change', 200, 60, ['--interval', '1000'], 2000],
    ['numbers change fast', 120, 40, ['--interval', '250'], 1000],
    ['everything changes fast', 120, 40, ['--interval', '250', '--churn'], 1000],
    ['everything changes as fast as can be', 200, 60, ['--interval', '20', '--churn'], 2500],
  ])('%s on %ix%i: keys are answered, nothing queues', async (_name, columns, rows, how, withinMs) => {
    const terminal = startHarness(['--count', '1000', ...how], {
      columns,
      rows,
      bytesPerSecond: 1000 * BYTES_PER_MS,
    });
    await terminal.waitForText('c-1');
    for (const [key, seen] of [
      ['M', 'MEM▾'],
      ['P', 'CPU%▾'],
      ['N', 'NAME▾'],
      ['M', 'MEM▾'],
    ] as const) {
      const before = terminal.output.length;
      // By what the line carried meanwhile: a busy host makes the line of this test slower than it says.
      expect(await answeredAfterMs(terminal, key, seen)).toBeLessThan(3 * withinMs);
      const carried = Buffer.byteLength(terminal.output.slice(before));
      expect(carried / BYTES_PER_MS).toBeLessThan(withinMs);
    }
    // One piece of 4 kB, and what a row is longer than the rest of it.
    expect(terminal.mostBytesOnLine).toBeLessThan(6000);
    terminal.type('q');
    await terminal.waitFor(() => !terminal.onAlternateScreen, 'the first screen');
    expectRestored(terminal);
  });

  it('leaves no answer to the shell', async () => {
    const terminal = await startInShell({ bytesPerSecond: 1000 * BYTES_PER_MS });
    terminal.type('MPNMPq');
    await terminal.waitForText('status:0:');
    terminal.type('echo and""on\r');
    await terminal.waitForText('andon');
    expect(terminal.text).not.toMatch(/\[0n/);
    expect(terminal.text).toMatch(/^shell> echo and""on$/m);
    expectSameModes();
  });
});

const press = (column: number, row: number): string =>
  `\x1b[<0;${column + 1};${row + 1}M\x1b[<0;${column + 1};${row + 1}m`;

function rowOf(terminal: TestTerminal, text: string): number {
  const row = terminal.lines.findIndex((line) => line.includes(text));
  if (row < 0) throw new Error(`no ${text} on the screen:\n${terminal.text}`);
  return row;
}

describe('the mouse', () => {
  it('selects rows, whole, in pieces and in a flood', async () => {
    const terminal = startHarness([], { columns: 120, rows: 40 });
    await terminal.waitForText('▌!checkout-api');
    expect(terminal.modes.mouseTrackingMode).toBe('vt200');
    terminal.type(press(5, rowOf(terminal, 'ingress')));
    await terminal.waitForText('▌ ingress');
    const report = press(5, rowOf(terminal, 'batch-7'));
    terminal.type(report.slice(0, 5));
    terminal.type(report.slice(5));
    await terminal.waitForText('▌▲batch-7');
    terminal.type('\x1b[<65;5;7M'.repeat(3000));
    terminal.type('\x1b[<64;5;7M'.repeat(3000));
    terminal.type(press(5, rowOf(terminal, 'ingress')));
    await terminal.waitForText('▌ ingress');
    terminal.type('\x1b[I\x1b[O\x1b[200~\x1b[201~\x1b[M !!\x1b[<0;5\x1b[<0;999999;1Mg');
    await terminal.waitForText('▌!checkout-api');
  });
});

describe('ways out with the mouse on', () => {
  it.each<readonly [string, (terminal: TestTerminal) => void, number]>([
    ['q', (terminal) => terminal.type('q'), 0],
    ['SIGHUP', (terminal) => terminal.signal('SIGHUP', childOf(terminal.pid)), 129],
    ['SIGTERM', (terminal) => terminal.signal('SIGTERM', childOf(terminal.pid)), 143],
    ['an exception', (terminal) => terminal.signal('SIGUSR2', childOf(terminal.pid)), 1],
  ])('%s gives it back', async (_name, leave, status) => {
    const terminal = await startInShell();
    expect(terminal.modes.mouseTrackingMode).toBe('vt200');
    leave(terminal);
    await terminal.waitForText(`status:${status}:`);
    expectRestored(terminal);
    expectSameModes();
  });

  it('process.exit() too', async () => {
    const terminal = startHarness(['--fail', 'exit']);
    await terminal.waitForText('checkout-api');
    expect(terminal.modes.mouseTrackingMode).toBe('vt200');
    terminal.signal('SIGUSR2');
    expect((await terminal.exited).exitCode).toBe(7);
    expectRestored(terminal);
  });

  it('Ctrl-Z gives it to the shell, fg takes it again', async () => {
    const terminal = await startInShell();
    terminal.type('\x1a');
    await terminal.waitForText('status:148:');
    await terminal.waitFor(() => !terminal.onAlternateScreen, 'the first screen');
    expectRestored(terminal);
    expectSameModes();
    terminal.type('fg\r');
    await terminal.waitForText('▌!checkout-api');
    expect(terminal.modes.mouseTrackingMode).toBe('vt200');
    terminal.type('q');
    await terminal.waitFor(() => !terminal.onAlternateScreen, 'the first screen');
    expectRestored(terminal);
  });

  it('a closed terminal ends it', async () => {
    const terminal = startHarness();
    await terminal.waitForText('checkout-api');
    expect(terminal.modes.mouseTrackingMode).toBe('vt200');
    terminal.closeTerminal();
    await terminal.waitForEnd(terminal.pid);
  });
});
