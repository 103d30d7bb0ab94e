/** How a program ended, and the exit status that `attach` and `spawn` make of it (CONTRACT: exit status). Pure. */
import { ActionError } from '../kernel/errors.ts';
import { SIGNALS } from '../kernel/tables/signals.ts';

export type Ending =
  | { readonly how: 'exited'; readonly status: number }
  | { readonly how: 'signalled'; readonly signal: NodeJS.Signals };

export const LAUNCH_STATUS = { failed: 125, notExecutable: 126, notFound: 127 } as const;

/** A step of a program failed. Which system call it was decides what status the user gets. */
export class StepError extends ActionError {
  constructor(
    operation: string,
    step: string,
    target: string,
    errno: string,
    leftAs: string,
    /** The kernel's name of the call; empty where Porthole itself could not start the program. */
    readonly syscall: string,
    options?: ErrorOptions,
  ) {
    super(operation, step, target, errno, leftAs, options);
    this.name = 'StepError';
  }
}

export type Started = { readonly ok: true } | { readonly ok: false; readonly error: StepError };

/** The status for the user: why it did not start, or how it ended. */
export function commandStatus(started: Started, ending: Ending): number {
  return started.ok ? statusOfEnding(ending) : statusOfError(started.error);
}

/** ENOTDIR is said for `/etc/passwd/x`, ELOOP for links that go round: neither path leads to a file. */
const NOT_FOUND = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'];

export function statusOfError(error: StepError): number {
  if (error.syscall !== 'execve' && error.syscall !== 'execveat') return LAUNCH_STATUS.failed;
  return NOT_FOUND.includes(error.errno) ? LAUNCH_STATUS.notFound : LAUNCH_STATUS.notExecutable;
}

export function statusOfEnding(ending: Ending): number {
  if (ending.how === 'exited') return ending.status;
  const number = SIGNALS.get(ending.signal);
  if (number === undefined) throw new Error(`no signal is called ${ending.signal}`);
  return 128 + number;
}
