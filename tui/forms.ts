/** The form of an action: opening it, what keys do in it, and what comes back from behind the port. Pure. */
import type { Container } from '../src/model/host-model.ts';
import type { Action, Filling, FormContents, FormField, Refusal } from './actions.ts';
import type { Form, TypedLine } from './form.ts';
import type { Key } from './key.ts';
import type { Menu, MenuItem } from './menu.ts';
import { withError, withInfo } from './message.ts';
import { withMenu } from './opened-menu.ts';
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
    contents: undefined,
    typed: new Map(),
    index: 0,
    isBusy: false,
    refused: undefined,
  };
  return { state: { ...state, form }, effects: [{ kind: 'read-form', form, container }] };
}

/** Whoever has left the form meanwhile, or opened another, is not bothered with it. */
export function withContents(
  state: DashboardState,
  asked: Form,
  found: FormContents | Refusal,
): DashboardState {
  if (state.form !== asked) return state;
  if ('refused' in found) return withError({ ...state, form: undefined }, found.refused);
  const typed = new Map(
    found.options.flatMap(({ key, text }) => (text === undefined ? [] : [[key, atEnd(text)]])),
  );
  return { ...state, form: { ...asked, contents: found, typed } };
}

const atEnd = (text: string): TypedLine => ({ text, cursor: text.length });

/**
 * A plan is asked about over the form, which a No comes back to; one that is refused leaves it open for correction.
 * @param ask the state with a question about the action over it
 */
export function withPlan(
  state: DashboardState,
  asked: Form,
  plan: Action | Refusal,
  ask: (state: DashboardState, action: Action) => DashboardState,
): DashboardState {
  if (state.form !== asked) return state;
  const form = { ...asked, isBusy: false };
  if (!('refused' in plan)) return ask({ ...state, form }, plan);
  const { refused, otherwise } = plan;
  const shown = withError({ ...state, form: { ...form, refused } }, refused);
  return otherwise === undefined ? shown : ask(shown, otherwise);
}

/** What was typed elsewhere stays. */
export function withFilling(
  state: DashboardState,
  asked: Form,
  values: ReadonlyMap<string, string> | Refusal,
): DashboardState {
  const { contents } = asked;
  if (state.form !== asked || contents === undefined) return state;
  const form: Form = { ...asked, isBusy: false };
  if ('refused' in values) return withError({ ...state, form }, values.refused);
  const missing = [...values.keys()].filter((key) => !linesOf(form).some((each) => each.key === key));
  const fields = [...contents.fields, ...missing.map(blankField)];
  const typed = new Map([...form.typed, ...[...values].map(([key, text]) => [key, atEnd(text)] as const)]);
  const filled = { ...form, contents: { ...contents, fields }, typed, refused: undefined };
  return withInfo({ ...state, form: filled }, `filled in: ${wordsOf(values)}`);
}

function blankField(key: string): FormField {
  return { key, own: '', effective: '', used: '', hint: '' };
}

const wordsOf = (values: ReadonlyMap<string, string>) =>
  values.size === 0 ? 'nothing' : [...values].map(([key, value]) => `${key}=${value}`).join(' ');

export function formKey(state: DashboardState, form: Form, key: Key): Step {
  switch (key.name) {
    case 'escape':
    case 'C-g':
      return only(withInfo({ ...state, form: undefined }, 'nothing is changed'));
    case 'up':
    case 'C-p':
    case 'S-tab':
      return only(moved(state, form, -1, 'round'));
    case 'down':
    case 'C-n':
    case 'tab':
      return only(moved(state, form, 1, 'round'));
    case 'pageup':
      return only(moved(state, form, -PAGE));
    case 'pagedown':
      return only(moved(state, form, PAGE));
    case 'enter':
      return planned(state, form);
    case 'f2':
      return only(openFillings(state, form));
    case 'f5':
      return undone(state, form);
  }
  const field = linesOf(form)[form.index];
  if (field === undefined || form.isBusy) return only(state);
  const typed = edit(typedIn(form, field), key);
  if (typed === undefined) return only(state);
  const next = { ...form, typed: new Map(form.typed).set(field.key, typed), refused: undefined };
  return only({ ...state, form: next });
}

/** What can be typed into, in order. */
export function linesOf({ contents }: Form): readonly { readonly key: string; readonly hint: string }[] {
  return contents === undefined ? [] : [...contents.fields, ...contents.options];
}

export function typedIn({ typed }: Form, { key }: { readonly key: string }): TypedLine {
  return typed.get(key) ?? NOTHING_TYPED;
}

/** A press of the mouse on the field at `index`. */
export function selectField(state: DashboardState, form: Form, index: number): DashboardState {
  return moved(state, form, index - form.index);
}

/** The wheel does not go round. */
export function wheelInForm(state: DashboardState, form: Form, distance: number): DashboardState {
  return moved(state, form, distance);
}

/** @param atEnd `round`: from the last to the first, as Tab does in forms */
function moved(state: DashboardState, form: Form, distance: number, atEnd?: 'round'): DashboardState {
  const count = linesOf(form).length;
  if (form.isBusy || count === 0) return state;
  const wanted = form.index + distance;
  const index = atEnd === 'round' ? (wanted + count) % count : Math.max(0, Math.min(count - 1, wanted));
  return { ...state, form: { ...form, index } };
}

function planned(state: DashboardState, form: Form): Step {
  if (form.contents === undefined || form.isBusy) return only(state);
  const values = new Map(
    [...form.typed].flatMap(([key, { text }]) => (text.trim() === '' ? [] : [[key, text.trim()] as const])),
  );
  if (values.size === 0)
    return only(
      withInfo(
        state,
        form.contents.fields.length === 0
          ? 'nothing typed yet'
          : 'nothing typed yet: a new value goes into the last column',
      ),
    );
  const container = containerOf(state, form.about.container);
  if (container === undefined) return only(hasEnded(state, form));
  const asked: Form = { ...form, isBusy: true, refused: undefined };
  return {
    state: { ...state, form: asked },
    effects: [{ kind: 'plan-form', form: asked, container, values }],
  };
}

/** Presets, and the other containers that there are. */
function openFillings(state: DashboardState, form: Form, typed = ''): DashboardState {
  const { contents, isBusy, about } = form;
  if (contents === undefined || isBusy) return state;
  const others = contents.copies ? (state.frame?.model.containers ?? []) : [];
  const items: MenuItem[] = [
    ...contents.presets.map(({ name, detail }) => ({ id: `${PRESET}${name}`, label: name, detail })),
    ...others
      .filter(({ key, state: is }) => key !== about.container && is !== 'exited' && is !== 'exited-init')
      .map(({ key, name, runtime }) => ({ id: `${COPY}${key}`, label: `as ${name}`, detail: runtime })),
  ];
  if (items.length === 0) return withInfo(state, 'there is nothing to fill in here');
  return withMenu(state, {
    kind: 'fillings',
    title: `Fill in ${typed}`,
    items: items.filter(({ label }) => label.toLowerCase().includes(typed.toLowerCase())),
    hint: 'type a part of a name  Enter fills in  Esc leaves',
    index: 0,
    about,
    typed,
  });
}

/** What is typed finds: there may be hundreds. Undefined for keys that do what they do in every menu. */
export function fillingsKey(
  state: DashboardState,
  { typed = '' }: Menu,
  key: Key,
): DashboardState | undefined {
  if (state.form === undefined) return undefined;
  if (key.name === 'backspace') return openFillings(state, state.form, [...typed].slice(0, -1).join(''));
  return key.text === undefined ? undefined : openFillings(state, state.form, typed + key.text);
}

const PRESET = 'preset ';
const COPY = 'copy ';

/** @param state without the menu */
export function chooseFilling(state: DashboardState, { about }: Menu, id: string): Step {
  const { form } = state;
  const container = containerOf(state, about?.container);
  if (form === undefined) return only(state);
  if (container === undefined) return only(hasEnded(state, form));
  const other = id.startsWith(COPY) ? containerOf(state, id.slice(COPY.length)) : undefined;
  const filling: Filling | undefined = id.startsWith(PRESET)
    ? { preset: id.slice(PRESET.length) }
    : other && { container: other };
  if (filling === undefined) return only(withError(state, 'that container has ended'));
  const asked: Form = { ...form, isBusy: true };
  return {
    state: { ...state, form: asked },
    effects: [{ kind: 'fill-form', form: asked, container, filling }],
  };
}

/** What was done before is taken back, whatever was typed. */
function undone(state: DashboardState, form: Form): Step {
  const undo = form.contents?.undo;
  if (form.isBusy) return only(state);
  if (undo === undefined) return only(withInfo(state, 'there is no change to take back'));
  const container = containerOf(state, form.about.container);
  if (container === undefined) return only(hasEnded(state, form));
  return {
    state: { ...state, form: undefined },
    effects: [{ kind: 'plan-action', action: undo, container }],
  };
}

function containerOf({ frame }: DashboardState, key: string | undefined): Container | undefined {
  return frame?.model.containers.find((each) => each.key === key);
}

function hasEnded(state: DashboardState, { about }: Form): DashboardState {
  return withError({ ...state, form: undefined }, `${about.name} has ended; nothing is changed`);
}
