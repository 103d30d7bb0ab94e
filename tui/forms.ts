/** The form of an action: opening it, what keys do in it, and what comes back from behind the port. Pure. */
import type { Container } from '../src/model/host-model.ts';
import type { Action, FormField, Refusal } from './actions.ts';
import type { Form, TypedLine } from './form.ts';
import type { Key } from './key.ts';
import { withError, withInfo } from './message.ts';
import { edit } from './prompt.ts';
import type { DashboardState } from './state.ts';
import { only, type Step } from './step.ts';

const NOTHING_TYPED: TypedLine = { text: '', cursor: 0 };
const PAGE = 10;

export function openForm(state: DashboardState, action: Action, container: Container): Step {
  const { key, name } = container;
  const form: Form = {
    action,
    about: { container: key, name },
    fields: undefined,
    typed: new Map(),
    index: 0,
    isPlanning: false,
  };
  return { state: { ...state, form }, effects: [{ kind: 'read-form', form, container }] };
}

/** Whoever has left the form meanwhile, or opened another, is not bothered with it. */
export function withFields(
  state: DashboardState,
  asked: Form,
  found: readonly FormField[] | Refusal,
): DashboardState {
  if (state.form !== asked) return state;
  if ('refused' in found) return withError({ ...state, form: undefined }, found.refused);
  return { ...state, form: { ...asked, fields: found } };
}

/** A refused plan leaves the form open for correction. @param ask the state with a question about the action over it */
export function withPlan(
  state: DashboardState,
  asked: Form,
  plan: Action | Refusal,
  ask: (state: DashboardState, action: Action) => DashboardState,
): DashboardState {
  if (state.form !== asked) return state;
  if ('refused' in plan) return withError({ ...state, form: { ...asked, isPlanning: false } }, plan.refused);
  return ask({ ...state, form: undefined }, plan);
}

export function formKey(state: DashboardState, form: Form, key: Key): Step {
  switch (key.name) {
    case 'escape':
    case 'C-g':
      return only(withInfo({ ...state, form: undefined }, 'nothing is changed'));
    case 'up':
    case 'C-p':
    case 'S-tab':
      return only(moved(state, form, -1));
    case 'down':
    case 'C-n':
    case 'tab':
      return only(moved(state, form, 1));
    case 'pageup':
      return only(moved(state, form, -PAGE));
    case 'pagedown':
      return only(moved(state, form, PAGE));
    case 'enter':
      return planned(state, form);
  }
  const field = form.fields?.[form.index];
  if (field === undefined || form.isPlanning) return only(state);
  const typed = edit(typedIn(form, field), key);
  if (typed === undefined) return only(state);
  return only({ ...state, form: { ...form, typed: new Map(form.typed).set(field.key, typed) } });
}

export function typedIn({ typed }: Form, { key }: FormField): TypedLine {
  return typed.get(key) ?? NOTHING_TYPED;
}

/** A press of the mouse on the field at `index`. */
export function selectField(state: DashboardState, form: Form, index: number): DashboardState {
  return moved(state, form, index - form.index);
}

function moved(state: DashboardState, form: Form, distance: number): DashboardState {
  const last = (form.fields?.length ?? 0) - 1;
  const index = Math.max(0, Math.min(last, form.index + distance));
  return form.isPlanning ? state : { ...state, form: { ...form, index } };
}

function planned(state: DashboardState, form: Form): Step {
  if (form.fields === undefined || form.isPlanning) return only(state);
  const values = new Map(
    [...form.typed].flatMap(([key, { text }]) => (text.trim() === '' ? [] : [[key, text.trim()] as const])),
  );
  if (values.size === 0)
    return only(withInfo(state, 'nothing typed yet: a new value goes into the last column'));
  const container = state.frame?.model.containers.find(({ key }) => key === form.about.container);
  if (container === undefined)
    return only(withError({ ...state, form: undefined }, `${form.about.name} has ended; nothing is changed`));
  const asked: Form = { ...form, isPlanning: true };
  return {
    state: { ...state, form: asked },
    effects: [{ kind: 'plan-form', form: asked, container, values }],
  };
}
