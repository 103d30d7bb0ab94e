/** The table of the list screen. */
import type { TextOptions } from '../../src/model/column.ts';
import { type Block, type Cell, kept, line } from '../blocks.ts';
import { type Glyphs, glyphsFor } from '../glyphs.ts';
import { isSame, Last } from '../last.ts';
import type { Tone } from '../screen-line.ts';
import { GAP, MARKS_WIDTH, type PlacedColumn, shownColumns } from '../shown-columns.ts';
import { type DashboardState, listingOf, settingsOf } from '../state.ts';
import type { Ordering } from '../view-settings.ts';
import type { ListLine, Looking, TableView } from '../views/view.ts';

/** The table as it was drawn last: what shows the same is the very same block. */
export class ListTable {
  readonly #columns = new Last<readonly PlacedColumn[]>();
  readonly #aging = new Last<readonly string[]>();
  readonly #titles = new Last<Block>();
  readonly #rows = new WeakMap<ListLine, DrawnRow>();

  titles(state: DashboardState, view: TableView, glyphs: Glyphs): Block {
    const { ordering } = settingsOf(state);
    const columns = this.#shownColumns(state, view);
    return this.#titles.get([columns, ordering.column, ordering.reversed, glyphs], () =>
      kept(titleLine(columns, ordering, glyphs)),
    );
  }

  body(state: DashboardState, view: TableView, bodyRows: number, looking: Looking | undefined): Block[] {
    const { failed } = listingOf(state) ?? {};
    if (failed !== undefined) return [line(), line({ text: `  ${failed}`, tone: 'act' })];
    if (looking === undefined || isAwaited(state, view))
      return [line(), line({ text: `  reading${glyphsFor(state.unicode).more}` })];
    if (state.rows.length === 0) return emptyList(state, view);
    const columns = this.#shownColumns(state, view);
    const options = textOptions(state);
    const aging = this.#aging.get([columns], () =>
      columns.flatMap(({ column: { id } }) => (view.aging.has(id) ? [id] : [])),
    );
    return state.rows.slice(state.top, state.top + bodyRows).map((row) => {
      const moving = row.moving(aging, looking, options);
      const selected = row.key === state.selectedKey;
      const before = this.#rows.get(row);
      const isKept =
        before !== undefined &&
        moving !== undefined &&
        before.selected === selected &&
        before.columns === columns &&
        before.unicode === state.unicode &&
        isSame(before.moving, moving);
      if (isKept) return before.block;
      const block = kept(rowBlock(row, view, { columns, looking, options, selected }));
      if (moving !== undefined)
        this.#rows.set(row, { moving, selected, columns, unicode: state.unicode, block });
      return block;
    });
  }

  #shownColumns(state: DashboardState, view: TableView): readonly PlacedColumn[] {
    const { columns } = settingsOf(state);
    const width = state.size.columns;
    return this.#columns.get([view, columns, width], () => shownColumns(view, { columns }, width));
  }
}

/** A row, and all that its block was made of besides. */
interface DrawnRow {
  readonly moving: readonly unknown[];
  readonly selected: boolean;
  readonly columns: readonly PlacedColumn[];
  readonly unicode: boolean;
  readonly block: Block;
}

function titleLine(columns: readonly PlacedColumn[], ordering: Ordering, glyphs: Glyphs): Block {
  const cells = columns.flatMap(({ column, title, width }): Cell[] => {
    const sorted = column.id === ordering.column;
    const arrow = ordering.reversed ? glyphs.sortUp : glyphs.sortDown;
    const tone: Tone = sorted ? 'strong' : 'heading';
    const click = { kind: 'sort', column: column.id } as const;
    return [{ text: sorted ? `${title}${arrow}` : title, width, align: column.align, tone, click }, BETWEEN];
  });
  return line({ text: '', width: MARKS_WIDTH }, ...cells);
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

interface RowLook {
  readonly columns: readonly PlacedColumn[];
  readonly looking: Looking;
  readonly options: TextOptions;
  readonly selected: boolean;
}

function rowBlock(row: ListLine, view: TableView, { columns, looking, options, selected }: RowLook): Block {
  const glyphs = glyphsFor(looking.unicode);
  const { key } = row;
  const level = row.level(looking);
  const click = { kind: 'row', key } as const;
  const between: Cell = { ...BETWEEN, click };
  const cells: Cell[] = [
    { text: selected ? glyphs.selected : ' ', width: 1, click },
    { text: level === undefined ? ' ' : glyphs[level], width: 1, tone: level ?? 'plain', click },
  ];
  for (const { column, width } of columns) {
    const { id, align } = column;
    const text = row.text(id, looking, options);
    const shown = id === view.treeIn ? row.prefix + text + folded(row, glyphs) : text;
    cells.push({ text: shown, width, align, tone: row.tone(id, text, looking), click }, between);
  }
  return { kind: 'cells', cells, selected };
}

function folded({ foldedRows }: ListLine, glyphs: Glyphs): string {
  return foldedRows === 0 ? '' : ` ${glyphs.folded}${foldedRows}`;
}

const BETWEEN: Cell = { text: ' '.repeat(GAP) };
