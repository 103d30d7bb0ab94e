/** A form over the lower part of the body: a line for each field with what is, and room for what shall be. */
import { displayWidth } from '../../src/model/width.ts';
import type { FormField } from '../actions.ts';
import { type Block, type Cell, line, part } from '../blocks.ts';
import type { Form, TypedLine } from '../form.ts';
import { typedIn } from '../forms.ts';
import type { Glyphs } from '../glyphs.ts';
import { aroundCursor, endOf } from '../prompt.ts';

/** Title, names of columns, hint, keys. */
const OTHER_LINES = 4;
const MARK_WIDTH = 2;
const COLUMNS = [
  { title: 'KEY', share: 0.2, most: 16, of: ({ key }: FormField) => key },
  { title: 'SET', share: 0.17, most: 18, of: ({ own }: FormField) => own },
  { title: 'IN FORCE', share: 0.25, most: 34, of: ({ effective }: FormField) => effective },
  { title: 'USED', share: 0.13, most: 12, of: ({ used }: FormField) => used },
] as const;

interface Drawing {
  readonly glyphs: Glyphs;
  /** Of COLUMNS. */
  readonly widths: readonly number[];
  /** What is left for what is typed. */
  readonly typedWidth: number;
}

/** At most `rows` lines of `width` columns. */
export function formBlocks(form: Form, rows: number, width: number, glyphs: Glyphs): Block[] {
  const { fields, index } = form;
  const title = part(0, { text: `${form.action.label} of ${form.about.name}`, tone: 'strong' });
  if (fields === undefined)
    return [{ kind: 'rule', parts: [title] }, line({ text: `  reading${glyphs.more}` }), keys(form)];
  const room = Math.max(1, rows - OTHER_LINES);
  const top = Math.max(0, Math.min(index - Math.floor(room / 2), fields.length - room));
  const place =
    fields.length > room ? [part(2, { text: `${index + 1}/${fields.length}`, tone: 'faint' })] : [];
  const widths = COLUMNS.map(({ share, most }) => Math.min(most, Math.floor(width * share)));
  const typedWidth = width - MARK_WIDTH - widths.reduce((sum, each) => sum + each, 0);
  const on: Drawing = { glyphs, widths, typedWidth };
  return [
    { kind: 'rule', parts: [title, ...place] },
    titles(on),
    ...fields.slice(top, top + room).map((field, i) => fieldLine(form, field, top + i, on)),
    line({ text: `  ${fields[index]?.hint ?? ''}`, tone: 'faint' }),
    keys(form),
  ];
}

function titles({ widths }: Drawing): Block {
  const cells = COLUMNS.map(({ title }, i): Cell => ({ text: title, width: widths[i] ?? 0, tone: 'faint' }));
  return line({ text: '', width: MARK_WIDTH }, ...cells, { text: 'NEW', tone: 'faint' });
}

function fieldLine(form: Form, field: FormField, index: number, on: Drawing): Block {
  const selected = index === form.index;
  const click = { kind: 'menu', index } as const;
  const typed = typedIn(form, field);
  const cells: Cell[] = [
    { text: selected ? on.glyphs.selected : ' ', width: MARK_WIDTH, click },
    ...COLUMNS.map(({ of }, i): Cell => ({ text: `${of(field)} `, width: on.widths[i] ?? 0, click })),
    ...(selected ? editedCells(typed, on) : [{ text: typed.text, tone: 'strong' as const, click }]),
  ];
  return { kind: 'cells', cells, selected };
}

function editedCells(typed: TypedLine, { typedWidth, glyphs }: Drawing): Cell[] {
  const [before, under, after] = aroundCursor(typed);
  const shown = endOf(before, typedWidth - displayWidth(under), glyphs.ellipsis);
  return [
    { text: shown, tone: 'strong' },
    { text: under, tone: 'cursor' },
    { text: after, tone: 'strong' },
  ];
}

function keys({ isPlanning }: Form): Block {
  const text = isPlanning ? 'looking at it' : 'type new values  Enter says what would be written  Esc leaves';
  return { kind: 'rule', parts: [part(0, { text, tone: 'faint' })] };
}
