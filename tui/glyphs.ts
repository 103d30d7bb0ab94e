/** Marks and strokes, with their ASCII forms for LANG=C. */
import { absentMark, inheritedMark } from '../src/model/format.ts';

export interface Glyphs {
  readonly selected: string;
  readonly watch: string;
  readonly act: string;
  readonly sortDown: string;
  readonly sortUp: string;
  readonly rule: string;
  readonly separator: string;
  readonly ellipsis: string;
  readonly more: string;
  /** Between a container and what is shown of it. */
  readonly into: string;
  /** Before the number of rows that are hidden below one. */
  readonly folded: string;
  readonly inherited: string;
  readonly absent: string;
}

const UNICODE: Glyphs = {
  selected: '▌',
  watch: '▲',
  act: '!',
  sortDown: '▾',
  sortUp: '▴',
  rule: '─',
  separator: '·',
  ellipsis: '…',
  more: '…',
  into: '›',
  folded: '▸',
  inherited: inheritedMark(false),
  absent: absentMark(false),
};

const ASCII: Glyphs = {
  selected: '>',
  watch: '*',
  act: '!',
  sortDown: 'v',
  sortUp: '^',
  rule: '-',
  separator: '-',
  ellipsis: '~',
  more: '...',
  into: '>',
  folded: '+',
  inherited: inheritedMark(true),
  absent: absentMark(true),
};

export function glyphsFor(unicode: boolean): Glyphs {
  return unicode ? UNICODE : ASCII;
}
