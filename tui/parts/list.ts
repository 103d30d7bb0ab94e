/** The table of the list screen. */
import type { TextOptions } from '../../src/model/column.ts';
import { type Block, type Cell, line } from '../blocks.ts';
import { type Glyphs, glyphsFor } from '../glyphs.ts';
import type { Tone } from '../screen-line.ts';
import { GAP, MARKS_WIDTH, type PlacedColumn, shownColumns } from '../shown-columns.ts';
import { type DashboardState, listingOf, settingsOf } from '../state.ts';
import type { ListLine, TableView } from '../views/view.ts';

export function listTitles(state: DashboardState, view: TableView, glyphs: Glyphs): Block {
  const { ordering, columns } = settingsOf(state);
  const cells = shownColumns(view, { columns }, state.size.columns).flatMap(
    ({ column, title, width }): Cell[] => {
      const sorted = column.id === ordering.column;
      const arrow = ordering.reversed ? glyphs.sortUp : glyphs.sortDown;
      const tone: Tone = sorted ? 'strong' : 'heading';
      const click = { kind: 'sort', column: column.id } as const;
      return [{ text: sorted ? `${title}${arrow}` : title, width, align: column.align, tone, click }, gap()];
    },
  );
  return line({ text: '', width: MARKS_WIDTH }, ...cells);
}

export function listBody(state: DashboardState, view: TableView, bodyRows: number, glyphs: Glyphs): Block[] {
  const { failed } = listingOf(state) ?? {};
  if (failed !== undefined) return [line(), line({ text: `  ${failed}`, tone: 'act' })];
  if (state.frame === undefined || isAwaited(state, view))
    return [line(), line({ text: `  reading${glyphs.more}` })];
  if (state.rows.length === 0) return emptyList(state, view);
  const columns = shownColumns(view, settingsOf(state), state.size.columns);
  return state.rows
    .slice(state.top, state.top + bodyRows)
    .map((row) => rowBlock(row, view, columns, state, row.key === state.selectedKey));
}

function isAwaited(state: DashboardState, { needs }: TableView): boolean {
  return needs !== undefined && listingOf(state) === undefined;
}

function emptyList(state: DashboardState, { noun }: TableView): Block[] {
  const { filter } = settingsOf(state);
  const lines = [`no ${noun[1]}`];
  if (state.hiddenByFilter > 0)
    lines.push(`${state.hiddenByFilter} hidden by the filter: ${filter}`, 'F4 changes the filter');
  if (state.hiddenByKind > 0)
    lines.push(`${state.hiddenByKind} hidden: A shows sandboxes, H shows hidden runtimes`);
  return [line(), ...lines.map((text) => line({ text: `  ${text}` }))];
}

export function textOptions(state: DashboardState): TextOptions {
  return { raw: false, nowMs: state.frame?.model.takenAtMs ?? state.nowMs, ascii: !state.unicode };
}

function rowBlock(
  row: ListLine,
  view: TableView,
  columns: readonly PlacedColumn[],
  state: DashboardState,
  selected: boolean,
): Block {
  const glyphs = glyphsFor(state.unicode);
  const options = textOptions(state);
  const { level, key } = row;
  const click = { kind: 'row', key } as const;
  const marks: Cell[] = [
    { text: selected ? glyphs.selected : ' ', width: 1, click },
    { text: level === undefined ? ' ' : glyphs[level], width: 1, tone: level ?? 'plain', click },
  ];
  const cells = columns.flatMap(({ column: { id, align }, width }): Cell[] => {
    const text = row.text(id, options);
    const shown = id === view.treeIn ? row.prefix + text + folded(row, glyphs) : text;
    return [
      { text: shown, width, align, tone: row.tone(id, text), click },
      { ...gap(), click },
    ];
  });
  return { kind: 'cells', cells: [...marks, ...cells], selected };
}

function folded({ foldedRows }: ListLine, glyphs: Glyphs): string {
  return foldedRows === 0 ? '' : ` ${glyphs.folded}${foldedRows}`;
}

const BETWEEN: Cell = { text: ' '.repeat(GAP) };

function gap(): Cell {
  return BETWEEN;
}
