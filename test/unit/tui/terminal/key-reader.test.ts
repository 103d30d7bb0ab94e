import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Key } from '../../../../tui/key.ts';
import type { MouseEvent } from '../../../../tui/mouse.ts';
import { KeyReader, type RawInput } from '../../../../tui/terminal/key-reader.ts';

class FakeInput extends EventEmitter implements RawInput {
  raw = false;
  flowing = false;
  setRawMode(raw: boolean): void {
    this.raw = raw;
  }
  resume(): void {
    this.flowing = true;
  }
  pause(): void {
    this.flowing = false;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Seen {
  readonly keys: Key[];
  readonly mouse: MouseEvent[];
  answers: number;
}

/** What comes of `chunks` when they come as fast as they can; of a number, when so many milliseconds pass. */
function readAll(chunks: readonly (string | Buffer | number)[]): Seen {
  const input = new FakeInput();
  const seen: Seen = { keys: [], mouse: [], answers: 0 };
  const reader = new KeyReader(
    input,
    {
      onKey: (key) => seen.keys.push(key),
      onMouse: (event) => seen.mouse.push(event),
      onAnswer: () => {
        seen.answers += 1;
      },
    },
    () => Date.now(),
  );
  reader.start();
  for (const chunk of chunks) {
    if (typeof chunk === 'number') vi.advanceTimersByTime(chunk);
    else input.emit('data', Buffer.from(chunk));
  }
  vi.runAllTimers();
  reader.stop();
  reader.destroy();
  return seen;
}

function read(...chunks: readonly (string | Buffer | number)[]): Key[] {
  return readAll(chunks).keys;
}

const rocket = Buffer.from('🚀');

describe('pasted text', () => {
  const seenIn = (chunks: Parameters<typeof readAll>[0]) =>
    readAll(chunks).keys.map(({ name, isPasted }) => (isPasted === true ? `pasted ${name}` : name));

  it.each([
    ['is told from what is typed', ['a\x1b[200~q\x1b[201~b'], ['a', 'pasted q', 'b']],
    ['in pieces', ['\x1b[20', '0~q', 500, 'u\x1b[2', '01~b'], ['pasted q', 'pasted u', 'b']],
    ['of several lines is one', ['\x1b[200~a\rb\tc\x1b[201~'], ['pasted a', 'pasted b', 'pasted c']],
    ['of wide characters', ['\x1b[200~数🚀\x1b[201~'], ['pasted 数', 'pasted 🚀']],
    ['whose end got lost ends by itself', ['\x1b[200~q', 1500, 'q'], ['pasted q', 'q']],
  ])('%s', (_name, chunks, expected) => {
    expect(seenIn(chunks)).toEqual(expected);
  });
});

describe('keys', () => {
  it.each([
    ['letters', ['aG/'], ['a', 'G', '/']],
    ['blank', [' '], ['space']],
    ['enter', ['\r'], ['enter']],
    ['line feed', ['\n'], ['enter']],
    ['arrows', ['\x1b[A\x1b[B\x1bOC\x1bOD'], ['up', 'down', 'right', 'left']],
    ['paging', ['\x1b[5~\x1b[6~\x1b[H\x1b[F'], ['pageup', 'pagedown', 'home', 'end']],
    ['home and end of vt and rxvt', ['\x1b[1~\x1b[4~\x1b[7~\x1b[8~'], ['home', 'end', 'home', 'end']],
    ['F1 to F4 of xterm', ['\x1bOP\x1bOQ\x1bOR\x1bOS'], ['f1', 'f2', 'f3', 'f4']],
    ['F1 of the Linux console', ['\x1b[[A'], ['f1']],
    ['F5, F6, F10', ['\x1b[15~\x1b[17~\x1b[21~'], ['f5', 'f6', 'f10']],
    ['shift', ['\x1b[1;2A\x1b[Z'], ['S-up', 'S-tab']],
    ['control', ['\x03\x0c\x1a'], ['C-c', 'C-l', 'C-z']],
    ['escape', ['\x1b'], ['escape']],
    ['backspace', ['\x7f'], ['backspace']],
    ['an arrow in two pieces', ['\x1b', '[A'], ['up']],
    ['an arrow in three pieces', ['\x1b', '[', 'B'], ['down']],
    ['a key after a cut one', ['x\x1b[1', '5~y'], ['x', 'f5', 'y']],
    ['above U+FFFF', ['🚀'], ['🚀']],
    ['a cut UTF-8 character', [rocket.subarray(0, 2), rocket.subarray(2)], ['🚀']],
    ['replies of the terminal', ['\x1b[?62;22c\x1b[>0;276;0cq'], ['q']],
    ['modifyOtherKeys', ['\x1b[27;5;9~q'], ['q']],
    ['nothing', [''], []],
    ['F2 to F5 of the Linux console', ['\x1b[[B\x1b[[C\x1b[[D\x1b[[E'], ['f2', 'f3', 'f4', 'f5']],
    ['a console key in two pieces', ['\x1b[[', 'A'], ['f1']],
    ['Alt and an arrow, as rxvt sends them', ['\x1b\x1b[A'], ['up']],
    ['escape twice', ['\x1b\x1b'], ['escape', 'escape']],
    ['escape, then a letter later', ['\x1b', 60, 'j'], ['escape', 'j']],
    ['Alt with a letter that starts sequences', ['\x1bP', 60, 'j'], ['M-S-p', 'j']],
    ['a sequence whose end comes late', ['\x1b[1', 900, '5~q'], ['f5', 'q']],
    ['a sequence whose end does not come', ['\x1b[1', 1100, 'q'], ['q']],
    ['a key that nobody knows', ['\x1b[99~q'], ['q']],
    ['one with text, as kitty sends it', ['\x1b[97;5uq'], ['q']],
    ['where the cursor is', ['\x1b[24;80Rq'], ['q']],
    ['focus lost and won', ['j\x1b[Ok\x1b[Iq'], ['j', 'k', 'q']],
    ['focus lost right after Escape', ['\x1b\x1b[Oq'], ['escape', 'q']],
    ['brackets around a paste', ['\x1b[200~\x1b[201~q'], ['q']],
    ['colours, as the terminal says them', ['\x1b]11;rgb:0000/0000/0000\x1b\\q'], ['q']],
    ['the same with a bell', ['\x1b]11;rgb:00', '00/0000/0000\x07q'], ['q']],
    ['the same cut inside its end', ['\x1b]11;rgb:0000/0000/0000\x1b', '\\q'], ['q']],
    ['a version, as the terminal says it', ['\x1bP>|XTerm(390)\x1b\\q'], ['q']],
    ['what another sequence cuts short', ['\x1b[<0;5\x1b[Aq'], ['up', 'q']],
    ['what a control character cuts short', ['\x1b[<0;5\x03'], ['C-c']],
    ['more digits than a number has', [`\x1b[${'9'.repeat(300)}`, `${'9'.repeat(300)}~q`], ['q']],
    ['more text than a reply has', [`\x1b]0;${'x'.repeat(300)}`, `${'x'.repeat(300)}\x07q`], ['q']],
  ] as readonly [string, readonly (string | Buffer | number)[], readonly string[]][])(
    '%s',
    (_name, chunks, expected) => {
      expect(read(...chunks).map((key) => key.name)).toEqual(expected);
    },
  );

  it('carry the text that they type', () => {
    expect(read('a \x1b[A数')).toEqual([
      { name: 'a', text: 'a' },
      { name: 'space', text: ' ' },
      { name: 'up' },
      { name: '数', text: '数' },
    ]);
  });
});

const press = (column: number, row: number, more: object = {}) => ({
  kind: 'press',
  button: 'left',
  column,
  row,
  double: false,
  ...more,
});

describe('the mouse', () => {
  it.each<readonly [string, readonly (string | Buffer | number)[], readonly object[]]>([
    ['a press, and its release', ['\x1b[<0;5;7M\x1b[<0;5;7m'], [press(4, 6)]],
    [
      'the other buttons',
      ['\x1b[<1;1;1M\x1b[<2;2;1M'],
      [press(0, 0, { button: 'middle' }), press(1, 0, { button: 'right' })],
    ],
    ['with Shift, Alt and Ctrl', ['\x1b[<28;5;7M'], [press(4, 6)]],
    [
      'the wheel',
      ['\x1b[<64;5;7M\x1b[<65;5;7M'],
      [
        { kind: 'wheel-up', column: 4, row: 6 },
        { kind: 'wheel-down', column: 4, row: 6 },
      ],
    ],
    ['the wheel to the side', ['\x1b[<66;5;7M\x1b[<67;5;7M'], []],
    ['buttons eight and nine', ['\x1b[<128;5;7M\x1b[<129;5;7M'], []],
    ['a movement', ['\x1b[<32;5;7M\x1b[<35;5;7M'], []],
    ['beyond column 223', ['\x1b[<0;400;300M'], [press(399, 299)]],
    ['cut in two', ['\x1b[<0;5', ';7M'], [press(4, 6)]],
    ['cut in three, slowly', ['\x1b[<', 700, '0;5;', 700, '7M'], [press(4, 6)]],
    ['cut after Escape', ['\x1b', '[<0;5;7M'], [press(4, 6)]],
    ['Escape right before', ['\x1b\x1b[<0;5;7M'], [press(4, 6)]],
    ['Escape right before one of before 1006', ['\x1b\x1b[M !!'], [press(0, 0)]],
    ['cell 0', ['\x1b[<0;0;7M\x1b[<0;5;0M'], []],
    ['numbers beyond all sense', ['\x1b[<0;99999999999;7M\x1b[<99999999999;5;7M'], []],
    ['negative numbers', ['\x1b[<0;-5;7M'], []],
    ['too few numbers', ['\x1b[<0;5M\x1b[<M'], []],
    ['too many numbers', ['\x1b[<0;5;7;9M'], []],
    ['a report of before 1006', ['\x1b[M !!'], [press(0, 0)]],
    [
      'one with a byte that is no UTF-8',
      [Buffer.from([0x1b, 0x5b, 0x4d, 0x20, 0xff, 0xc3])],
      [press(222, 162)],
    ],
    ['one cut in two', ['\x1b[M ', '%q'], [press(4, 80)]],
    ['its release', ['\x1b[M#!!'], []],
    ['one of rxvt', ['\x1b[32;5;7M'], []],
    ['twice', ['\x1b[<0;5;7M', 400, '\x1b[<0;5;7M'], [press(4, 6), press(4, 6, { double: true })]],
    ['twice, slowly', ['\x1b[<0;5;7M', 401, '\x1b[<0;5;7M'], [press(4, 6), press(4, 6)]],
    ['twice on two cells', ['\x1b[<0;5;7M\x1b[<0;6;7M'], [press(4, 6), press(5, 6)]],
    ['twice with two buttons', ['\x1b[<0;5;7M\x1b[<2;5;7M'], [press(4, 6), press(4, 6, { button: 'right' })]],
    ['three times', ['\x1b[<0;5;7M'.repeat(3)], [press(4, 6), press(4, 6, { double: true }), press(4, 6)]],
  ])('%s', (_name, chunks, expected) => {
    const { keys, mouse } = readAll(chunks);
    expect(mouse).toEqual(expected);
    expect(keys.filter((key) => key.name !== 'escape')).toEqual([]);
  });

  it('leaves the keys around it alone', () => {
    const { keys, mouse } = readAll(['j\x1b[<0;5;7Mk\x1b[M !!\x1b[A']);
    expect(keys.map((key) => key.name)).toEqual(['j', 'k', 'up']);
    expect(mouse.length).toBe(2);
  });

  it('may send a flood', () => {
    const { keys, mouse } = readAll([`${'\x1b[<65;5;7M'.repeat(50_000)}q`]);
    expect(mouse.length).toBe(50_000);
    expect(keys.map((key) => key.name)).toEqual(['q']);
  });
});

it.each([
  ['in one chunk', ['\x1b\x1b[0n']],
  ['in two', ['\x1b', '\x1b[0n']],
  ['after another key', ['j\x1b', '\x1b[0', 'n']],
  ['and another key', ['\x1b\x1b[0nj']],
])('takes Escape and the answer right behind it for two things: %s', (_name, chunks) => {
  const { keys, answers } = readAll(chunks);
  const names = keys.map((key) => key.name);
  expect([answers, names.filter((name) => name !== 'j')]).toEqual([1, ['escape']]);
});

it('hears the answer of the terminal', () => {
  const { keys, answers } = readAll(['\x1b[0nj\x1b[', '0n']);
  expect([answers, keys.map((key) => key.name)]).toEqual([2, ['j']]);
});

describe('whatever comes in', () => {
  const sequences = fc.constantFrom(
    ...[
      '\x1b[<0;5;7M',
      '\x1b[<0;5;7m',
      '\x1b[M !!',
      '\x1b[I',
      '\x1b[O',
      '\x1b[200~',
      '\x1b[0n',
      '\x1b[?62;22c',
    ],
    ...[
      '\x1b]11;rgb:0/0/0\x07',
      '\x1bP1$r0m\x1b\\',
      '\x1b[97;5u',
      '\x1b[27;5;9~',
      '\x1b[15~',
      '\x1b[A',
      '\x1bOP',
    ],
  );

  it('cut anywhere it means the same', () => {
    fc.assert(
      fc.property(fc.array(sequences), fc.array(fc.nat(200)), (parts, cuts) => {
        const whole = parts.join('');
        const places = [...new Set([0, ...cuts.filter((cut) => cut < whole.length), whole.length])];
        places.sort((a, b) => a - b);
        const chunks = places.map((from, i) => whole.slice(from, places[i + 1]));
        expect(readAll(chunks)).toEqual(readAll([whole]));
      }),
    );
  });

  it('no report types anything', () => {
    fc.assert(
      fc.property(fc.array(sequences), (parts) => {
        const names = read(parts.join('')).map((key) => key.name);
        expect(names.filter((name) => !['f5', 'up', 'f1'].includes(name))).toEqual([]);
      }),
    );
  });

  it('noise harms nothing, and the next key counts', () => {
    const noise = fc.array(
      fc.oneof(sequences, fc.constantFrom('\x1b', '[', '<', ';', '9', 'M', '\xff', '\x00')),
    );
    fc.assert(
      fc.property(noise, (parts) => {
        const chunks = parts.map((part) => Buffer.from(part, 'latin1'));
        expect(read(...chunks, 2000, 'q').at(-1)?.name).toBe('q');
      }),
    );
  });
});

it('leaves no listener behind', () => {
  const before = process.listenerCount('exit');
  const input = new FakeInput();
  const reader = new KeyReader(
    input,
    { onKey: () => undefined, onMouse: () => undefined, onAnswer: () => undefined },
    () => 0,
  );
  reader.start();
  expect([input.raw, input.flowing]).toEqual([true, true]);
  reader.stop();
  reader.destroy();
  expect([input.raw, input.flowing]).toEqual([false, false]);
  expect(input.eventNames()).toEqual([]);
  expect(process.listenerCount('exit')).toBe(before);
});
