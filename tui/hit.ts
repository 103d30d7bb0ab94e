/** From a place on the screen to what stands there: the way back from a drawn frame to what a mouse press means. Pure. */
import { displayWidth } from '../src/model/width.ts';
import type { Click, ScreenLine } from './screen-line.ts';

/** `column` and `row` count from 0, in terminal cells: both cells of a wide character belong to its span. */
export function clickAt(lines: readonly ScreenLine[], column: number, row: number): Click | undefined {
  if (column < 0) return undefined;
  let end = 0;
  for (const span of lines[row] ?? []) {
    end += displayWidth(span.text);
    if (column < end) return span.click;
  }
  return undefined;
}
