/** Text in lines of at most `width` columns: broken at spaces where there are any, inside a word where there are none. */
import { displayWidth, graphemesOf, isSingle } from '../src/model/width.ts';

export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    const joined = current === '' ? word : `${current} ${word}`;
    if (displayWidth(joined) <= width) {
      current = joined;
      continue;
    }
    if (current !== '') lines.push(current);
    const pieces = chop(word, width);
    lines.push(...pieces.slice(0, -1));
    current = pieces.at(-1) ?? '';
  }
  return [...lines, current];
}

function chop(word: string, width: number): string[] {
  const pieces: string[] = [];
  if (isSingle(word)) {
    for (let from = 0; from < word.length; from += width) pieces.push(word.slice(from, from + width));
    return pieces;
  }
  let piece = '';
  for (const { segment } of graphemesOf(word)) {
    if (piece !== '' && displayWidth(piece + segment) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += segment;
  }
  return [...pieces, piece];
}
