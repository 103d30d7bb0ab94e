/**
 * A container that forks all the time, held still while its processes are signalled, so that none is born behind our back: by
 * its freezer, or where it has none that we may use by SIGSTOP to each, until no new one appears.
 */
import { AccessDeniedError, ActionError } from '../../kernel/errors.ts';
import { SIGNALS } from '../../kernel/tables/signals.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { CgroupGoneError } from '../cgroup/gone.ts';
import { statOf } from '../cgroup/members.ts';
import { freezeWhile } from '../freeze/for-a-while.ts';
import type { PreparedKill } from './prepare.ts';
import { SIGSTOP, sendTo } from './signals.ts';

type Act = (alive: readonly number[]) => number[];

/** One process that does not stop keeps the others from being signalled for so long, and no longer. */
const FREEZE_MS = 1000;
const PASSES = 1000;

/** What `act` returned, given all that were alive. They go on afterwards as they did before. */
export async function stoppedWhile(files: KernelFiles, prepared: PreparedKill, act: Act): Promise<number[]> {
  const { prey, freezers, name } = prepared;
  if (freezers.some(({ freezer }) => freezer.state() === 'frozen')) return act(prey.pids());
  const [first, ...rest] = freezers;
  if (first === undefined) return haltedWhile(files, prepared, act);
  let done: number[] | undefined;
  try {
    const held = { operation: 'kill', name, freezers: [first, ...rest] as const };
    await freezeWhile(files, held, { timeoutMs: FREEZE_MS }, async () => {
      done = act(prey.pids());
    });
  } catch (error) {
    // It has ended by what was sent, or it would not freeze, or we may not freeze it.
    const isKnown =
      error instanceof CgroupGoneError || error instanceof ActionError || error instanceof AccessDeniedError;
    if (!isKnown) throw error;
  }
  return done ?? haltedWhile(files, prepared, act);
}

function haltedWhile(files: KernelFiles, { prey }: PreparedKill, act: Act): number[] {
  const halted = new Set<number>();
  const seen = new Set<number>();
  try {
    for (let pass = 0; pass < PASSES; pass++) {
      const added = prey.pids().filter((pid) => !seen.has(pid));
      if (added.length === 0) break;
      for (const pid of added) {
        seen.add(pid);
        // One that was stopped before stays so afterwards.
        if (statOf(files, pid)?.state !== 'T' && sendTo(prey, pid, SIGSTOP)) halted.add(pid);
      }
    }
    return act(prey.pids());
  } finally {
    for (const pid of halted) sendTo(prey, pid, SIGNALS.get('SIGCONT') ?? 18);
  }
}
