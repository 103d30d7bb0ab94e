/** Changes that go back by themselves, and have not yet. */
import { ProcessGoneError } from '../../kernel/errors.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { HeldProcess } from '../../sys/pidfd.ts';
import { waitReadable } from '../../sys/poll.ts';
import type { Journal, JournalEntry } from './journal.ts';

/** Changes with a time that is still to come, whose watchdog waits. */
export function pendingEntries(files: KernelFiles, journal: Journal, key: string): JournalEntry[] {
  return journal.timed().filter((entry) => {
    const { target, watchdog, outcome } = entry;
    if (target.key !== key || watchdog === undefined || outcome === 'failed') return false;
    return journal.isOfThisBoot(entry) && isRunning(files, watchdog);
  });
}

function isRunning(
  files: KernelFiles,
  { pid, starttimeTicks }: NonNullable<JournalEntry['watchdog']>,
): boolean {
  try {
    const held = HeldProcess.open(files, pid, starttimeTicks);
    try {
      // One that has ended, and that nobody has waited for yet, takes signals as well.
      return waitReadable([held.fd], 0)[0] !== true;
    } finally {
      held.close();
    }
  } catch (error) {
    if (error instanceof ProcessGoneError) return false;
    throw error;
  }
}
