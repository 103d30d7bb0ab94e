/** Keys and the mouse as a terminal (xterm) sends them. */
import type { TestTerminal } from '../../terminal.ts';

const SEQUENCES: Readonly<Record<string, string>> = {
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  home: '\x1b[H',
  end: '\x1b[F',
  pageup: '\x1b[5~',
  pagedown: '\x1b[6~',
  delete: '\x1b[3~',
  f1: '\x1bOP',
  f2: '\x1bOQ',
  f3: '\x1bOR',
  f4: '\x1bOS',
  f5: '\x1b[15~',
  f6: '\x1b[17~',
  f7: '\x1b[18~',
  f8: '\x1b[19~',
  f9: '\x1b[20~',
  f10: '\x1b[21~',
  enter: '\r',
  escape: '\x1b',
  space: ' ',
  tab: '\t',
  'S-tab': '\x1b[Z',
  backspace: '\x7f',
};

/** What a key of the key table sends. */
export function bytesOf(key: string): string {
  const sequence = SEQUENCES[key];
  if (sequence !== undefined) return sequence;
  if (key.startsWith('C-')) return String.fromCharCode(key.toUpperCase().charCodeAt(2) & 0x1f);
  if ([...key].length !== 1) throw new Error(`no terminal sends ${key} that we know of`);
  return key;
}

export interface Spot {
  readonly column: number;
  readonly row: number;
}

/** The cell in which `text` begins, on the first line that has it from `fromRow` on. */
export function spotOf(terminal: TestTerminal, text: string, fromRow = 0): Spot {
  const row = terminal.lines.findIndex((line, i) => i >= fromRow && line.includes(text));
  if (row === -1) throw new Error(`no ${text} on the screen:\n${terminal.text}`);
  for (let column = 0; column < terminal.columns; column += 1) {
    if (terminal.textFrom(row, column).startsWith(text)) return { column, row };
  }
  throw new Error(`${text} does not begin in a cell of its own`);
}

export function click(terminal: TestTerminal, { column, row }: Spot): void {
  const place = `${column + 1};${row + 1}`;
  terminal.type(`\x1b[<0;${place}M\x1b[<0;${place}m`);
}

export function doubleClick(terminal: TestTerminal, spot: Spot): void {
  click(terminal, spot);
  click(terminal, spot);
}

export function wheel(terminal: TestTerminal, direction: 'up' | 'down', { column, row }: Spot): void {
  terminal.type(`\x1b[<${direction === 'up' ? 64 : 65};${column + 1};${row + 1}M`);
}
