/**
 * What a watchdog does, as a program for the launcher's stub: it waits, then writes. Pure. Its descriptors are those that
 * `watchdog.ts` passes: the files to write, then what it waits for.
 */
import { SIGNALS } from '../../kernel/tables/signals.ts';
import { LAST_DESCRIPTOR, PR, SIG_HOW } from '../../launch/flags.ts';
import { FIRST_PASSED_FD, type Label, type Program, program, STATUS_FD } from '../../launch/program.ts';
import { duration, readablePolls, signalSet } from '../../launch/structs.ts';
import { sys } from '../../launch/syscalls.ts';

/** What `ps` shows of it. */
export const WATCHDOG_NAME = 'porthole-watchdog';
/** What /proc/PID/comm has room for. */
export const WATCHDOG_COMM = WATCHDOG_NAME.slice(0, 15);

/** A file may refuse while something goes on (EBUSY), or until another one has been written. */
const TRIES = 40;
const PAUSE_MS = 25;

/** Whoever asks it to end wants it to write first: a shutdown, a session that is closed, somebody with `kill`. */
const WRITE_NOW = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'];

export interface WatchdogPlan {
  /** In this order, to descriptors 4, 5, ... */
  readonly values: readonly string[];
  /** From the moment it runs; undefined is for ever. */
  readonly afterMilliseconds: number | undefined;
  /** A pidfd follows the files: it writes when that process ends. */
  readonly waitsForProcess: boolean;
}

/** Ends with status 0 when everything is written, with 1 when something could not be. */
export function watchdogProgram({ values, afterMilliseconds, waitsForProcess }: WatchdogPlan): Program {
  const p = program('watchdog');
  const pidfd = FIRST_PASSED_FD + values.length;
  // First of all: from here on whatever is sent to it is kept until it looks.
  p.step('signals', sys.rt_sigprocmask, SIG_HOW.SIG_SETMASK, signalSet('all'), 0, 8);
  p.step('setsid', sys.setsid);
  p.step('name', sys.prctl, PR.PR_SET_NAME, p.string(WATCHDOG_COMM), 0, 0, 0);
  // No file system is kept busy by it.
  p.step('chdir', sys.chdir, p.string('/'));
  p.step('close', sys.close_range, pidfd + (waitsForProcess ? 1 : 0), LAST_DESCRIPTOR, 0);
  p.step('close(stdio)', sys.close_range, 0, STATUS_FD - 1, 0);
  const polls = readablePolls([-1, ...(waitsForProcess ? [pidfd] : [])]);
  const asked = signalSet(WRITE_NOW.map((name) => SIGNALS.get(name) ?? 0));
  p.step('signalfd', sys.signalfd4, -1, asked, 8, 0).storeIn(polls, 4);
  // This tells Porthole that it waits.
  p.step('close(status)', sys.close, STATUS_FD);
  const time = afterMilliseconds === undefined ? 0 : duration(afterMilliseconds);
  p.step('wait', sys.ppoll, polls, waitsForProcess ? 2 : 1, time, 0, 0).retryOnEintr();
  writeAll(p, values);
  return p;
}

/** One that fails keeps no other from being written; then all of them once more. */
function writeAll(p: Program, values: readonly string[]): void {
  const failed = p.slot('failed');
  const tries = p.slot('tries');
  const again = p.label();
  const end = p.label();
  p.mark(again);
  p.add('start', 0, 0, failed);
  values.forEach((value, index) => {
    const next = p.label();
    const refused = p.label();
    const bytes = Buffer.from(value);
    p.step('write', sys.pwrite64, FIRST_PASSED_FD + index, p.string(value), bytes.length, 0)
      .retryOnEintr()
      .ignoreAll(refused);
    goTo(p, next);
    p.mark(refused);
    p.add('failed', failed, 1, failed);
    p.mark(next);
  });
  p.jumpIf('all written', failed, { equals: 0 }, end);
  p.add('tries', tries, 1, tries);
  p.jumpIf('given up', tries, { equals: TRIES }, end);
  p.step('pause', sys.nanosleep, duration(PAUSE_MS), 0).ignoreAll();
  goTo(p, again);
  p.mark(end);
  const whole = p.label();
  p.jumpIf('whole', failed, { equals: 0 }, whole);
  p.step('exit', sys.exit_group, 1);
  p.mark(whole);
  p.step('exit', sys.exit_group, 0);
}

function goTo(p: Program, label: Label): void {
  p.jumpIf('go on', 0, { equals: 0 }, label);
}
