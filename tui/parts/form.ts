/** A form over the lower part of the body: a line for each field with what is, and room for what shall be. */
import { displayWidth } from '../../src/model/width.ts';
import type { FormField, FormOption } from '../actions.ts';
import { type Block, type Cell, line, part } from '../blocks.ts';
import type { Form, TypedLine } from '../form.ts';
import { linesOf, typedIn } from '../forms.ts';
import type { Glyphs } from '../glyphs.ts';
import { aroundCursor, endOf } from '../prompt.ts';
import { wrap } from '../wrap.ts';

/** Title and the last rule. */
const RULES = 2;
const MARK_WIDTH = 2;
const COLUMNS = [
  { title: 'KEY', share: 0.2, most: 16, of: ({ key }: FormField) => key },
  { title: 'SET', share: 0.15, most: 18, of: ({ own }: FormField) => own },
  { title: 'IN FORCE', share: 0.24, most: 34, of: ({ effective }: FormField) => effective },
  { title: 'USED', share: 0.16, most: 16, of: ({ used }: FormField) => used },
] as const;

interface Drawing {
  readonly form: Form;
  readonly glyphs: Glyphs;
  readonly width: number;
  /** Of COLUMNS. */
  readonly widths: readonly number[];
}

/** At most `rows` lines of `width` columns. */
export function formBlocks(form: Form, rows: number, width: number, glyphs: Glyphs): Block[] {
  const { contents, index } = form;
  const title = part(0, { text: titleOf(form), tone: 'strong' });
  if (contents === undefined)
    return [{ kind: 'rule', parts: [title] }, line({ text: `  reading${glyphs.more}` }), lastRule(form)];
  const { fields, options } = contents;
  const widths = COLUMNS.map(({ share, most }) => Math.min(most, Math.floor(width * share)));
  const on: Drawing = { form, glyphs, width, widths };
  const said = saidLines(on, rows);
  const titles = fields.length === 0 ? [] : [titlesLine(on)];
  const room = Math.max(1, rows - RULES - titles.length - options.length - said.length);
  const top = Math.max(0, Math.min(index - Math.floor(room / 2), fields.length - room));
  const place =
    fields.length > room
      ? [part(2, { text: `${Math.min(index + 1, fields.length)}/${fields.length}`, tone: 'faint' })]
      : [];
  return [
    { kind: 'rule', parts: [title, ...place] },
    ...titles,
    ...fields.slice(top, top + room).map((field, i) => fieldLine(field, top + i, on)),
    ...options.map((option, i) => optionLine(option, fields.length + i, on)),
    ...said,
    lastRule(form),
  ];
}

function titleOf({ action, about }: Form): string {
  return action.first?.kind === 'form' ? action.first.title : `${action.label} ${about.name}`;
}

function titlesLine({ widths }: Drawing): Block {
  const cells = COLUMNS.map(({ title }, i): Cell => ({ text: title, width: widths[i] ?? 0, tone: 'faint' }));
  return line({ text: '', width: MARK_WIDTH }, ...cells, { text: 'NEW', tone: 'faint' });
}

function fieldLine(field: FormField, index: number, on: Drawing): Block {
  const cells = COLUMNS.map(({ of }, i): Cell => ({ text: `${of(field)} `, width: on.widths[i] ?? 0 }));
  return typingLine(cells, field, index, on);
}

/** Its words take the room of the columns. */
function optionLine(option: FormOption, index: number, on: Drawing): Block {
  const width = on.widths.reduce((sum, each) => sum + each, 0);
  return typingLine([{ text: `${option.label} `, width, align: 'right' }], option, index, on);
}

function typingLine(
  cells: readonly Cell[],
  what: { readonly key: string },
  index: number,
  on: Drawing,
): Block {
  const { form, glyphs, width } = on;
  const selected = index === form.index;
  const click = { kind: 'field', index } as const;
  const typed = typedIn(form, what);
  const typedWidth = width - MARK_WIDTH - cells.reduce((sum, { width: each = 0 }) => sum + each, 0);
  return {
    kind: 'cells',
    selected,
    cells: [
      { text: selected ? glyphs.selected : ' ', width: MARK_WIDTH, click },
      ...cells.map((cell) => ({ ...cell, click })),
      ...(selected
        ? editedCells(typed, typedWidth, glyphs)
        : [{ text: typed.text, tone: 'strong' as const, width: typedWidth, click }]),
    ],
  };
}

function editedCells(typed: TypedLine, width: number, glyphs: Glyphs): Cell[] {
  const [before, under, after] = aroundCursor(typed);
  const shown = endOf(before, width - displayWidth(under), glyphs.ellipsis);
  return [
    { text: shown, tone: 'strong' },
    { text: under, tone: 'cursor' },
    { text: after, tone: 'strong' },
  ];
}

const HINT_LINES = 2;

/** Why it cannot be done, whole; else what may be typed here. As many lines for each field: nothing jumps. */
function saidLines({ form, width, glyphs }: Drawing, rows: number): Block[] {
  const room = Math.max(1, Math.floor((rows - RULES) / 3));
  const hint = linesOf(form)[form.index]?.hint ?? '';
  const [text, tone, most] =
    form.refused === undefined
      ? ([hint, 'faint', Math.min(HINT_LINES, room)] as const)
      : ([form.refused, 'act', room] as const);
  const pieces = wrap(text, width - MARK_WIDTH);
  const shown =
    pieces.length <= most ? pieces : [...pieces.slice(0, most - 1), `${pieces[most - 1]}${glyphs.ellipsis}`];
  const blank = Array.from({ length: form.refused === undefined ? most - shown.length : 0 }, () => '');
  return [...shown, ...blank].map((each) => line({ text: '', width: MARK_WIDTH }, { text: each, tone }));
}

function lastRule({ isBusy, contents }: Form): Block {
  const what = contents?.fields.length === 0 ? 'type a time' : 'type new values';
  const text = isBusy ? 'looking at it' : `${what}  Enter says what would be done  Esc leaves`;
  return { kind: 'rule', parts: [part(0, { text, tone: 'faint' })] };
}
