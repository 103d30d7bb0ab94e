/**
 * The command that runs while a container is frozen: among our own files and on our own terminal. It is told to end (SIGTERM)
 * when Porthole is killed, for then the container is thawed.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseLimits } from '../../kernel/proc/limits.ts';
import { SIGNALS } from '../../kernel/tables/signals.ts';
import type { Place } from '../../launch/data.ts';
import { commandStatus } from '../../launch/ending.ts';
import { PR, RLIMIT } from '../../launch/flags.ts';
import { type Program, program } from '../../launch/program.ts';
import { launch } from '../../launch/run.ts';
import { resourceLimit } from '../../launch/structs.ts';
import { sys } from '../../launch/syscalls.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { isTerminal } from '../../sys/terminal.ts';
import { SignalForwarding } from '../terminal/signals.ts';

/** Its status as CONTRACT has it; 126 and 127 with the reason told to `onFailure`. @throws {StepError} no process could be started */
export async function runCommand(
  files: KernelFiles,
  argv: readonly string[],
  target: string,
  onFailure: (reason: string) => void,
): Promise<number> {
  // What a terminal sends reaches the command as well as us.
  const hasTerminal = [0, 1, 2].some((fd) => isTerminal(fd));
  const forwarding = new SignalForwarding();
  try {
    const launched = await launch(commandProgram(files, argv), {
      target,
      leftAs: 'the command did not run',
      stdio: ['inherit', 'inherit', 'inherit'],
      argv0: 'porthole-freeze',
      isQuick: true,
    });
    forwarding.to((signal) => {
      if (!hasTerminal || (signal !== 'SIGINT' && signal !== 'SIGQUIT')) launched.child.kill(signal);
    });
    const [started, ending] = await Promise.all([launched.started, launched.ended]);
    if (!started.ok) onFailure(started.error.message);
    return commandStatus(started, ending);
  } finally {
    forwarding.stop();
  }
}

export function commandProgram(files: KernelFiles, argv: readonly string[]): Program {
  const p = program('freeze');
  const [name = ''] = argv;
  const environment = Object.entries(process.env).map(([key, value]) => `${key}=${value ?? ''}`);
  p.step('PR_SET_PDEATHSIG', sys.prctl, PR.PR_SET_PDEATHSIG, SIGNALS.get('SIGTERM') ?? 15, 0, 0, 0);
  const limit = openFilesLimit(files);
  if (limit !== undefined) p.step('prlimit(RLIMIT_NOFILE)', sys.prlimit64, 0, RLIMIT.RLIMIT_NOFILE, limit, 0);
  p.keepOnlyStatus('close_range');
  p.exec(`execve(${name})`, p.string(pathOf(name)), p.strings(argv), p.strings(environment));
  return p;
}

/** Node.js raises its own to the hard one: the command gets what whoever started us has. Undefined where that cannot be read. */
function openFilesLimit(files: KernelFiles): Place | undefined {
  const of = (who: string | number) => {
    const text = files.text(files.proc(`${who}/limits`));
    return text.ok ? parseLimits(text.value).find(({ name }) => name === 'Max open files') : undefined;
  };
  const [theirs, ours] = [of(process.ppid), of('self')];
  if (theirs === undefined || ours === undefined || theirs.soft === 'max' || ours.hard === 'max')
    return undefined;
  const [soft, hard] = [BigInt(theirs.soft), BigInt(ours.hard)];
  return resourceLimit(soft < hard ? soft : hard, hard);
}

/** As a shell finds it. A name that is not found stays as it is, for the kernel to say so. */
function pathOf(name: string): string {
  if (name.includes('/')) return name;
  const directories = (process.env['PATH'] ?? '/usr/bin:/bin').split(':');
  return (
    directories.map((directory) => join(directory === '' ? '.' : directory, name)).find(isProgram) ?? name
  );
}

function isProgram(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // EACCES: a shell looks further, too
  }
}
