/** What the dashboard can do to containers: behind its port, so that it knows none of it. */

import type { Action, ContainerActions, FormField, Outcome, Refusal } from '../../tui/actions.ts';
import type { Container } from '../model/host-model.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';

export function containerActions(files: KernelFiles): ContainerActions {
  return {
    of: (container) => (files.ownProc && isAlive(container) ? [shellIn(container), limitsOf(container)] : []),
    run: (action, container) =>
      action.id === LIMITS ? runLimits(files, action, container) : runShell(files, container),
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

function shellIn({ name }: Container): Action {
  return { id: 'shell', label: 'shell', command: `porthole attach ${shellWord(name)}`, takesTerminal: true };
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Loaded when it is asked for: it brings the launcher along. */
async function runShell(files: KernelFiles, container: Container): Promise<Outcome> {
  try {
    const { shellIn } = await import('./dashboard-shell.ts');
    return { isDone: true, text: await shellIn(files, container) };
  } catch (error) {
    return { isDone: false, text: textOf(error) };
  }
}
