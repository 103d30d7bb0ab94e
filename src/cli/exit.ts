/** Exit codes (CONTRACT, "Exit status") and the one line an error becomes. */
import { CgroupGoneError } from '../actions/cgroup/gone.ts';
import { ActionRefusal } from '../actions/refusal.ts';
import { AccessDeniedError, ActionError, ProcessGoneError } from '../kernel/errors.ts';
import { FilterError } from '../model/filter-error.ts';
import { SortError } from '../model/sort-error.ts';
import { TargetError } from '../model/target.ts';
import { messageOf } from './exhausted.ts';
import { ownStream, printError } from './print.ts';
import { stackOf } from './stack.ts';

export const EXIT = { done: 0, failed: 1, usage: 2, noTarget: 3, actionFailed: 4, notPermitted: 5 } as const;

/** Wrong words on the command line; says what is wrong and what would be right. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError || error instanceof FilterError || error instanceof SortError)
    return EXIT.usage;
  if (error instanceof TargetError || error instanceof ProcessGoneError) return EXIT.noTarget;
  if (error instanceof CgroupGoneError) return EXIT.noTarget;
  if (error instanceof ActionError || error instanceof ActionRefusal) return EXIT.actionFailed;
  if (error instanceof AccessDeniedError) return EXIT.notPermitted;
  return EXIT.failed;
}

/** One line, no stack trace; PORTHOLE_DEBUG=1 adds it for those who want to report a bug. */
export async function reportError(error: unknown): Promise<number> {
  await printError(messageOf(error).replaceAll('\n', '; '));
  printStack(error);
  return exitCodeOf(error);
}

export function printStack(error: unknown): void {
  if (process.env['PORTHOLE_DEBUG'] === '1' && error instanceof Error)
    ownStream('stderr').write(`${stackOf(error)}\n`);
}
