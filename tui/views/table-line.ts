/** One row of a table on the screen: what it says in each column. What it says besides its row is asked for with `looking`. */
import { isUnknown } from '../../src/kernel/reading.ts';
import type { TextOptions } from '../../src/model/column.ts';
import { UNKNOWN_MARK } from '../../src/model/format.ts';
import { type Block, fact } from '../blocks.ts';
import type { Tone } from '../screen-line.ts';
import type { TroubleLevel } from '../trouble.ts';
import { type ExtraColumn, type FoldedPlace, keyOf, type TableDefinition } from './table-definition.ts';
import type { ListLine, Looking } from './view.ts';

export class TableLine<Row extends object> implements ListLine {
  readonly key: string;
  readonly prefix: string;
  readonly foldedRows: number;
  readonly hasChildren: boolean;
  readonly #of: TableDefinition<Row>;
  readonly #extras: ReadonlyMap<string, ExtraColumn<Row>>;
  readonly #row: Row;

  constructor(
    of: TableDefinition<Row>,
    extras: ReadonlyMap<string, ExtraColumn<Row>>,
    place: FoldedPlace<Row>,
  ) {
    this.#of = of;
    this.#extras = extras;
    this.#row = place.branch.row;
    this.key = keyOf(of, place.branch.row);
    this.prefix = place.branch.prefix;
    this.foldedRows = place.foldedRows;
    this.hasChildren = place.hasChildren;
  }

  get name(): string {
    return this.#of.name(this.#row);
  }

  get searched(): string {
    const options = { raw: true, nowMs: 0, ascii: false };
    return [this.name, ...(this.#of.searched ?? []).map((id) => this.#own(id, options))].join(' ');
  }

  get container(): string | undefined {
    return this.#of.container(this.#row);
  }

  level(looking: Looking): TroubleLevel | undefined {
    return this.#of.level?.(this.#row, looking);
  }

  text(id: string, looking: Looking, options: TextOptions): string {
    const extra = this.#extras.get(id);
    return extra === undefined ? this.#own(id, options) : extra.text(this.#row, looking);
  }

  tone(id: string, text: string, looking: Looking): Tone {
    const own = this.#of.tone?.(this.#row, id, looking);
    return own ?? (text === UNKNOWN_MARK ? 'faint' : 'plain');
  }

  moving(aging: readonly string[], looking: Looking, options: TextOptions): readonly unknown[] | undefined {
    const { moving, level, tone } = this.#of;
    if (moving === undefined && (this.#extras.size > 0 || level !== undefined || tone !== undefined))
      return undefined;
    const own = moving?.(this.#row, looking) ?? [];
    return aging.length === 0 ? own : [...own, ...aging.map((id) => this.#own(id, options))];
  }

  facts(looking: Looking, options: TextOptions): Block[] {
    const own = this.#of.facts?.(this.#row, looking, options) ?? [];
    return [...own, ...this.#of.set.columns.map(({ id }) => this.#fact(id, looking, options))];
  }

  /** Of a column of the set. */
  #own(id: string, options: TextOptions): string {
    return this.#of.set.find(id)?.text(this.#row, options) ?? '';
  }

  /** What could not be read says which file and why. */
  #fact(id: string, looking: Looking, options: TextOptions): Block {
    const column = this.#of.set.find(id);
    if (column === undefined) return fact(id, '');
    const value = column.value(this.#row);
    if (isUnknown(value)) return fact(id, `${value.unknown}: ${value.errno} ${value.path}`, 'watch');
    return fact(id, this.text(id, looking, options));
  }
}
