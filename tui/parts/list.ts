/** The table of the list screen. */
import { type Column, findColumn } from '../../src/model/columns.ts';
import { UNKNOWN_MARK } from '../../src/model/format.ts';
import type { TreeRow } from '../../src/model/tree.ts';
import { type Block, type Cell, line } from '../blocks.ts';
import { type Glyphs, glyphsFor } from '../glyphs.ts';
import type { Size, Tone } from '../screen-line.ts';
import type { DashboardState } from '../state.ts';
import { type Trouble, troublesOf, worstLevel } from '../trouble.ts';
import type { View } from '../views/view.ts';

/** A column as it stands on a screen of a certain width. */
interface PlacedColumn {
  readonly column: Column;
  readonly title: string;
  readonly width: number;
}

/** Selection bar and trouble mark, before the first column. */
const MARKS_WIDTH = 2;
const GAP = 1;

export function placeColumns(view: View, screenColumns: number): PlacedColumn[] {
  const shown = view.columns.filter(({ fromColumns = 0 }) => fromColumns <= screenColumns);
  const placed = shown.flatMap(({ column: id, title, width, growTo }) => {
    const column = findColumn(id);
    if (column === undefined) throw new Error(`view ${view.id} names a column ${id} that does not exist`);
    return [{ column, title: title ?? column.title, width: width ?? column.width, growTo }];
  });
  let room = screenColumns - MARKS_WIDTH - placed.reduce((sum, { width }) => sum + width + GAP, 0);
  return placed.map(({ column, title, width, growTo = width }) => {
    const extra = Math.max(width - growTo, Math.min(room, growTo - width));
    room -= extra;
    return { column, title, width: width + extra };
  });
}

export function listTitles(state: DashboardState, size: Size, glyphs: Glyphs): Block {
  const cells = placeColumns(state.view, size.columns).flatMap(({ column, title, width }): Cell[] => {
    const sorted = column.id === state.ordering.column;
    const arrow = state.ordering.reversed ? glyphs.sortUp : glyphs.sortDown;
    const tone: Tone = sorted ? 'strong' : 'heading';
    return [{ text: sorted ? `${title}${arrow}` : title, width, align: column.align, tone }, gap()];
  });
  return line({ text: '', width: MARKS_WIDTH }, ...cells);
}

export function listBody(state: DashboardState, size: Size, bodyRows: number, glyphs: Glyphs): Block[] {
  if (state.frame === undefined) return [line(), line({ text: `  reading${glyphs.more}` })];
  if (state.rows.length === 0) return emptyList(state);
  const columns = placeColumns(state.view, size.columns);
  return state.rows
    .slice(state.top, state.top + bodyRows)
    .map((row) => rowBlock(row, columns, state, row.container.key === state.selectedKey));
}

function emptyList(state: DashboardState): Block[] {
  const kinds = state.view.hiddenKinds.map((kind) => `${kind}es`).join(', ');
  const lines = ['no containers'];
  if (state.hiddenByFilter > 0) {
    lines.push(`${state.hiddenByFilter} hidden by the filter: ${state.filter.text}`, 'F4 changes the filter');
  }
  if (state.hiddenByKind > 0) lines.push(`${state.hiddenByKind} ${kinds} hidden; a shows them`);
  return [line(), ...lines.map((text) => line({ text: `  ${text}` }))];
}

function rowBlock(
  row: TreeRow,
  columns: readonly PlacedColumn[],
  state: DashboardState,
  selected: boolean,
): Block {
  const glyphs = glyphsFor(state.unicode);
  const troubles = troublesOf(row.container);
  const level = worstLevel(troubles);
  const options = { raw: false, nowMs: state.frame?.model.takenAtMs ?? state.nowMs, ascii: !state.unicode };
  const marks: Cell[] = [
    { text: selected ? glyphs.selected : ' ', width: 1 },
    level === undefined ? { text: ' ', width: 1 } : { text: glyphs[level], width: 1, tone: level },
  ];
  const cells = columns.flatMap(({ column, width }): Cell[] => {
    const text = column.text(row.container, options);
    const tone = cellTone(column.id, text, row, troubles);
    const shown = column.id === 'name' ? row.prefix + text : text;
    return [{ text: shown, width, align: column.align, tone }, gap()];
  });
  return { kind: 'cells', cells: [...marks, ...cells], selected };
}

/** Colour where the trouble is, not over the whole row. */
function cellTone(id: string, text: string, { container }: TreeRow, troubles: readonly Trouble[]): Tone {
  if (id === 'state') return container.state === 'running' ? 'plain' : stateTone(container.state);
  if (text === UNKNOWN_MARK) return 'faint';
  const about = { 'mem-percent': 'memory', mem: 'oom', cpu: 'cpu' }[id];
  return troubles.find((trouble) => trouble.about === about)?.level ?? 'plain';
}

function stateTone(state: TreeRow['container']['state']): Tone {
  if (state === 'exited') return 'faint';
  return state === 'exited-init' ? 'watch' : 'frozen';
}

function gap(): Cell {
  return { text: ' '.repeat(GAP) };
}
