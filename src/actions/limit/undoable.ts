/** Which entries of the journal may be taken back; whether the files are still as they were made, a look at them says. */
import { payloadsOf } from '../../model/limits/settings.ts';
import type { FileWrite } from '../../model/limits/write.ts';
import type { Journal, JournalEntry } from './journal.ts';

/** Newest first. One whose end nobody wrote down may have been done. @throws {AccessDeniedError} */
export function undoableEntries(journal: Journal, key: string): JournalEntry[] {
  const entries = journal
    .entries()
    .filter((entry) => entry.target.key === key && journal.isOfThisBoot(entry));
  const undone = new Set(
    entries.flatMap(({ undoes, outcome }) => (outcome === 'done' ? (undoes ?? []) : [])),
  );
  const ours = entries.filter(
    ({ id, undoes, outcome, writes }) =>
      undoes === undefined && outcome !== 'failed' && !undone.has(id) && writes.some(canBeTakenBack),
  );
  return ours.reverse();
}

/** Not a device that was allowed where everything is, and may have been allowed before. */
function canBeTakenBack(write: FileWrite): boolean {
  return write.kind === 'bpf' || payloadsOf(write, write.to, write.from).length > 0;
}
