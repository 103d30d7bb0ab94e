/** What the dashboard can do to containers: behind its port, so that it knows none of it. */

import type { Action, ContainerActions, FormField, Outcome, Refusal } from '../../tui/actions.ts';
import type { Container } from '../model/host-model.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';

/** As htop offers them, those that are sent to containers first. KILL goes to all of it: its init alone would not do. */
const SIGNALS = ['TERM', 'KILL', 'HUP', 'INT', 'QUIT', 'USR1', 'USR2', 'STOP', 'CONT'];
const SIGNAL_ID = /^signal-([A-Z0-9]+)$/;

export function containerActions(files: KernelFiles): ContainerActions {
  return {
    of: (container) => (files.ownProc && isAlive(container) ? actionsOf(container) : []),
    run: (action, container) =>
      action.id === LIMITS ? runLimits(files, action, container) : outcomeOf(run(files, action, container)),
    form: {
      fields: (_action, container) => fieldsOf(files, container),
      plan: (action, container, values) => planLimits(files, action, container, values),
    },
  };
}

const LIMITS = 'limits';

function limitsOf({ name }: Container): Action {
  return { id: LIMITS, label: 'limits', command: `porthole limit ${shellWord(name)}`, hasForm: true };
}

async function fieldsOf(files: KernelFiles, container: Container): Promise<readonly FormField[] | Refusal> {
  try {
    const { limitFields } = await import('./dashboard-limits.ts');
    return limitFields(files, container);
  } catch (error) {
    return { refused: textOf(error) };
  }
}

async function planLimits(
  files: KernelFiles,
  action: Action,
  container: Container,
  values: ReadonlyMap<string, string>,
): Promise<Action | Refusal> {
  try {
    const { planLimitAction } = await import('./dashboard-limits.ts');
    return planLimitAction(files, action, container, values);
  } catch (error) {
    return { refused: textOf(error) };
  }
}

async function runLimits(files: KernelFiles, action: Action, container: Container): Promise<Outcome> {
  try {
    const { runLimitAction } = await import('./dashboard-limits.ts');
    return await runLimitAction(files, action, container);
  } catch (error) {
    return { isDone: false, text: textOf(error) };
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
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
    limitsOf(container),
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

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Loaded when it is asked for: it brings the launcher along. */
async function run(files: KernelFiles, { id }: Action, container: Container): Promise<string> {
  if (id === 'shell') return (await import('./dashboard-shell.ts')).shellIn(files, container);
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
