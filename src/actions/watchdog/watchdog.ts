/**
 * A small process that writes given values to control files at a given time, or when Porthole ends, whatever becomes of
 * Porthole meanwhile: it takes back what must not stay. It is the launcher's stub (no Node.js, some kilobytes), in a session
 * of its own, holds the files and nothing else, and is called `porthole-watchdog` in `ps`.
 *
 *     const dog = await startWatchdog({ name: 'web', afterMilliseconds: 30_000, writes: [{ fd, value: '0' }] });
 *     // now change what it will take back: never before it waits
 *     ...
 *     callOff(files, dog);   // it is not wanted any more; then read the files, it may just have written
 *
 * It stays in the cgroup of whoever starts it: never start one for a cgroup that holds Porthole. SIGTERM (SIGHUP, SIGINT,
 * SIGQUIT) makes it write at once, so that a shutdown, or a session that is closed, leaves nothing as it was for the time being.
 */
import { ProcessGoneError } from '../../kernel/errors.ts';
import { parsePidStat } from '../../kernel/proc/stat.ts';
import { SIGNALS } from '../../kernel/tables/signals.ts';
import { StepError } from '../../launch/ending.ts';
import { launch } from '../../launch/run.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { closeDescriptor, pidfdOpen } from '../../sys/koffi.ts';
import { HeldProcess } from '../../sys/pidfd.ts';
import { waitReadable } from '../../sys/poll.ts';
import { WATCHDOG_COMM, WATCHDOG_NAME, watchdogProgram } from './program.ts';

export interface WatchdogWrite {
  /** Open for writing, beneath the cgroup mount; stays the caller's, who may close it once the watchdog waits. */
  readonly fd: number;
  /** Written in one piece at offset 0, as `echo -n` would. */
  readonly value: string;
}

export interface WatchdogOptions {
  /** For error messages: what is acted on. */
  readonly name: string;
  /** Made in this order; one that fails keeps no other from being made, and is tried again for a second. */
  readonly writes: readonly WatchdogWrite[];
  /** Time until it writes, CLOCK_MONOTONIC (a suspended machine does not count). Without it, it waits for `whenEnds` alone. */
  readonly afterMilliseconds?: number;
  /** A pidfd: it writes when that process ends, if that comes before the time. Stays the caller's. */
  readonly whenEnds?: number;
}

/** Enough to find it again, from another process too; can be kept in a file. */
export interface Watchdog {
  readonly pid: number;
  readonly starttimeTicks: number;
}

/** How long a process that was sent SIGKILL may take to end. */
const END_MS = 2000;

/**
 * Fulfilled when it waits: only then change what it is to take back. It outlives this process, and does not keep it from ending.
 * @throws {StepError} it could not be started: nothing runs
 */
export async function startWatchdog(files: KernelFiles, options: WatchdogOptions): Promise<Watchdog> {
  const { name, writes, afterMilliseconds, whenEnds } = options;
  if (afterMilliseconds === undefined && whenEnds === undefined)
    throw new Error('a watchdog needs a time or a process to wait for');
  const plan = {
    values: writes.map(({ value }) => value),
    afterMilliseconds,
    waitsForProcess: whenEnds !== undefined,
  };
  const launched = await launch(watchdogProgram(plan), {
    target: name,
    leftAs: 'nothing was changed',
    stdio: ['ignore', 'ignore', 'ignore'],
    descriptors: [...writes.map(({ fd }) => fd), ...(whenEnds === undefined ? [] : [whenEnds])],
    argv0: WATCHDOG_NAME,
    isQuick: true,
  });
  // At once, while even one that has done its work already has not been waited for.
  const stat = files.small(files.proc(`${launched.pid}/stat`));
  const started = await launched.started;
  if (!started.ok) throw started.error;
  launched.child.unref();
  if (!stat.ok) throw new StepError('watchdog', stat.path, name, stat.errno, 'nothing was changed', '');
  return { pid: launched.pid, starttimeTicks: parsePidStat(stat.value).starttimeTicks };
}

/** The same, for what must not stay when Porthole dies: it writes when this very process ends. */
export function startWatchdogOfOurs(
  files: KernelFiles,
  options: Omit<WatchdogOptions, 'whenEnds'>,
): Promise<Watchdog> {
  const whenEnds = pidfdOpen(process.pid);
  return startWatchdog(files, { ...options, whenEnds }).finally(() => closeDescriptor(whenEnds));
}

/**
 * Ends it without its writes, and waits until it has ended. False when it had ended before, or is none: then it has written, or
 * somebody ended it. Either way read the files afterwards: it can have written right before.
 * @throws {AccessDeniedError} it is another user's
 */
export function callOff(files: KernelFiles, { pid, starttimeTicks }: Watchdog): boolean {
  let held: HeldProcess;
  try {
    held = HeldProcess.open(files, pid, starttimeTicks);
  } catch (error) {
    if (error instanceof ProcessGoneError) return false;
    throw error;
  }
  try {
    // Whoever names it may be wrong.
    const stat = files.small(files.proc(`${pid}/stat`));
    if (!stat.ok || parsePidStat(stat.value).comm !== WATCHDOG_COMM) return false;
    // Its own pidfd can be read once it has ended; a dead one that nobody has waited for yet takes signals as well.
    if (hasEnded(held, 0)) return false;
    held.signal(SIGNALS.get('SIGKILL') ?? 9);
    if (!hasEnded(held, END_MS))
      throw new StepError(
        'watchdog',
        'SIGKILL',
        String(pid),
        'ETIMEDOUT',
        'it has not ended, and may write yet',
        '',
      );
    return true;
  } catch (error) {
    if (error instanceof ProcessGoneError) return false;
    throw error;
  } finally {
    held.close();
  }
}

function hasEnded(held: HeldProcess, patienceMs: number): boolean {
  return waitReadable([held.fd], patienceMs)[0] === true;
}
