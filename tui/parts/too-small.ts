/** What a terminal too small for any table shows. */
import { type Block, line } from '../blocks.ts';
import { SMALLEST } from '../layout.ts';
import type { Size } from '../screen-line.ts';

export function tooSmall(size: Size): Block[] {
  return [
    line({ text: 'This terminal is too small.', tone: 'strong' }),
    line({ text: `needed ${SMALLEST.columns}x${SMALLEST.rows}, is ${size.columns}x${size.rows}` }),
    line({ text: 'Enlarge it, or q to quit.' }),
  ];
}
