/** The state with a menu over it. Pure. */
import type { Menu } from './menu.ts';
import type { DashboardState } from './state.ts';

export function withMenu(
  state: DashboardState,
  menu: Omit<Menu, 'text'> & Partial<Pick<Menu, 'text'>>,
): DashboardState {
  return { ...state, menu: { text: [], ...menu, index: Math.max(0, menu.index) } };
}
