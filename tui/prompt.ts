/** The one-line editor behind search and filter. Pure. */
import type { Key } from './key.ts';
import type { Prompt } from './state.ts';

/** More than any expression needs; a paste of a file does not end up in the line. */
const LONGEST = 1000;

/** The prompt after an editing key, or undefined when the key does not edit. */
export function edit(prompt: Prompt, key: Key): Prompt | undefined {
  const { text, cursor } = prompt;
  const before = text.slice(0, cursor);
  const after = text.slice(cursor);
  const make = (left: string, right: string): Prompt => ({
    ...prompt,
    text: left + right,
    cursor: left.length,
  });
  switch (key.name) {
    case 'left':
    case 'C-b':
      return { ...prompt, cursor: cursor - lastCharacter(before).length };
    case 'right':
    case 'C-f':
      return { ...prompt, cursor: cursor + firstCharacter(after).length };
    case 'home':
    case 'C-a':
      return { ...prompt, cursor: 0 };
    case 'end':
    case 'C-e':
      return { ...prompt, cursor: text.length };
    case 'backspace':
      return make(before.slice(0, before.length - lastCharacter(before).length), after);
    case 'delete':
    case 'C-d':
      return make(before, after.slice(firstCharacter(after).length));
    case 'C-u':
      return make('', after);
    case 'C-k':
      return make(before, '');
    case 'C-w':
      return make(before.replace(/\S*\s*$/, ''), after);
    default:
      if (key.text === undefined) return undefined;
      return text.length + key.text.length > LONGEST ? prompt : make(before + key.text, after);
  }
}

/** What stands before, under and after the cursor. */
export function aroundCursor({ text, cursor }: Prompt): readonly [string, string, string] {
  const under = firstCharacter(text.slice(cursor));
  return [text.slice(0, cursor), under === '' ? ' ' : under, text.slice(cursor + under.length)];
}

function firstCharacter(text: string): string {
  const code = text.codePointAt(0);
  return code === undefined ? '' : String.fromCodePoint(code);
}

function lastCharacter(text: string): string {
  return [...text.slice(-2)].at(-1) ?? '';
}
