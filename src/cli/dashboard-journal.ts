/** What the menu has to know of the journal of limits: is there something to take back, something to list? */
import { statSync } from 'node:fs';
import type { Action } from '../../tui/actions.ts';
import { Journal } from '../actions/limit/journal.ts';
import { undoableEntries } from '../actions/limit/undoable.ts';
import { AccessDeniedError } from '../kernel/errors.ts';
import { errnoOf } from '../sys/failure.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { NotPrivateError } from '../sys/private-directory.ts';

export interface JournalSays {
  readonly hasUndo: boolean;
  readonly hasHistory: boolean;
}

const ALL: JournalSays = { hasUndo: true, hasHistory: true };
const NONE: JournalSays = { hasUndo: false, hasHistory: false };

/** Reads it again only when it has changed: a menu is opened often, a limit set seldom. */
export class JournalLook {
  #seen: { readonly stamp: string; readonly says: Map<string, JournalSays> } | undefined;

  constructor(private readonly files: KernelFiles) {}

  /** Of one that may not be read nothing is known: whoever asks for more is told why. */
  about(container: string): JournalSays {
    const journal = Journal.open(this.files, process.env);
    if (journal === undefined) return NONE;
    try {
      return this.#read(journal, container);
    } catch (error) {
      const isKnown = error instanceof AccessDeniedError || error instanceof NotPrivateError;
      if (isKnown || errnoOf(error) !== undefined) return ALL;
      throw error;
    }
  }

  #read(journal: Journal, container: string): JournalSays {
    const stat = statSync(journal.path, { throwIfNoEntry: false });
    if (stat === undefined) return NONE;
    const stamp = `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
    if (this.#seen?.stamp !== stamp) this.#seen = { stamp, says: new Map() };
    const known = this.#seen.says.get(container);
    if (known !== undefined) return known;
    const says = {
      hasUndo: undoableEntries(journal, container).length > 0,
      hasHistory: journal.entries().some(({ target }) => target.key === container),
    };
    this.#seen.says.set(container, says);
    return says;
  }
}

export function undoAction(name: string, target: string): Action {
  return {
    id: 'limits-undo',
    label: 'undo change of limits',
    does: `take back the last change of limits of ${name}`,
    command: `porthole limit ${target} --undo`,
    first: { kind: 'plan' },
  };
}

export function historyAction(name: string, target: string): Action {
  return {
    id: 'limits-history',
    label: 'history of limits',
    does: `changes of limits of ${name}`,
    command: `porthole limit ${target} --history`,
    first: { kind: 'list' },
  };
}
