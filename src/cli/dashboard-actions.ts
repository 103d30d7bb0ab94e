/** What the dashboard can do to containers: behind its port, so that it knows none of it. */

import type { Action, ActionForm, ContainerActions, Outcome, Refusal } from '../../tui/actions.ts';
import type { Container } from '../model/host-model.ts';
import { shellWord } from '../model/shell-word.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';

/** As htop offers them, those that are sent to containers first. KILL goes to all of it: its init alone would not do. */
const SIGNALS = ['TERM', 'KILL', 'HUP', 'INT', 'QUIT', 'USR1', 'USR2', 'STOP', 'CONT'];
const SIGNAL_ID = /^signal-([A-Z0-9]+)$/;

export function containerActions(files: KernelFiles): ContainerActions {
  return {
    of: (container) => (files.ownProc && isAlive(container) ? actionsOf(container) : []),
    run: (action, container) => outcomeOf(run(files, action, container)),
    form: limitsForm(files),
  };
}

/** Loaded when it is asked for, as the others. */
function limitsForm(files: KernelFiles): ActionForm {
  const limits = () => import('./dashboard-limits.ts');
  return {
    fields: (_action, container) =>
      orRefusal(limits().then(({ limitFields }) => limitFields(files, container))),
    plan: (action, container, values) =>
      orRefusal(limits().then(({ planLimitAction }) => planLimitAction(files, action, container, values))),
  };
}

function isAlive({ state }: Container): boolean {
  return state !== 'exited' && state !== 'exited-init';
}

function actionsOf(container: Container): Action[] {
  const { state, name } = container;
  const isFrozen = state === 'frozen' || state === 'freezing';
  const target = shellWord(name);
  return [
    { id: 'shell', label: 'shell', command: `porthole attach ${target}`, takesTerminal: true },
    { id: 'limits', label: 'limits', command: `porthole limit ${target}`, hasForm: true },
    isFrozen ? thawAction(container, target) : freezeAction(container, target),
    ...SIGNALS.map((signal) => signalAction(container, target, signal)),
  ];
}

function freezeAction({ pids, cgroup }: Container, target: string): Action {
  const path = cgroup.paths['freezer'] ?? cgroup.paths[''] ?? '/';
  return {
    id: 'freeze',
    label: 'freeze',
    question: [
      `${counted(pids.length)} stop until it is thawed: nothing in it runs, and connections to it may break`,
      `by the freezer of ${path}`,
    ],
    command: `porthole freeze ${target}`,
  };
}

function thawAction({ pids, frozenBy }: Container, target: string): Action {
  return {
    id: 'thaw',
    label: 'thaw',
    question: [
      `${counted(pids.length)} go on`,
      ...(frozenBy === undefined ? [] : [`but for what ${frozenBy}, a cgroup above it, keeps frozen`]),
    ],
    command: `porthole thaw ${target}`,
  };
}

function signalAction({ initPid, pids }: Container, target: string, signal: string): Action {
  const all = signal === 'KILL';
  return {
    id: `signal-${signal}`,
    label: `signal ${signal}`,
    question: [
      `SIG${signal} to ${all ? `all of it, ${counted(pids.length)} now` : `its init, pid ${initPid}`}`,
    ],
    command: `porthole kill ${target} -s ${signal}${all ? ' --all' : ''}`,
  };
}

const counted = (processes: number) => `${processes} ${processes === 1 ? 'process' : 'processes'}`;

/** Loaded when it is asked for: it brings the launcher along. */
async function run(files: KernelFiles, action: Action, container: Container): Promise<string> {
  const { id } = action;
  if (id === 'shell') return (await import('./dashboard-shell.ts')).shellIn(files, container);
  if (id === 'limits')
    return (await import('./dashboard-limits.ts')).runLimitAction(files, action, container);
  const control = await import('./dashboard-control.ts');
  if (id === 'freeze') return control.freezeIn(files, container);
  if (id === 'thaw') return control.thawIn(files, container);
  const signal = SIGNAL_ID.exec(id)?.[1];
  if (signal !== undefined) return control.signalTo(files, container, signal);
  throw new Error(`there is no action ${id}`);
}

async function outcomeOf(text: Promise<string>): Promise<Outcome> {
  try {
    return { isDone: true, text: await text };
  } catch (error) {
    return { isDone: false, text: textOf(error) };
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
