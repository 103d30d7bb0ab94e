import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Key } from '../../../../tui/key.ts';
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

function read(...chunks: readonly (string | Buffer)[]): Key[] {
  const input = new FakeInput();
  const keys: Key[] = [];
  const reader = new KeyReader(input, (key) => keys.push(key));
  reader.start();
  for (const chunk of chunks) input.emit('data', Buffer.from(chunk));
  vi.runAllTimers();
  reader.stop();
  reader.destroy();
  return keys;
}

const rocket = Buffer.from('🚀');

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
  ])('%s', (_name, chunks, expected) => {
    expect(read(...chunks).map((key) => key.name)).toEqual(expected);
  });

  it('carry the text that they type', () => {
    expect(read('a \x1b[A数')).toEqual([
      { name: 'a', text: 'a' },
      { name: 'space', text: ' ' },
      { name: 'up' },
      { name: '数', text: '数' },
    ]);
  });
});

it('leaves no listener behind', () => {
  const before = process.listenerCount('exit');
  const input = new FakeInput();
  const reader = new KeyReader(input, () => undefined);
  reader.start();
  expect([input.raw, input.flowing]).toEqual([true, true]);
  reader.stop();
  reader.destroy();
  expect([input.raw, input.flowing]).toEqual([false, false]);
  expect(input.eventNames()).toEqual([]);
  expect(process.listenerCount('exit')).toBe(before);
});
