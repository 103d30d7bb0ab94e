/** The menu of what can be done to a container, the question before it, and what choosing does. Pure. */
import type { Container } from '../src/model/host-model.ts';
import type { Action } from './actions.ts';
import { copies } from './copies.ts';
import { openForm } from './forms.ts';
import type { Menu, MenuItem } from './menu.ts';
import { withError, withInfo } from './message.ts';
import { withMenu } from './opened-menu.ts';
import { type DashboardState, selectedContainer } from './state.ts';
import { only, type Step } from './step.ts';

/** What can be done to the container, as long as it is there, then what can be copied about it. */
export function openActions(state: DashboardState): DashboardState {
  const container = selectedContainer(state);
  if (container === undefined) return withInfo(state, 'no container is selected');
  const actions = isThere(state, container.key) ? state.actions.of(container) : [];
  const items: MenuItem[] = [
    ...actions.map(({ id, label, command }) => ({ id, label, detail: command })),
    ...copies(container).map(({ id, label, text }) => ({ id, label, detail: text })),
  ];
  const { key, name } = container;
  return withMenu(state, {
    kind: 'actions',
    title: name,
    items,
    hint: 'Enter chooses  Esc leaves',
    index: 0,
    about: { container: key, name },
  });
}

export function chooseAction(state: DashboardState, { about }: Menu, id: string): Step {
  const container = containerAbout(state, about);
  if (container === undefined) return only(hasEnded(state, about));
  const copy = copies(container).find((each) => each.id === id);
  if (copy !== undefined) {
    return {
      state: withInfo(state, `to the clipboard of the terminal: ${copy.text}`),
      effects: [{ kind: 'copy', text: copy.text }],
    };
  }
  const action = isThere(state, container.key)
    ? state.actions.of(container).find((each) => each.id === id)
    : undefined;
  if (action === undefined) return only(withInfo(state, 'that cannot be done any more'));
  return begin(state, action, container);
}

/** The first of these that can be done to the selected container, without the menu. */
export function chooseOf(state: DashboardState, ids: readonly string[]): Step {
  const container = selectedContainer(state);
  if (container === undefined) return only(withInfo(state, 'no container is selected'));
  const action = isThere(state, container.key)
    ? state.actions.of(container).find(({ id }) => ids.includes(id))
    : undefined;
  return action === undefined
    ? only(withInfo(state, `${ids.join(' or ')}: not possible for ${container.name}`))
    : begin(state, action, container);
}

function begin(state: DashboardState, action: Action, container: Container): Step {
  if (action.hasForm === true) return openForm(state, action, container);
  return action.question === undefined
    ? act(state, action, container)
    : only(asked(state, action, container));
}

/** @returns the state with the question before `action` over it */
export function asked(state: DashboardState, action: Action, { key, name }: Container): DashboardState {
  return withMenu(state, {
    kind: 'question',
    title: `${action.label} ${name}?`,
    text: [...(action.question ?? []), `as: ${action.command}`],
    items: [
      { id: 'n', label: 'No', detail: 'nothing is changed' },
      { id: 'y', label: 'Yes', detail: `${action.label} ${name}` },
    ],
    hint: 'y or n, or Enter',
    index: 0,
    about: { container: key, name, action },
  });
}

export function answer(state: DashboardState, { about }: Menu, id: string): Step {
  if (id !== 'y') return only(withInfo(state, 'nothing is changed'));
  const container = state.frame?.model.containers.find(({ key }) => key === about?.container);
  if (container === undefined) return only(hasEnded(state, about));
  const action = about?.action;
  return action === undefined || !isPossible(state, action, container)
    ? only(withInfo(state, 'that cannot be done any more'))
    : act(state, action, container);
}

/** A container that was frozen meanwhile cannot be frozen again. */
function isPossible({ actions }: DashboardState, { id }: Action, container: Container): boolean {
  return actions.of(container).some((each) => each.id === id);
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
    state: withInfo(state, `${action.label} ${container.name} …`),
    effects: [{ kind: 'act', action, container }],
  };
}
