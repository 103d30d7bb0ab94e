/** What a view is: data. Adding a view is adding a file here and one line to the list. Types only. */
import type { ContainerKind } from '../../src/model/host-model.ts';

export interface ViewColumn {
  /** Id in the one table of columns, src/model/columns.ts. */
  readonly column: string;
  /** Columns on the screen it takes; the table's own width when left out. */
  readonly width?: number;
  readonly title?: string;
  /** Takes what is left over, up to this width. The first such column is served first. */
  readonly growTo?: number;
  /** Narrowest screen that shows it; everywhere when left out. */
  readonly fromColumns?: number;
}

export interface View {
  readonly id: string;
  readonly title: string;
  /** What its rows are about, and which of them are hidden until asked for. */
  readonly appliesTo: 'host';
  readonly hiddenKinds: readonly ContainerKind[];
  /** The screen that Enter opens on a row. */
  readonly drillTo: 'detail';
  readonly columns: readonly ViewColumn[];
  /** In sort expressions of `ps --sort`. */
  readonly sortBy: string;
}
