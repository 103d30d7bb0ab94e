/** Doing what `porthole kill` was asked to do, and saying what was done. */
import { listed, statOf } from '../actions/cgroup/members.ts';
import { type Killed, kill, targetsOf } from '../actions/kill/kill.ts';
import { type PreparedKill, prepareKill } from '../actions/kill/prepare.ts';
import { signalName } from '../kernel/tables/signals.ts';
import { findTarget } from '../live/find-target.ts';
import type { ContainerTarget } from '../model/host-model.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { killedLines, notesOf } from './kill-report.ts';
import { printError, printJson, printLine } from './print.ts';
import { kernelFiles, type SourceOptions } from './sources.ts';

export interface KillWords extends SourceOptions {
  readonly json?: true;
  readonly signal: number;
  readonly all?: true;
  readonly wait?: number;
  readonly dryRun?: true;
  readonly quiet?: true;
}

export async function killTarget(word: string, words: KillWords): Promise<void> {
  const files = kernelFiles(words);
  const { container, host } = await findTarget(files, word);
  const prepared = prepareKill(files, host.hierarchies, container);
  try {
    if (words.dryRun === true) return await explain(files, container, prepared, words);
    const { signal, wait } = words;
    const all = words.all === true;
    const init = statOf(files, prepared.init.pid)?.comm ?? '?';
    const killed = await kill(files, prepared, { signal, all, ...(wait !== undefined && { waitMs: wait }) });
    if (words.json === true) return await printJson(documentOf(container, killed));
    for (const note of notesOf(container, killed, signal)) await printError(`kill: ${note}`);
    if (words.quiet !== true)
      for (const line of killedLines(container.name, `${init} (${prepared.init.pid})`, all, killed))
        await printLine(line);
  } finally {
    prepared.close();
  }
}

async function explain(
  files: KernelFiles,
  container: ContainerTarget,
  prepared: PreparedKill,
  { signal, all, json }: KillWords,
): Promise<void> {
  const pids = targetsOf(prepared, { all: all === true });
  if (json === true) {
    const sent = [{ signal: signalName(signal), method: 'pidfd', pids }];
    return printJson({ ...headOf(container), dryRun: true, sent });
  }
  for (const pid of pids)
    await printLine(`${signalName(signal)} to ${listed([{ pid, comm: statOf(files, pid)?.comm ?? '?' }])}`);
}

function headOf({ key, name }: ContainerTarget) {
  return { schema: 'porthole.kill/1', takenAt: new Date().toISOString(), container: { key, name } };
}

function documentOf(container: ContainerTarget, killed: Killed) {
  const { sent, isDropped, wasThawed, isFrozen, hasEnded, tookMs } = killed;
  return {
    ...headOf(container),
    sent,
    ...(isDropped && { dropped: true }),
    ...(wasThawed && { thawed: true }),
    ...(isFrozen && { frozen: true }),
    ...(hasEnded !== undefined && { ended: hasEnded }),
    tookUsec: Math.round(tookMs * 1000),
  };
}
