/** Trees: drawn or flat, whole or folded. Pure. */
import { withInfo } from './message.ts';
import { selectedIndex, withRows, withTop } from './rows.ts';
import { type DashboardState, selectedLine, settingsOf, viewOf, withSettings } from './state.ts';
import { only, type Step, saving } from './step.ts';

export function toggleTree(state: DashboardState): Step {
  if (!hasTree(state)) return only(withInfo(state, NO_TREE));
  const { tree } = settingsOf(state);
  return saving(withInfo(withRows(withSettings(state, { tree: !tree })), tree ? 'flat list' : 'tree'));
}

export function fold(state: DashboardState, isFolded: boolean): DashboardState {
  const line = selectedLine(state);
  const { folded, tree } = settingsOf(state);
  if (!tree) return withInfo(state, whyFlat(state));
  if (line === undefined || !line.hasChildren) return withInfo(state, 'nothing is below it');
  const next = new Set(folded);
  if (isFolded) next.add(line.key);
  else next.delete(line.key);
  return withRows(withSettings(state, { folded: next }));
}

/**
 * Folds every row that has some below it, or unfolds all when some are folded. Of a tree of many levels the uppermost stays
 * open: else a single row would be left of a whole host.
 */
export function foldAll(state: DashboardState): DashboardState {
  const { folded, tree } = settingsOf(state);
  if (!tree) return withInfo(state, whyFlat(state));
  if (folded.size > 0) return withRows(withSettings(state, { folded: new Set() }));
  const parents = state.rows.filter(({ hasChildren }) => hasChildren);
  const below = parents.filter(({ prefix }) => prefix !== '');
  const keys = (below.length > 0 ? below : parents).map(({ key }) => key);
  if (keys.length === 0) return withInfo(state, 'nothing is below any row');
  return withAncestor(state, withRows(withSettings(state, { folded: new Set(keys) })));
}

/** Who selected a row that is now hidden finds the folded row that hides it selected. */
function withAncestor(before: DashboardState, after: DashboardState): DashboardState {
  const listed = new Set(after.rows.map(({ key }) => key));
  const hiding = before.rows.slice(0, selectedIndex(before) + 1).findLast(({ key }) => listed.has(key));
  return hiding === undefined ? after : withTop({ ...after, selectedKey: hiding.key });
}

const NO_TREE = 'these rows have no tree';

function hasTree(state: DashboardState): boolean {
  const view = viewOf(state);
  return view.kind === 'table' && view.tree !== undefined;
}

function whyFlat(state: DashboardState): string {
  return hasTree(state) ? 'this list is flat: F5 draws it as a tree' : NO_TREE;
}
