/** What of the state is remembered from one start to the next: of each view what is not as the view has it. Pure. */
import type { SavedSettings } from './saved-settings.ts';
import { type DashboardState, viewsOf } from './state.ts';

export function toSave(state: DashboardState): SavedSettings {
  const views = viewsOf(state.tabs).flatMap((view) => {
    const settings = state.settings.get(view.id);
    if (view.kind !== 'table' || settings === undefined) return [];
    const { ordering, tree, columns } = settings;
    const isSorted = ordering.column !== view.sortBy.column || ordering.reversed !== view.sortBy.reversed;
    const changed = {
      ...(isSorted && { ordering }),
      ...(tree !== (view.tree === true) && { tree }),
      ...(columns !== undefined && { columns }),
    };
    return [[view.id, changed] as const];
  });
  return {
    views: Object.fromEntries(views),
    allKinds: state.allKinds,
    hiddenRuntimes: [...state.hiddenRuntimes].sort(),
    showsPane: state.showsPane,
    ...state.remembered,
  };
}
