/** Which part of the screen gets how many rows. Pure arithmetic, shared by drawing and by PgUp/PgDn. */

import type { Size } from './screen-line.ts';
import type { DashboardState, ScreenName } from './state.ts';

export const SMALLEST: Size = { columns: 60, rows: 15 };
/** From here on the pane of the selected container fits below the list. */
export const PANE_FROM: Size = { columns: 100, rows: 30 };
/** Two lines of header and the tabs, status line and key bar, on every screen; then titles of columns or of the page. */
const HEADER_ROWS = 3;
const FOOTER_ROWS = 2;
const TITLE_ROWS = 1;

export interface Layout {
  readonly tooSmall: boolean;
  /** Rows of the list or of a page. */
  readonly bodyRows: number;
  /** Rows of the pane with its title rule; 0 when there is none. */
  readonly paneRows: number;
}

type Laid = Pick<DashboardState, 'size' | 'showsPane'>;

export function layoutOf({ size, showsPane }: Laid, screen: ScreenName): Layout {
  const tooSmall = size.columns < SMALLEST.columns || size.rows < SMALLEST.rows;
  const free = Math.max(1, size.rows - HEADER_ROWS - FOOTER_ROWS - TITLE_ROWS);
  if (screen !== 'list' || !showsPane) return { tooSmall, bodyRows: free, paneRows: 0 };
  const paneRows = hasRoomForPane(size) ? Math.min(20, Math.max(11, Math.round(size.rows * 0.35))) : 0;
  return { tooSmall, bodyRows: Math.max(1, free - paneRows), paneRows };
}

export function hasRoomForPane({ columns, rows }: Size): boolean {
  return columns >= PANE_FROM.columns && rows >= PANE_FROM.rows;
}

/** The first row shown, moved just as far as needed to have `index` on the screen. */
export function scrollTo(index: number, top: number, bodyRows: number, count: number): number {
  const lowest = Math.max(0, count - bodyRows);
  const within = Math.min(top, lowest);
  if (index < within) return Math.max(0, index);
  return index >= within + bodyRows ? index - bodyRows + 1 : within;
}
