/** What the mouse does: a press selects, sorts, chooses; a second one opens; the wheel scrolls. Pure. */
import { moveBy, runCommand } from './commands.ts';
import type { Form } from './form.ts';
import { formKey, selectField, wheelInForm } from './forms.ts';
import { COMMANDS } from './keys.ts';
import { chooseIn, menuKey } from './menus.ts';
import type { MouseEvent } from './mouse.ts';
import { open, toTab } from './navigate.ts';
import type { Click } from './screen-line.ts';
import { sortBy } from './sorting.ts';
import { type DashboardState, settingsOf } from './state.ts';
import { only, type Step } from './step.ts';

const WHEEL_ROWS = 3;

/** @param click what the text under the pointer means */
export function onPointing(state: DashboardState, event: MouseEvent, click: Click | undefined): Step {
  if (event.kind !== 'press') return wheel(state, event.kind === 'wheel-up' ? -1 : 1);
  if (event.button !== 'left') return only(state);
  const clean = { ...state, message: undefined };
  if (clean.menu !== undefined) {
    // A press beside the menu leaves it, as in other programs.
    if (click?.kind !== 'menu') return only({ ...clean, menu: undefined });
    const pointed = { ...clean.menu, index: click.index };
    const isSwitch = pointed.kind === 'columns' || pointed.kind === 'runtimes';
    const next = { ...clean, menu: pointed };
    return isSwitch ? menuKey(next, pointed, { name: 'space' }) : chooseIn(next, pointed);
  }
  // A press beside it does not throw away what was typed.
  if (clean.form !== undefined) return inForm(clean, clean.form, click);
  return click === undefined || clean.prompt !== undefined
    ? only(clean)
    : clicked(clean, click, event.double);
}

function inForm(state: DashboardState, form: Form, click: Click | undefined): Step {
  if (click?.kind === 'field') return only(selectField(state, form, click.index));
  return click?.kind === 'key' ? formKey(state, form, { name: click.name }) : only(state);
}

function wheel(state: DashboardState, direction: 1 | -1): Step {
  if (state.menu !== undefined) return menuKey(state, state.menu, { name: direction < 0 ? 'up' : 'down' });
  if (state.form !== undefined) return only(wheelInForm(state, state.form, direction));
  return only(moveBy(state, direction * WHEEL_ROWS));
}

function clicked(state: DashboardState, click: Click, double: boolean): Step {
  switch (click.kind) {
    case 'row': {
      const selected = { ...state, selectedKey: click.key };
      return only(double && state.selectedKey === click.key ? open(selected) : selected);
    }
    case 'sort': {
      const { column, reversed } = settingsOf(state).ordering;
      return sortBy(state, click.column, click.column === column && !reversed);
    }
    case 'tab':
      return only(toTab(state, click.tab));
    case 'command': {
      const command = COMMANDS.find((each) => each === click.command);
      return command === undefined ? only(state) : runCommand(state, command);
    }
    case 'menu':
    case 'field':
    case 'key':
      return only(state);
  }
}
