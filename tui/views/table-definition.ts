/** What a table is made of: the data of each view with rows. Types, and how a row is told from others. */
import type { TextOptions } from '../../src/model/column.ts';
import type { ColumnSet } from '../../src/model/column-set.ts';
import type { Branch, Family } from '../../src/model/tree.ts';
import type { Block } from '../blocks.ts';
import type { Tone } from '../screen-line.ts';
import type { TroubleLevel } from '../trouble.ts';
import type { Ordering } from '../view-settings.ts';
import type { ColumnChoice, Looking, TableView, ViewColumn, Wishes } from './view.ts';

/** A column that needs more than its row: what went before, or what is wrong with it. */
export interface ExtraColumn<Row> extends ColumnChoice {
  text(row: Row, looking: Looking): string;
  /** Highest first; rows that are equal keep to the view's order. */
  rank?(row: Row, looking: Looking): number;
  /** The one thing besides the rows that all ranks follow from; without it they are asked for with every list. */
  rankedBy?(looking: Looking): unknown;
}

export interface TableDefinition<Row extends object> {
  readonly id: string;
  readonly title: string;
  readonly short?: string;
  readonly needs?: TableView['needs'];
  readonly noun: TableView['noun'];
  readonly set: ColumnSet<Row>;
  readonly extras?: readonly ExtraColumn<Row>[];
  readonly layout: readonly ViewColumn[];
  readonly sortBy: Ordering;
  readonly opens: TableView['opens'];
  readonly filterExamples: TableView['filterExamples'];
  /** Rows that have a place below others. */
  readonly family?: { readonly of: Family<Row>; readonly isFirst: boolean };
  rows(looking: Looking): readonly Row[];
  /** Where the key of the columns is not the row's alone. */
  key?(row: Row): string;
  name(row: Row): string;
  /** Columns that a search looks at besides the name. */
  readonly searched?: readonly string[];
  container(row: Row): string | undefined;
  isHidden?(row: Row, wishes: Wishes): boolean;
  level?(row: Row, looking: Looking): TroubleLevel | undefined;
  tone?(row: Row, column: string, looking: Looking): Tone | undefined;
  /** What its level, its tones and the texts of extra columns follow from besides the row; see `ListLine`. */
  moving?(row: Row, looking: Looking): readonly unknown[];
  facts?(row: Row, looking: Looking, options: TextOptions): Block[];
}

export function keyOf<Row extends object>(of: TableDefinition<Row>, row: Row): string {
  return of.key?.(row) ?? String(of.set.key(row));
}

/** Where a row stands in the list. */
export interface FoldedPlace<Row> {
  readonly branch: Branch<Row>;
  readonly foldedRows: number;
  readonly hasChildren: boolean;
}
