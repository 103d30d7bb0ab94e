/** Everything the screen depends on, as one immutable value: `renderScreen` reads it, tui/update.ts makes the next one. */
import type { Frame, Listing } from '../src/live/feed.ts';
import type { Container } from '../src/model/host-model.ts';
import type { ContainerActions } from './actions.ts';
import type { Form, TypedLine } from './form.ts';
import { History } from './history.ts';
import type { Menu } from './menu.ts';
import type { SavedSettings } from './saved-settings.ts';
import type { Size } from './screen-line.ts';
import type { ThemeName } from './terminal/themes.ts';
import type { Trouble } from './trouble.ts';
import type { ViewSettings } from './view-settings.ts';
import type { ListLine, Looking, Tab, TableView, View } from './views/view.ts';

/** What keys mean follows from it: a table, a page that scrolls, or the help. */
export type ScreenName = 'list' | 'page' | 'help';

export interface Prompt extends TypedLine {
  readonly kind: 'search' | 'filter';
  /** What was selected when the prompt opened, for Escape. */
  readonly originKey: string | undefined;
  /** On a page: what was found and shown then. */
  readonly originLine: Pick<DashboardState, 'scroll' | 'foundLine'>;
}

export interface Message {
  readonly text: string;
  readonly level: 'info' | 'error';
  readonly untilMs: number;
}

/** The container whose page is open stays on it after its end. */
export interface Scope {
  readonly container: Container;
  readonly endedAtMs: number | undefined;
}

/** The row whose facts are open, as it was when it was last seen. */
export interface OpenFacts {
  readonly line: ListLine;
  readonly endedAtMs: number | undefined;
}

/** Where somebody was before going deeper, for Escape. */
export interface Place {
  readonly tab: number;
  readonly variant: number;
  readonly scope: Scope | undefined;
  readonly selectedKey: string | undefined;
  readonly top: number;
}

/** What Porthole itself takes, all its threads together. */
export interface OwnCost {
  /** Share of one core since the frame before. */
  readonly cpuRatio: number;
  readonly rssBytes: number;
}

export interface DashboardState {
  readonly size: Size;
  readonly unicode: boolean;
  /** Has the font braille patterns? */
  readonly braille: boolean;
  readonly nowMs: number;
  readonly intervalMs: number;
  readonly paused: boolean;
  readonly frame: Frame | undefined;
  /** When the frame came, by our clock; a frame of a recording was taken long before. */
  readonly receivedAtMs: number;
  readonly own: OwnCost | undefined;
  /** Of containers that have some, worst first, by key. */
  readonly troubles: ReadonlyMap<string, readonly Trouble[]>;
  /** Added to in place, with every frame. */
  readonly history: History;

  readonly tabs: readonly [Tab, ...Tab[]];
  readonly actions: ContainerActions;
  /** Index into `tabs`, and into the views behind that tab. */
  readonly tab: number;
  readonly variant: number;
  readonly scope: Scope | undefined;
  readonly back: readonly Place[];
  /** What was selected in views that were left, by view and container. */
  readonly left: ReadonlyMap<string, Pick<Place, 'selectedKey' | 'top'>>;
  /** By view id. */
  readonly settings: ReadonlyMap<string, ViewSettings>;
  readonly allKinds: boolean;
  readonly hiddenRuntimes: ReadonlySet<string>;
  readonly showsPane: boolean;
  readonly theme: ThemeName;
  /** What the settings file says of the two that can be other for this time only. */
  readonly remembered: Pick<SavedSettings, 'theme' | 'intervalMs'>;
  /** Name of the container that the selection follows through restarts. */
  readonly follows: string | undefined;

  /** What the list shows, in order; follows from the frame and the wishes above. */
  readonly rows: readonly ListLine[];
  readonly hiddenByKind: number;
  readonly hiddenByFilter: number;
  readonly selectedKey: string | undefined;
  /** First row of `rows` on the screen. */
  readonly top: number;

  readonly facts: OpenFacts | undefined;
  readonly isHelp: boolean;
  /** First line shown of a page. */
  readonly scroll: number;
  /** Line of the page that a search found. */
  readonly foundLine: number | undefined;
  readonly menu: Menu | undefined;
  readonly form: Form | undefined;
  readonly prompt: Prompt | undefined;
  readonly lastSearch: string;
  readonly message: Message | undefined;
}

/** Beyond this many intervals without a frame the figures are old, and the header says how old. */
const STALE_INTERVALS = 3;
const STALE_AT_LEAST_MS = 3000;

export interface StartingState {
  readonly size: Size;
  readonly unicode: boolean;
  readonly braille: boolean;
  readonly intervalMs: number;
  readonly nowMs: number;
  readonly tabs: DashboardState['tabs'];
  readonly actions: ContainerActions;
  readonly saved: SavedSettings;
  /** This time, whatever was saved. */
  readonly theme?: ThemeName | undefined;
}

export function initialState({ saved, theme = saved.theme, ...start }: StartingState): DashboardState {
  return {
    ...start,
    paused: false,
    frame: undefined,
    receivedAtMs: start.nowMs,
    own: undefined,
    troubles: new Map(),
    history: new History(),
    tab: 0,
    variant: 0,
    scope: undefined,
    back: [],
    left: new Map(),
    settings: new Map(
      viewsOf(start.tabs).flatMap((view) =>
        view.kind === 'table' ? [[view.id, { ...defaultSettings(view), ...usable(view, saved) }]] : [],
      ),
    ),
    allKinds: saved.allKinds,
    hiddenRuntimes: new Set(saved.hiddenRuntimes),
    showsPane: saved.showsPane,
    theme,
    remembered: { theme: saved.theme, intervalMs: saved.intervalMs },
    follows: undefined,
    rows: [],
    hiddenByKind: 0,
    hiddenByFilter: 0,
    selectedKey: undefined,
    top: 0,
    facts: undefined,
    isHelp: false,
    scroll: 0,
    foundLine: undefined,
    menu: undefined,
    form: undefined,
    prompt: undefined,
    lastSearch: '',
    message: undefined,
  };
}

/** Each once, also where it stands behind two tabs. */
export function viewsOf(tabs: readonly Tab[]): View[] {
  return [...new Set(tabs.flatMap(({ host, container }) => [...host, ...container]))];
}

/** Without columns that this version does not have. */
function usable(view: TableView, { views }: SavedSettings): Partial<ViewSettings> {
  const { ordering, tree, columns } = views[view.id] ?? {};
  const has = (column: string) => view.columns.some(({ id }) => id === column);
  const shown = columns?.filter(has) ?? [];
  return {
    ...(ordering !== undefined && (ordering.column === '' || has(ordering.column)) && { ordering }),
    ...(tree !== undefined && view.tree !== undefined && { tree }),
    ...(shown.length > 0 && { columns: shown }),
  };
}

function defaultSettings(view: View): ViewSettings {
  return {
    ordering: view.kind === 'table' ? view.sortBy : { column: '', reversed: false },
    tree: view.kind === 'table' && view.tree === true,
    filter: '',
    folded: new Set(),
    columns: undefined,
  };
}

export function tabOf({ tabs, tab }: Pick<DashboardState, 'tabs' | 'tab'>): Tab {
  return tabs[tab] ?? tabs[0];
}

export function viewOf(state: Pick<DashboardState, 'tabs' | 'tab' | 'variant' | 'scope'>): View {
  const tab = tabOf(state);
  const views = state.scope === undefined ? tab.host : tab.container;
  return views[state.variant % views.length] ?? views[0];
}

export function settingsOf(state: DashboardState, view: View = viewOf(state)): ViewSettings {
  return state.settings.get(view.id) ?? defaultSettings(view);
}

export function withSettings(state: DashboardState, changes: Partial<ViewSettings>): DashboardState {
  const { id } = viewOf(state);
  return { ...state, settings: new Map(state.settings).set(id, { ...settingsOf(state), ...changes }) };
}

export function screenOf(state: DashboardState): ScreenName {
  if (state.isHelp) return 'help';
  return state.facts !== undefined || viewOf(state).kind === 'page' ? 'page' : 'list';
}

/** The list that the view on the screen is made of; undefined while it is still being taken. */
export function listingOf(state: DashboardState): Listing | undefined {
  const listing = state.frame?.listing;
  const { needs } = viewOf(state);
  return listing?.kind === needs && listing?.container === state.scope?.container.key ? listing : undefined;
}

/** Undefined before the first frame. */
export function lookingOf(state: DashboardState): Looking | undefined {
  const { frame, troubles, history, unicode, braille, scope, nowMs } = state;
  if (frame === undefined) return undefined;
  const { listing: _, ...rest } = frame;
  const listing = listingOf(state);
  return {
    frame: listing === undefined ? rest : { ...rest, listing },
    troubles,
    history,
    sparkMax: busiest(frame.model.containers),
    scope: scope?.container,
    unicode,
    braille,
    nowMs: frame.model.takenAtMs || nowMs,
  };
}

/** Of the busiest container, or one core. Found out once for the containers of a sample: rows are made of it all the time. */
function busiest(containers: readonly Container[]): number {
  const known = BUSIEST.get(containers);
  if (known !== undefined) return known;
  let most = 1;
  for (const { cpu } of containers) most = Math.max(most, cpu.ratio ?? 0);
  BUSIEST.set(containers, most);
  return most;
}

const BUSIEST = new WeakMap<readonly Container[], number>();

export function selectedLine({ rows, selectedKey }: DashboardState): ListLine | undefined {
  return rows.find(({ key }) => key === selectedKey);
}

/** The container that keys act on and the pane shows: that of the page, else that of the selected row. */
export function selectedContainer(state: DashboardState): Container | undefined {
  if (state.scope !== undefined) return state.scope.container;
  const key = (state.facts?.line ?? selectedLine(state))?.container;
  return key === undefined ? undefined : state.frame?.model.containers.find((each) => each.key === key);
}

/** How old the figures are, when they are older than they should be. */
export function staleMs({
  frame,
  paused,
  nowMs,
  receivedAtMs,
  intervalMs,
}: DashboardState): number | undefined {
  const ageMs = nowMs - receivedAtMs;
  const isStale = ageMs > Math.max(STALE_AT_LEAST_MS, STALE_INTERVALS * intervalMs);
  return frame !== undefined && !paused && isStale ? ageMs : undefined;
}
