import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DetachKeys,
  parseDetachKeys,
  USUAL_DETACH_KEYS,
} from '../../../../src/actions/terminal/detach-keys.ts';
import { TerminalModes } from '../../../../src/actions/terminal/modes.ts';
import { FORWARDED_SIGNALS } from '../../../../src/actions/terminal/signals.ts';

describe('names of keys', () => {
  it.each<[string, number[] | undefined]>([
    [USUAL_DETACH_KEYS, [0x10, 0x11]],
    ['ctrl-a', [1]],
    ['Ctrl-Z,d', [26, 0x64]],
    ['ctrl-@', [0]],
    ['ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_', [27, 28, 29, 30, 31]],
    ['~,.', [0x7e, 0x2e]],
    ['', undefined],
  ])('%s', (text, keys) => {
    const parsed = parseDetachKeys(text);
    expect(parsed === undefined ? undefined : [...parsed]).toEqual(keys);
  });

  it.each(['ctrl-', 'ctrl-1', 'ab', 'a,', 'ü', ' ', 'ctrl-p ctrl-q'])('%j is none', (text) => {
    expect(() => parseDetachKeys(text)).toThrow(RangeError);
  });
});

describe('keys that are looked for', () => {
  const take = (keys: string, typed: readonly string[]) => {
    const looking = new DetachKeys(parseDetachKeys(keys) ?? new Uint8Array());
    let forward = '';
    for (const each of typed) {
      const taken = looking.take(Buffer.from(each, 'latin1'));
      forward += Buffer.from(taken.forward).toString('latin1');
      if (taken.isDetached) return `${forward}|`;
    }
    return forward;
  };
  it.each<[string, string[], string]>([
    [USUAL_DETACH_KEYS, ['ab\x10\x11cd'], 'ab|'],
    [USUAL_DETACH_KEYS, ['ab\x10', '\x11'], 'ab|'],
    [USUAL_DETACH_KEYS, ['\x10', 'x'], '\x10x'],
    [USUAL_DETACH_KEYS, ['\x10', '\x10', '\x10', 'x'], '\x10\x10\x10x'],
    [USUAL_DETACH_KEYS, ['\x10', '\x10', '\x11'], '\x10|'],
    [USUAL_DETACH_KEYS, ['\x11\x10'], '\x11'],
    ['a,a,b', ['aaa', 'b'], 'a|'],
    ['a,b,a,c', ['aba', 'bac'], 'ab|'],
    ['x', ['x'], '|'],
  ])('%s in %j', (keys, typed, forwarded) => expect(take(keys, typed)).toBe(forwarded));

  it('nothing is lost or turned round, however it is cut', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 20 })
      .map((letters) => letters.join(''));
    fc.assert(
      fc.property(fc.array(text), (typed) => {
        const all = typed.join('');
        const at = all.indexOf('aab');
        const got = take('a,a,b', typed);
        if (at !== -1) expect(got).toBe(`${all.slice(0, at)}|`);
        else expect(all.startsWith(got) && 'aab'.startsWith(all.slice(got.length))).toBe(true);
      }),
    );
  });
});

describe('what a program leaves switched on', () => {
  it.each<[string, string[], string]>([
    ['nothing', ['text \x1b[31mred\x1b[m'], ''],
    ['the second screen and a hidden cursor', ['\x1b[?1049h\x1b[?25l'], '\x1b[?1049l\x1b[?25h\x1b[m'],
    ['switched off again', ['\x1b[?1049h\x1b[?25l', 'x', '\x1b[?25h\x1b[?1049l'], ''],
    ['several in one', ['\x1b[?1000;1006h'], '\x1b[?1000l\x1b[?1006l\x1b[m'],
    ['cut anywhere', ['a\x1b', '[?10', '49', 'h', 'x'], '\x1b[?1049l\x1b[m'],
    ['cut before its end by text', ['\x1b[?10', 'x49h'], ''],
    ['wrapping, which is usually on', ['\x1b[?7l\x1b[?7h'], ''],
    ['the keypad', ['\x1b=', '\x1b>', '\x1b='], '\x1b>\x1b[m'],
    ['a full reset', ['\x1b[?1049h\x1bc'], ''],
  ])('%s', (_, written, undo) => {
    const modes = new TerminalModes();
    for (const each of written) modes.see(Buffer.from(each));
    expect(modes.undo()).toBe(undo);
    expect(modes.undo()).toBe('');
  });

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (pieces) => {
        const modes = new TerminalModes();
        for (const piece of pieces) modes.see(piece);
        expect(typeof modes.undo()).toBe('string');
      }),
    );
  });
});

it('signals about Porthole itself are not for the command', () => {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'])
    expect(FORWARDED_SIGNALS).toContain(name);
  for (const name of ['SIGKILL', 'SIGSTOP', 'SIGCHLD', 'SIGPIPE', 'SIGSEGV', 'SIGWINCH', 'SIGPROF'])
    expect(FORWARDED_SIGNALS).not.toContain(name);
});
