/** Everything the screen depends on, as one immutable value: `renderScreen` reads it, tui/update.ts makes the next one. */
import type { Frame } from '../src/live/feed.ts';
import type { Container } from '../src/model/host-model.ts';
import type { TreeRow } from '../src/model/tree.ts';
import type { Size } from './screen-line.ts';
import { containersView } from './views/containers.ts';
import type { View } from './views/view.ts';

export type ScreenName = 'list' | 'detail' | 'help';

export interface Ordering {
  /** Column id. */
  readonly column: string;
  /** Against the column's natural order. */
  readonly reversed: boolean;
}

export interface Filter {
  /** As typed; empty for none. */
  readonly text: string;
  matches(container: Container): boolean;
}

export interface Prompt {
  readonly kind: 'search' | 'filter';
  readonly text: string;
  /** Index into `text`, in UTF-16 units, never inside a character. */
  readonly cursor: number;
  /** What was selected when the prompt opened, for Escape. */
  readonly originKey: string | undefined;
}

export interface Message {
  readonly text: string;
  readonly level: 'info' | 'error';
  readonly untilMs: number;
}

/** The container whose detail screen is open stays on it after its end. */
export interface OpenDetail {
  readonly container: Container;
  readonly endedAtMs: number | undefined;
}

export interface DashboardState {
  readonly size: Size;
  readonly unicode: boolean;
  readonly nowMs: number;
  readonly intervalMs: number;
  readonly paused: boolean;
  readonly frame: Frame | undefined;
  /** When the frame came, by our clock; a frame of a recording was taken long before. */
  readonly receivedAtMs: number;
  /** Share of one CPU that sampling took since the frame before. */
  readonly costRatio: number | undefined;

  readonly view: View;
  readonly tree: boolean;
  readonly allKinds: boolean;
  readonly ordering: Ordering;
  readonly filter: Filter;
  /** What the list shows, in order; follows from the frame and the five wishes above. */
  readonly rows: readonly TreeRow[];
  readonly hiddenByKind: number;
  readonly hiddenByFilter: number;

  readonly selectedKey: string | undefined;
  /** First row of `rows` on the screen. */
  readonly top: number;

  readonly screen: ScreenName;
  /** First line shown of the detail or help screen. */
  readonly scroll: number;
  readonly detail: OpenDetail | undefined;
  readonly prompt: Prompt | undefined;
  readonly lastSearch: string;
  readonly message: Message | undefined;
}

export const NO_FILTER: Filter = { text: '', matches: () => true };

export interface StartingState {
  readonly size: Size;
  readonly unicode: boolean;
  readonly intervalMs: number;
  readonly nowMs: number;
}

export function initialState(start: StartingState): DashboardState {
  return {
    ...start,
    paused: false,
    frame: undefined,
    receivedAtMs: start.nowMs,
    costRatio: undefined,
    view: containersView,
    tree: true,
    allKinds: false,
    ordering: { column: containersView.sortBy, reversed: false },
    filter: NO_FILTER,
    rows: [],
    hiddenByKind: 0,
    hiddenByFilter: 0,
    selectedKey: undefined,
    top: 0,
    screen: 'list',
    scroll: 0,
    detail: undefined,
    prompt: undefined,
    lastSearch: '',
    message: undefined,
  };
}

/** The container that keys act on and the detail pane shows. */
export function selectedContainer(state: DashboardState): Container | undefined {
  return state.rows.find((row) => row.container.key === state.selectedKey)?.container;
}
