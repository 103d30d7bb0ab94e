/** What the dashboard remembers from one start to the next. Types and the defaults only; reading and writing is the caller's. */

import type { ThemeName } from './terminal/themes.ts';
import type { ViewSettings } from './view-settings.ts';

export interface SavedSettings {
  /** By view id; what is not there is as the view has it. */
  readonly views: Readonly<Record<string, Partial<Pick<ViewSettings, 'ordering' | 'tree' | 'columns'>>>>;
  readonly allKinds: boolean;
  readonly hiddenRuntimes: readonly string[];
  readonly showsPane: boolean;
  readonly theme: ThemeName;
  /** Undefined: the program's own. */
  readonly intervalMs: number | undefined;
}

export const NOTHING_SAVED: SavedSettings = {
  views: {},
  allKinds: false,
  hiddenRuntimes: [],
  showsPane: true,
  theme: 'dark',
  intervalMs: undefined,
};
