/** What the dashboard can do to containers: behind its port, so that it knows none of it. */

import type { Action, ContainerActions, Outcome } from '../../tui/actions.ts';
import type { Container } from '../model/host-model.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';

export function containerActions(files: KernelFiles): ContainerActions {
  return {
    of: (container) => (files.ownProc && isAlive(container) ? [shellIn(container)] : []),
    run: (_action, container) => runShell(files, container),
  };
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
    return { isDone: false, text: error instanceof Error ? error.message : String(error) };
  }
}
