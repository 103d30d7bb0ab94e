/** Reading what `renderScreen` made, for expectations. */
import type { Container, HostModel } from '../../../src/model/host-model.ts';
import { NO_ACTIONS } from '../../../tui/actions.ts';
import type { Key } from '../../../tui/key.ts';
import { renderScreen } from '../../../tui/render.ts';
import { NOTHING_SAVED } from '../../../tui/saved-settings.ts';
import type { ScreenLine, Size } from '../../../tui/screen-line.ts';
import { type DashboardState, initialState } from '../../../tui/state.ts';
import type { Effect } from '../../../tui/step.ts';
import { onKey, withFrame } from '../../../tui/update.ts';
import { makeTabs } from '../../../tui/views/index.ts';
import { frame, NOW_MS } from './fabricate.ts';

export const SMALL: Size = { columns: 80, rows: 24 };
export const MEDIUM: Size = { columns: 120, rows: 40 };
export const LARGE: Size = { columns: 200, rows: 60 };

export function textOf(line: ScreenLine): string {
  return line.map((span) => span.text).join('');
}

export function screenText(state: DashboardState): string {
  return renderScreen(state).map(textOf).join('\n');
}

export function lineWith(state: DashboardState, text: string): ScreenLine {
  const found = renderScreen(state).find((line) => textOf(line).includes(text));
  if (found === undefined) throw new Error(`no line with ${text} in\n${screenText(state)}`);
  return found;
}

export function emptyState(size: Size, unicode = true): DashboardState {
  return initialState({
    size,
    unicode,
    braille: unicode,
    intervalMs: 1000,
    nowMs: NOW_MS,
    tabs: makeTabs(new Map([[0, 'root']])),
    actions: NO_ACTIONS,
    saved: NOTHING_SAVED,
  });
}

export function stateOf(
  containers: readonly Container[],
  size: Size = SMALL,
  changes: Partial<HostModel> = {},
): DashboardState {
  return withFrame(emptyState(size), frame(containers, changes), NOW_MS);
}

export function keyNamed(name: string): Key {
  return [...name].length === 1 ? { name, text: name } : { name };
}

/** The state after keys, each by its name. */
export function press(state: DashboardState, ...names: readonly string[]): DashboardState {
  return names.reduce((before, name) => onKey(before, keyNamed(name)).state, state);
}

export function type(state: DashboardState, text: string): DashboardState {
  return press(state, ...text);
}

export function effectsOf(state: DashboardState, name: string): readonly Effect[] {
  return onKey(state, keyNamed(name)).effects;
}
