import { describe, expect, it } from 'vitest';
import { aroundCursor, edit } from '../../../tui/prompt.ts';
import type { Prompt } from '../../../tui/state.ts';
import { keyNamed } from './screen-text.ts';

const start: Prompt = {
  kind: 'search',
  text: '',
  cursor: 0,
  originKey: undefined,
  originLine: { scroll: 0, foundLine: undefined },
};

function typed(...names: readonly string[]): Prompt {
  return names.reduce((prompt, name) => edit(prompt, keyNamed(name)) ?? prompt, start);
}

/** The cursor as `|`. */
function shown({ text, cursor }: Prompt): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

describe('editing', () => {
  it.each([
    [['a', 'b'], 'ab|'],
    [['a', 'b', 'left', 'x'], 'ax|b'],
    [['a', '🚀', 'left', 'x'], 'ax|🚀'],
    [['🚀', 'backspace'], '|'],
    [['a', 'b', 'home', 'delete'], '|b'],
    [['a', 'b', 'C-a', 'right', 'C-k'], 'a|'],
    [['a', 'b', 'left', 'C-u'], '|b'],
    [[...'one two', 'C-w'], 'one |'],
    [['a', 'C-a', 'C-e', 'left', 'left', 'left'], '|a'],
    [['backspace', 'delete', 'right'], '|'],
    [['a', 'f7', 'pageup'], 'a|'],
  ])('%j gives %s', (names, expected) => {
    expect(shown(typed(...names))).toBe(expected);
  });

  it('stops at a length no expression needs', () => {
    expect(typed(...'x'.repeat(1200)).text.length).toBe(1000);
  });
});

it('shows the character under the cursor, or a blank at the end', () => {
  expect(aroundCursor({ ...start, text: 'a🚀b', cursor: 1 })).toEqual(['a', '🚀', 'b']);
  expect(aroundCursor({ ...start, text: 'ab', cursor: 2 })).toEqual(['ab', ' ', '']);
});
