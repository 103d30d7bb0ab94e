/** What the dashboard can do to containers: behind its port, so that it knows none of it. */

import type { Action, ActionLooks, ContainerActions, Outcome, Refusal } from '../../tui/actions.ts';
import { ActionRefusal } from '../actions/refusal.ts';
import type { Container } from '../model/host-model.ts';
import { keeperOf } from '../model/limits/persist.ts';
import { shellWord } from '../model/shell-word.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { freezeActions, thawAction } from './dashboard-freeze.ts';
import { historyAction, JournalLook, undoAction } from './dashboard-journal.ts';
import { signalsOf } from './dashboard-signals.ts';
import { keptContainer } from './limit-persist.ts';

export function containerActions(files: KernelFiles): ContainerActions {
  const journal = new JournalLook(files);
  return {
    of: (container) => (files.ownProc && isAlive(container) ? actionsOf(journal, container) : []),
    run: (action, container) => outcomeOf(run(files, action, container), files, action, container),
    looks: looksOf(files),
  };
}

/** Loaded when they are asked for: they bring the launcher along. */
const limits = () => import('./dashboard-limits.ts');
const undo = () => import('./dashboard-undo.ts');
const lasting = () => import('./dashboard-persist.ts');
const control = () => import('./dashboard-control.ts');
const fresh = async (files: KernelFiles, container: Container) =>
  (await import('./dashboard-target.ts')).asItIs(files, container);

function looksOf(files: KernelFiles): ActionLooks {
  return {
    form: ({ id }, container) =>
      orRefusal(
        id === 'limits'
          ? limits().then(async ({ limitForm }) => limitForm(files, await fresh(files, container)))
          : control().then(({ timeForm }) => timeForm(id)),
      ),
    fill: (_action, container, filling) =>
      orRefusal(limits().then(({ limitValues }) => limitValues(files, container, filling))),
    plan: (action, container, values) => orRefusal(planned(files, action, container, values)),
    list: (_action, container) =>
      orRefusal(undo().then(({ limitHistory }) => limitHistory(files, container))),
  };
}

async function planned(
  files: KernelFiles,
  action: Action,
  container: Container,
  values: ReadonlyMap<string, string>,
): Promise<Action | Refusal> {
  const { id } = action;
  if (id === 'limits')
    return (await limits()).planLimitAction(files, action, await fresh(files, container), values);
  if (id === 'limits-undo')
    return (await undo()).planUndoAction(files, action, await fresh(files, container));
  if (id === 'limits-persist')
    return (await lasting()).planPersistAction(files, action, await fresh(files, container));
  return (await control()).planTimed(action, container, values);
}

function isAlive({ state }: Container): boolean {
  return state !== 'exited' && state !== 'exited-init';
}

function actionsOf(journal: JournalLook, container: Container): Action[] {
  const { state, name, key } = container;
  const isFrozen = state === 'frozen' || state === 'freezing';
  const target = shellWord(name);
  const { hasUndo, hasHistory } = journal.about(key);
  return [
    { id: 'shell', label: 'shell', command: `porthole attach ${target}`, takesTerminal: true },
    {
      id: 'limits',
      label: 'limits',
      command: `porthole limit ${target}`,
      first: { kind: 'form', title: `limits of ${name}` },
    },
    ...(hasUndo ? [undoAction(name, target)] : []),
    ...(hasHistory ? [historyAction(name, target)] : []),
    ...persistActions(container, target),
    ...(isFrozen ? [thawAction(container, target)] : freezeActions(container, target)),
    signalsOf(container, target),
  ];
}

/** Where somebody keeps the container, and will write limits of his own into its cgroup again. */
function persistActions(container: Container, target: string): Action[] {
  if (keeperOf(keptContainer({ container })) === undefined) return [];
  return [
    {
      id: 'limits-persist',
      label: 'make limits last',
      command: `porthole limit ${target} --persist --apply`,
      first: { kind: 'plan' },
    },
  ];
}

async function run(files: KernelFiles, action: Action, container: Container): Promise<string> {
  const { id } = action;
  if (id === 'shell') return (await import('./dashboard-shell.ts')).shellIn(files, container);
  const now = await fresh(files, container);
  if (id === 'limits') return (await limits()).runLimitAction(files, action, now);
  if (id === 'limits-undo') return (await undo()).runUndoAction(files, action, now);
  if (id === 'limits-persist') return (await lasting()).runPersistAction(action, now);
  const { freezeIn, thawIn, signalTo } = await control();
  if (id === 'freeze' || id === 'freeze-for') return freezeIn(files, action, now);
  if (id === 'thaw') return thawIn(files, now);
  return signalTo(files, action, now);
}

async function outcomeOf(
  text: Promise<string>,
  files: KernelFiles,
  action: Action,
  container: Container,
): Promise<Outcome> {
  try {
    return { isDone: true, text: await text };
  } catch (error) {
    const refused = textOf(error);
    const isFreeze = action.id === 'freeze' || action.id === 'freeze-for';
    if (!isFreeze || !(error instanceof ActionRefusal) || error.yieldsTo !== 'move')
      return { isDone: false, text: refused };
    const move = await orRefusal(control().then(({ planMove }) => planMove(files, action, container, error)));
    return { isDone: false, text: refused, ...(!('refused' in move) && { otherwise: move }) };
  }
}

async function orRefusal<T>(answer: Promise<T | Refusal>): Promise<T | Refusal> {
  try {
    return await answer;
  } catch (error) {
    return { refused: textOf(error) };
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
