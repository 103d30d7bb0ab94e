/** The settings file as text: reading it with one line about its first mistake, and writing it without losing what is not ours. Pure. */
import { NOTHING_SAVED, type SavedSettings } from './saved-settings.ts';
import { THEME_NAMES } from './terminal/themes.ts';
import type { Ordering } from './view-settings.ts';

export interface ReadSettings {
  /** With the defaults for what is missing or wrong. */
  readonly settings: SavedSettings;
  readonly problem?: string;
}

const SHORTEST_SECONDS = 0.1;
const LONGEST_SECONDS = 3600;

type Json = Readonly<Record<string, unknown>>;

export function readSettings(text: string): ReadSettings {
  if (text.trim() === '') return { settings: NOTHING_SAVED };
  const document = parsed(text);
  if (typeof document === 'string') return { settings: NOTHING_SAVED, problem: document };
  const problems: string[] = [];
  const take = <T>(
    key: string,
    read: (value: unknown) => T | undefined,
    expected: string,
    otherwise: T,
  ): T => {
    const value = document[key];
    if (value === undefined) return otherwise;
    const found = read(value);
    if (found === undefined) problems.push(`${key}: expected ${expected}`);
    return found ?? otherwise;
  };
  const none = NOTHING_SAVED;
  const settings: SavedSettings = {
    theme: take('theme', themeOf, THEME_NAMES.join(', '), none.theme),
    intervalMs: take(
      'intervalSeconds',
      intervalOf,
      `${SHORTEST_SECONDS} to ${LONGEST_SECONDS}`,
      none.intervalMs,
    ),
    showsPane: take('pane', booleanOf, 'true or false', none.showsPane),
    allKinds: take('sandboxes', booleanOf, 'true or false', none.allKinds),
    hiddenRuntimes: take('hiddenRuntimes', wordsOf, 'a list of names', none.hiddenRuntimes),
    views: take('views', (value) => viewsOf(value, problems), 'an object', none.views),
  };
  const [problem] = problems;
  return problem === undefined ? { settings } : { settings, problem };
}

/** `before` with what is ours replaced: keys that another version knows stay. */
export function settingsText(settings: SavedSettings, before: string): string {
  const old = parsed(before);
  const { theme, intervalMs, showsPane, allKinds, hiddenRuntimes, views } = settings;
  const document = {
    ...(typeof old === 'string' ? {} : old),
    theme,
    ...(intervalMs !== undefined && { intervalSeconds: intervalMs / 1000 }),
    pane: showsPane,
    sandboxes: allKinds,
    hiddenRuntimes,
    views: viewsText(views, typeof old === 'string' ? undefined : old['views']),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** Views that this version does not know stay, and of the others what it does not know. */
function viewsText(views: SavedSettings['views'], before: unknown): Json {
  const texts: Record<string, Json> = {};
  const old = isObject(before) ? before : {};
  for (const id of new Set([...Object.keys(old), ...Object.keys(views)])) {
    const known = views[id];
    const kept = isObject(old[id]) ? old[id] : {};
    const text = known === undefined ? kept : { ...withoutOurs(kept), ...viewText(known) };
    if (Object.keys(text).length > 0) texts[id] = text;
  }
  return texts;
}

function withoutOurs({ sort: _sort, tree: _tree, columns: _columns, ...rest }: Json): Json {
  return rest;
}

function viewText({ ordering, tree, columns }: SavedView): Json {
  return {
    ...(ordering !== undefined && { sort: `${ordering.reversed ? '-' : ''}${ordering.column}` }),
    ...(tree !== undefined && { tree }),
    ...(columns !== undefined && { columns }),
  };
}

/** The object, or what is wrong. */
function parsed(text: string): Json | string {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : 'expected a JSON object';
  } catch (error) {
    if (error instanceof SyntaxError) return `no JSON (${error.message})`;
    throw error;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function themeOf(value: unknown): SavedSettings['theme'] | undefined {
  return THEME_NAMES.find((name) => name === value);
}

function intervalOf(value: unknown): number | undefined {
  if (typeof value !== 'number' || !(value >= SHORTEST_SECONDS && value <= LONGEST_SECONDS)) return undefined;
  return Math.round(value * 1000);
}

function booleanOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function wordsOf(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const words = value.filter((each) => typeof each === 'string');
  return words.length === value.length ? words : undefined;
}

type SavedView = SavedSettings['views'][string];

function viewsOf(value: unknown, problems: string[]): Record<string, SavedView> | undefined {
  if (!isObject(value)) return undefined;
  return Object.fromEntries(
    Object.entries(value).map(([id, view]) => {
      const found = isObject(view) ? viewOf(view) : undefined;
      if (found === undefined) problems.push(`views.${id}: expected sort, tree and columns`);
      return [id, found ?? {}];
    }),
  );
}

function viewOf({ sort, tree, columns }: Json): SavedView | undefined {
  const words = columns === undefined ? undefined : wordsOf(columns);
  const isWrong =
    (sort !== undefined && typeof sort !== 'string') ||
    (tree !== undefined && typeof tree !== 'boolean') ||
    (columns !== undefined && (words === undefined || words.length === 0));
  if (isWrong) return undefined;
  return {
    ...(typeof sort === 'string' && { ordering: orderingOf(sort) }),
    ...(typeof tree === 'boolean' && { tree }),
    ...(words !== undefined && { columns: words }),
  };
}

function orderingOf(sort: string): Ordering {
  const reversed = sort.startsWith('-');
  return { column: reversed ? sort.slice(1) : sort, reversed };
}
