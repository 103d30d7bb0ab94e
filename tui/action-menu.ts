/** The menu of what can be done to a container, the question before it, and what choosing does. Pure. */
import type { Container } from '../src/model/host-model.ts';
import type { Action, Entry, Outcome, Refusal } from './actions.ts';
import { copies } from './copies.ts';
import { openForm } from './forms.ts';
import type { Menu, MenuItem } from './menu.ts';
import { withError, withInfo } from './message.ts';
import { withMenu } from './opened-menu.ts';
import { type DashboardState, selectedContainer } from './state.ts';
import { only, type Step } from './step.ts';

const CHOOSE = 'Enter chooses  Esc leaves';

/** What can be done to the container, as long as it is there, then what can be copied about it. */
export function openActions(state: DashboardState): DashboardState {
  const container = selectedContainer(state);
  if (container === undefined) return withInfo(state, 'no container is selected');
  const actions = isThere(state, container.key) ? state.actions.of(container) : [];
  const { key, name } = container;
  return withMenu(state, {
    kind: 'actions',
    title: name,
    items: [
      ...actions.map(itemOf),
      ...copies(container).map(({ id, label, text }) => ({ id, label, detail: text })),
    ],
    hint: CHOOSE,
    index: 0,
    about: { container: key, name },
  });
}

function itemOf({ id, label, command, first }: Action): MenuItem {
  return { id, label, detail: command, ...(first?.kind === 'choose' && { leadsOn: true }) };
}

/** @param state without the menu */
export function chooseAction(state: DashboardState, menu: Menu, id: string): Step {
  const { about } = menu;
  const container = containerAbout(state, about);
  if (container === undefined) return only(hasEnded(state, about));
  const copy = copies(container).find((each) => each.id === id);
  if (copy !== undefined) {
    return {
      state: withInfo(state, `to the clipboard of the terminal: ${copy.text}`),
      effects: [{ kind: 'copy', text: copy.text }],
    };
  }
  const action = actionsOf(state, container).find((each) => each.id === id);
  if (action === undefined) return only(withInfo(state, 'that cannot be done any more'));
  if (action.first?.kind === 'choose') return only(openChoices(state, menu, action.first));
  return begin(state, action, container);
}

function openChoices(
  state: DashboardState,
  parent: Menu,
  { title, from }: Extract<Action['first'], { kind: 'choose' }>,
): DashboardState {
  const { about } = parent;
  return withMenu(state, {
    kind: 'actions',
    title,
    items: from.map(itemOf),
    hint: 'Enter chooses  Esc goes back',
    index: 0,
    parent,
    ...(about !== undefined && { about }),
  });
}

/** The first of these that can be done to the selected container, without the menu. */
export function chooseOf(state: DashboardState, ids: readonly string[]): Step {
  const container = selectedContainer(state);
  if (container === undefined) return only(withInfo(state, 'no container is selected'));
  const action = actionsOf(state, container).find(({ id }) => ids.includes(id));
  return action === undefined
    ? only(withInfo(state, `${ids.join(' or ')}: not possible for ${container.name}`))
    : begin(state, action, container);
}

/** With those that others lead to. */
function actionsOf(state: DashboardState, container: Container): readonly Action[] {
  const all = (actions: readonly Action[]): Action[] =>
    actions.flatMap((each) => [
      each,
      ...all(each.first?.kind === 'choose' ? each.first.from : []),
      ...all(each.answers?.map(({ action }) => action) ?? []),
    ]);
  return isThere(state, container.key) ? all(state.actions.of(container)) : [];
}

function begin(state: DashboardState, action: Action, container: Container): Step {
  switch (action.first?.kind) {
    case 'form':
      return openForm(state, action, container);
    case 'plan':
      return { state, effects: [{ kind: 'plan-action', action, container }] };
    case 'list':
      return { state, effects: [{ kind: 'read-list', action, container }] };
    default:
      return action.question === undefined
        ? act(state, action, container)
        : only(asked(state, action, container));
  }
}

/** @returns the state with the question before `action` over it */
export function asked(state: DashboardState, action: Action, { key, name }: Container): DashboardState {
  const does = doesOf(action, name);
  return withMenu(state, {
    kind: 'question',
    title: `${does}?`,
    text: [...(action.question ?? []), `as: ${action.command}`],
    items: [
      { id: 'n', label: 'No', detail: state.form === undefined ? 'nothing is changed' : 'back to the form' },
      { id: 'y', label: 'Yes', detail: does },
      ...(action.answers ?? []).map(({ key: id, label, detail }) => ({ id, label, detail })),
    ],
    hint: `${['y', ...(action.answers ?? []).map((each) => each.key)].join(', ')} or n, or Enter`,
    index: 0,
    about: { container: key, name, action },
  });
}

const doesOf = ({ does, label }: Action, name: string) => does ?? `${label} ${name}`;

/** @param state without the question */
export function answer(state: DashboardState, { about }: Menu, id: string): Step {
  const asked = about?.action;
  const action = id === 'y' ? asked : asked?.answers?.find(({ key }) => key === id)?.action;
  if (id === 'n' || action === undefined) return only(withInfo(state, 'nothing is changed'));
  const closed = { ...state, form: undefined };
  const container = state.frame?.model.containers.find(({ key }) => key === about?.container);
  if (container === undefined) return only(hasEnded(closed, about));
  return isPossible(state, action, container)
    ? act(closed, action, container)
    : only(withInfo(closed, 'that cannot be done any more'));
}

/** A container that was frozen meanwhile cannot be frozen again. */
function isPossible(state: DashboardState, { id }: Action, container: Container): boolean {
  return actionsOf(state, container).some((each) => each.id === id);
}

/** What a look before an action gave. Whoever does something else by now is not interrupted. */
export function withPlannedAction(
  state: DashboardState,
  plan: Action | Refusal,
  container: Container,
): DashboardState {
  if (!('refused' in plan)) return askedUnlessBusy(state, plan, container);
  const refused = withError(state, plan.refused);
  return plan.otherwise === undefined ? refused : askedUnlessBusy(refused, plan.otherwise, container);
}

/** What an action came to. */
export function withOutcome(
  state: DashboardState,
  { isDone, text, otherwise }: Outcome,
  container: Container,
): DashboardState {
  if (isDone) return withInfo(state, text);
  const failed = withError(state, text);
  return otherwise === undefined ? failed : askedUnlessBusy(failed, otherwise, container);
}

function askedUnlessBusy(state: DashboardState, action: Action, container: Container): DashboardState {
  return isBusy(state) ? state : asked(state, action, container);
}

function isBusy({ menu, form, prompt }: DashboardState): boolean {
  return menu !== undefined || form !== undefined || prompt !== undefined;
}

export function withList(
  state: DashboardState,
  action: Action,
  found: readonly Entry[] | Refusal,
  { key, name }: Container,
): DashboardState {
  if ('refused' in found) return withError(state, found.refused);
  if (isBusy(state)) return state;
  return withMenu(state, {
    kind: 'entries',
    title: doesOf(action, name),
    items: found,
    hint: 'Esc leaves',
    index: 0,
    about: { container: key, name },
  });
}

/** As it is now; where its page is open, as it was last. */
function containerAbout(state: DashboardState, about: Menu['about']): Container | undefined {
  const { frame, scope } = state;
  const isMeant = ({ key }: Container) => key === about?.container;
  return (
    frame?.model.containers.find(isMeant) ??
    (scope !== undefined && isMeant(scope.container) ? scope.container : undefined)
  );
}

function isThere({ frame }: DashboardState, key: string): boolean {
  return frame?.model.containers.some((each) => each.key === key) === true;
}

function hasEnded(state: DashboardState, about: Menu['about']): DashboardState {
  return withError(state, `${about?.name ?? 'its container'} has ended; nothing is changed`);
}

function act(state: DashboardState, action: Action, container: Container): Step {
  return {
    state: withInfo(state, `${doesOf(action, container.name)} …`),
    effects: [{ kind: 'act', action, container }],
  };
}
