/** Taking back the last change of limits from the dashboard, and the list of those there were. Behind its port. */
import { isDeepStrictEqual } from 'node:util';
import type { Action, Entry, Refusal } from '../../tui/actions.ts';
import { Journal, type JournalEntry, planUndo } from '../actions/limit/index.ts';
import { ActionRefusal } from '../actions/refusal.ts';
import type { Container } from '../model/host-model.ts';
import type { FileWrite } from '../model/limits/write.ts';
import { shellWord } from '../model/shell-word.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { hostOf } from './dashboard-limits.ts';
import { changeText, historyTexts, shortChangeText, undoneIn } from './limit-text.ts';
import { prefersAscii } from './print.ts';

const TEXT = { raw: false, ascii: prefersAscii(process.env) };

/** What was asked about: nothing else is written. */
interface UndoAction extends Action {
  readonly writes: readonly FileWrite[];
  readonly force: boolean;
}

/** @throws what `planUndo` throws */
export function planUndoAction(files: KernelFiles, action: Action, container: Container): Action | Refusal {
  try {
    return planned(files, action, container, false);
  } catch (error) {
    if (!(error instanceof ActionRefusal) || error.yieldsTo !== 'force') throw error;
    const { question = [], ...forced } = planned(files, action, container, true);
    return { refused: error.why, otherwise: { ...forced, question: [error.why, ...question] } };
  }
}

function planned(files: KernelFiles, action: Action, container: Container, force: boolean): UndoAction {
  const { name } = container;
  const undo = planUndo(hostOf(files), container, { journal: Journal.open(files, process.env), force });
  try {
    const { entry, planned: change } = undo;
    return {
      id: action.id,
      label: action.label,
      does: `take back the last change of limits of ${name}${force ? ' all the same' : ''}`,
      question: [
        `${entry.words.join(' ')}, by ${whoOf(entry)} at ${entry.at}:`,
        ...change.writes.map((write) => changeText(write, undefined, TEXT)),
        ...change.notes,
        ...(entry.until === undefined ? [] : [`it would go back by itself at ${entry.until}`]),
      ],
      command: `porthole limit ${shellWord(name)} --undo${force ? ' --force' : ''}`,
      writes: change.writes,
      force,
    };
  } finally {
    undo.close();
  }
}

/** What was written, in words. @throws what `planUndo` and its `apply` throw */
export async function runUndoAction(
  files: KernelFiles,
  action: Action,
  container: Container,
): Promise<string> {
  if (!isPlanned(action)) throw new Error('the undo was not planned');
  const { force, writes } = action;
  const undo = planUndo(hostOf(files), container, { journal: Journal.open(files, process.env), force });
  try {
    if (!isDeepStrictEqual(undo.planned.writes, writes))
      throw new ActionRefusal(
        'limit --undo',
        container.name,
        'it is something else by now that would be taken back',
      );
    const { changes, notes } = await undo.apply();
    return `${container.name}: ${[changes.map((each) => shortChangeText(each, TEXT)).join(', '), ...notes].join('; ')}`;
  } finally {
    undo.close();
  }
}

function isPlanned(action: Action): action is UndoAction {
  return 'writes' in action;
}

/** Newest first. @throws {AccessDeniedError} */
export function limitHistory(files: KernelFiles, { key, name }: Container): readonly Entry[] | Refusal {
  const journal = Journal.open(files, process.env);
  const all = journal?.entries() ?? [];
  const own = all.filter(({ target }) => target.key === key).reverse();
  if (own.length === 0) return { refused: `${name}: no change of its limits is written down` };
  const undone = undoneIn(all);
  return own.map((entry) => {
    const { who, end, changes } = historyTexts(entry, undone, TEXT);
    const until = entry.until === undefined ? [] : [`back by itself at ${entry.until}`];
    return {
      id: entry.id,
      label: entry.at.replace('T', ' ').replace(/\.\d+/, ''),
      detail: `${end}  ${entry.words.join(' ')}`,
      more: [`by ${who}`, ...until, ...changes],
    };
  });
}

function whoOf({ by }: JournalEntry): string {
  return by.user ?? String(by.uid);
}
