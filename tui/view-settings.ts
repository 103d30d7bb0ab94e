/** What a user chose for one view. Types only. */

export interface Ordering {
  /** Column id; empty for the order in which the rows come. */
  readonly column: string;
  /** Against the column's natural order. */
  readonly reversed: boolean;
}

/** What a user chose for one view; kept while another is shown. */
export interface ViewSettings {
  readonly ordering: Ordering;
  readonly tree: boolean;
  /** As typed; empty for none. */
  readonly filter: string;
  /** Keys of rows whose descendants are hidden. */
  readonly folded: ReadonlySet<string>;
  /** Ids in order; undefined for the view's own choice, which follows the width of the screen. */
  readonly columns: readonly string[] | undefined;
}
