/** A next state together with what the outside has to do about it. */
import type { DashboardState } from './state.ts';

export type Effect =
  | { readonly kind: 'quit' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'refresh' }
  | { readonly kind: 'interval'; readonly intervalMs: number }
  | { readonly kind: 'paused'; readonly paused: boolean };

export interface Step {
  readonly state: DashboardState;
  readonly effects: readonly Effect[];
}

export function only(state: DashboardState): Step {
  return { state, effects: [] };
}
