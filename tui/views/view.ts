/**
 * What a view is: data. A table is a set of columns and where its rows come from; a page is blocks of text. Adding a view is
 * adding a file here and one line in views/index.ts. Types only.
 */
import type { Frame, ListKind } from '../../src/live/feed.ts';
import type { TextOptions } from '../../src/model/column.ts';
import type { Container } from '../../src/model/host-model.ts';
import type { Block } from '../blocks.ts';
import type { History } from '../history.ts';
import type { Tone } from '../screen-line.ts';
import type { Trouble, TroubleLevel } from '../trouble.ts';
import type { Ordering } from '../view-settings.ts';

/** A column of the table as it stands when nobody chose any. */
export interface ViewColumn {
  /** Id in the view's own table of columns. */
  readonly column: string;
  /** Columns on the screen it takes; the table's own width when left out. */
  readonly width?: number;
  readonly title?: string;
  /** Takes what is left over, up to this width. */
  readonly growTo?: number;
  /** Who is served first, lowest first; then from left to right. */
  readonly growRank?: number;
  /** Narrowest screen that shows it; everywhere when left out. */
  readonly fromColumns?: number;
}

/** What can be shown, sorted by and chosen. */
export interface ColumnChoice {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly align: 'left' | 'right';
  readonly width: number;
}

/** What rows may say besides their own figures. */
export interface Looking {
  readonly frame: Frame;
  /** Troubles of each container that has some, worst first, by key. */
  readonly troubles: ReadonlyMap<string, readonly Trouble[]>;
  readonly history: History;
  /** Top of the scale of all CPU sparklines, in cores. */
  readonly sparkMax: number;
  /** The container whose page this is. */
  readonly scope: Container | undefined;
  readonly unicode: boolean;
  readonly braille: boolean;
  readonly nowMs: number;
}

export interface Wishes {
  readonly tree: boolean;
  readonly ordering: Ordering;
  /** Expression as in `ps --filter`; empty for none. */
  readonly filter: string;
  /** Keys of rows whose descendants are not shown. */
  readonly folded: ReadonlySet<string>;
  readonly allKinds: boolean;
  readonly hiddenRuntimes: ReadonlySet<string>;
}

/** One row on the screen: the very same as long as neither what it shows nor its place in the tree is another. */
export interface ListLine {
  /** The same object keeps its key for as long as it exists. */
  readonly key: string;
  /** How messages call it. */
  readonly name: string;
  /** What a search looks at. */
  readonly searched: string;
  /** Lines of the tree. */
  readonly prefix: string;
  /** Rows hidden below it because it is folded. */
  readonly foldedRows: number;
  readonly hasChildren: boolean;
  /** Key of the container it is, or is of. */
  readonly container: string | undefined;
  level(looking: Looking): TroubleLevel | undefined;
  text(column: string, looking: Looking, options: TextOptions): string;
  tone(column: string, text: string, looking: Looking): Tone;
  /**
   * All that its level, texts and tones follow from besides itself, for whoever keeps what was drawn of it; undefined where
   * that cannot be told. @param aging those of its columns that are `aging`
   */
  moving(aging: readonly string[], looking: Looking, options: TextOptions): readonly unknown[] | undefined;
  /** Everything about it, for the page that Enter opens. */
  facts(looking: Looking, options: TextOptions): Block[];
}

export interface Listed {
  readonly lines: readonly ListLine[];
  /** Rows left out by the switches for kinds and runtimes, and by the filter. */
  readonly hiddenByKind: number;
  readonly hiddenByFilter: number;
}

interface ViewBase {
  readonly id: string;
  readonly title: string;
  /** For narrow screens, where it is not the first one behind its tab. */
  readonly short?: string;
  /** What the sampler has to take for it besides the model. */
  readonly needs?: ListKind;
}

export interface TableView extends ViewBase {
  readonly kind: 'table';
  /** What a row is called, one and many. */
  readonly noun: readonly [one: string, many: string];
  readonly layout: readonly ViewColumn[];
  readonly columns: readonly ColumnChoice[];
  /** Columns whose texts the time alone changes. */
  readonly aging: ReadonlySet<string>;
  readonly sortBy: Ordering;
  /** Undefined where rows have no parents; else whether the tree is drawn at first. */
  readonly tree: boolean | undefined;
  /** The column that tree lines stand in. */
  readonly treeIn: string;
  /** Filters that make sense here, for whoever types one. */
  readonly filterExamples: readonly string[];
  /** Does Enter open the container itself, or a page of facts about the row? */
  readonly opens: 'container' | 'facts';
  /** The very same as before when nothing that it follows from is another. */
  list(looking: Looking, wishes: Wishes): Listed;
  /** @throws {FilterError} */
  checkFilter(expression: string): void;
}

export interface PageView extends ViewBase {
  readonly kind: 'page';
  blocks(looking: Looking, width: number): readonly Block[];
}

export type View = TableView | PageView;

export interface Tab {
  /** Also the key that opens it. */
  readonly number: number;
  readonly title: string;
  /** For narrow screens. */
  readonly short: string;
  /** In turn, when the tab is asked for again. */
  readonly host: readonly [View, ...View[]];
  readonly container: readonly [View, ...View[]];
}
