/** A next state together with what the outside has to do about it. */
import type { Container } from '../src/model/host-model.ts';
import type { Action, Filling } from './actions.ts';
import type { Form } from './form.ts';
import type { DashboardState } from './state.ts';
import type { ThemeName } from './terminal/themes.ts';

export type Effect =
  | { readonly kind: 'quit' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'refresh' }
  | { readonly kind: 'interval'; readonly intervalMs: number }
  | { readonly kind: 'paused'; readonly paused: boolean }
  | { readonly kind: 'theme'; readonly theme: ThemeName }
  /** Into the clipboard of the terminal. */
  | { readonly kind: 'copy'; readonly text: string }
  | { readonly kind: 'act'; readonly action: Action; readonly container: Container }
  /** The fields of the form that is open. */
  | { readonly kind: 'read-form'; readonly form: Form; readonly container: Container }
  /** What the form that is open would do. */
  | {
      readonly kind: 'plan-form';
      readonly form: Form;
      readonly container: Container;
      readonly values: ReadonlyMap<string, string>;
    }
  /** What goes into the form that is open. */
  | {
      readonly kind: 'fill-form';
      readonly form: Form;
      readonly container: Container;
      readonly filling: Filling;
    }
  /** What an action would do, before it is asked about. */
  | { readonly kind: 'plan-action'; readonly action: Action; readonly container: Container }
  | { readonly kind: 'read-list'; readonly action: Action; readonly container: Container }
  /** Something changed that is remembered from one start to the next. */
  | { readonly kind: 'save' };

export interface Step {
  readonly state: DashboardState;
  readonly effects: readonly Effect[];
}

export function only(state: DashboardState): Step {
  return { state, effects: [] };
}

export function saving(state: DashboardState, ...effects: readonly Effect[]): Step {
  return { state, effects: [...effects, { kind: 'save' }] };
}
