/** The one-line editor behind search, filter and forms. Pure. */
import { displayWidth } from '../src/model/width.ts';
import type { TypedLine } from './form.ts';
import type { Key } from './key.ts';

/** More than any expression needs; a paste of a file does not end up in the line. */
const LONGEST = 1000;

/** The line after an editing key, or undefined when the key does not edit. */
export function edit<T extends TypedLine>(typed: T, key: Key): T | undefined {
  const { text, cursor } = typed;
  const before = text.slice(0, cursor);
  const after = text.slice(cursor);
  const make = (left: string, right: string): T => ({
    ...typed,
    text: left + right,
    cursor: left.length,
  });
  switch (key.name) {
    case 'left':
    case 'C-b':
      return { ...typed, cursor: cursor - lastCharacter(before).length };
    case 'right':
    case 'C-f':
      return { ...typed, cursor: cursor + firstCharacter(after).length };
    case 'home':
    case 'C-a':
      return { ...typed, cursor: 0 };
    case 'end':
    case 'C-e':
      return { ...typed, cursor: text.length };
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
      return text.length + key.text.length > LONGEST ? typed : make(before + key.text, after);
  }
}

/** What stands before, under and after the cursor. */
export function aroundCursor({ text, cursor }: TypedLine): readonly [string, string, string] {
  const under = firstCharacter(text.slice(cursor));
  return [text.slice(0, cursor), under === '' ? ' ' : under, text.slice(cursor + under.length)];
}

/** The end of a text that is too long for `columns`, because that is where the cursor is. */
export function endOf(text: string, columns: number, ellipsis: string): string {
  if (displayWidth(text) <= columns) return text;
  const characters = [...text];
  while (displayWidth(ellipsis + characters.join('')) > columns && characters.length > 0) characters.shift();
  return ellipsis + characters.join('');
}

function firstCharacter(text: string): string {
  const code = text.codePointAt(0);
  return code === undefined ? '' : String.fromCodePoint(code);
}

function lastCharacter(text: string): string {
  return [...text.slice(-2)].at(-1) ?? '';
}
