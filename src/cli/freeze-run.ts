/** Doing what `porthole freeze` and `porthole thaw` were asked to do. */
import { plannedMove } from '../actions/cgroup/move.ts';
import { runCommand } from '../actions/freeze/command.ts';
import { callOffThaws, type FrozenFor, freezeFor, freezeWhile } from '../actions/freeze/for-a-while.ts';
import { type Frozen, freeze, thaw } from '../actions/freeze/freeze.ts';
import { prepareFreeze, sharedPlace } from '../actions/freeze/prepare.ts';
import { findTarget } from '../live/find-target.ts';
import { UsageError } from './exit.ts';
import {
  type Chosen,
  commandNote,
  frozenReport,
  type Report,
  thawedReport,
  wouldFreeze,
  wouldMove,
  wouldThaw,
} from './freeze-report.ts';
import { printError, printJson, printLine } from './print.ts';
import { kernelFiles, type SourceOptions } from './sources.ts';

export interface ThawWords extends SourceOptions {
  readonly json?: true;
  readonly timeout: number;
  readonly dryRun?: true;
  readonly quiet?: true;
}

export interface FreezeWords extends ThawWords {
  readonly for?: number;
  readonly move?: true;
}

export async function freezeTarget(word: string, argv: readonly string[], words: FreezeWords): Promise<void> {
  if (argv.length > 0 && words.for !== undefined)
    throw new UsageError('freeze: it is frozen either --for a time or while a command runs');
  if (argv.length > 0 && words.json === true)
    throw new UsageError("freeze: --json has no place beside a command's output");
  const isDry = words.dryRun === true;
  if (isDry && words.move === true && (await explainMove(word, words))) return;
  await withTarget('freeze', word, words, words.move === true && !isDry, async (chosen) => {
    if (isDry) return print(wouldFreeze(chosen, argv, words.for), words);
    if (argv.length > 0) return runWhile(chosen, argv, words);
    const { files, prepared } = chosen;
    const frozen = await interruptible<Frozen | FrozenFor>((signal) => {
      const options = { timeoutMs: words.timeout, signal };
      return words.for === undefined
        ? freeze(files, prepared, options)
        : freezeFor(files, prepared, { ...options, forMs: words.for });
    });
    callOffThaws(files, prepared, 'watchdog' in frozen ? frozen.watchdog : undefined);
    await print(frozenReport(chosen, frozen), words);
  });
}

export async function thawTarget(word: string, words: ThawWords): Promise<void> {
  await withTarget('thaw', word, words, false, async (chosen) => {
    if (words.dryRun === true) return print(wouldThaw(chosen), words);
    const thawed = await thaw(chosen.prepared, { timeoutMs: words.timeout });
    const calledOff = callOffThaws(chosen.files, chosen.prepared);
    await print(thawedReport(chosen, thawed, calledOff), words);
  });
}

async function withTarget(
  operation: 'freeze' | 'thaw',
  word: string,
  words: ThawWords,
  move: boolean,
  act: (chosen: Chosen) => Promise<void>,
): Promise<void> {
  const files = kernelFiles(words);
  const { container, host } = await findTarget(files, word);
  const prepared = prepareFreeze(files, host.hierarchies, operation, container, { move });
  try {
    await act({ files, container, prepared });
  } finally {
    prepared.close();
  }
}

/** False when there is nothing to move: it has a cgroup of its own. */
async function explainMove(word: string, words: FreezeWords): Promise<boolean> {
  const files = kernelFiles(words);
  const { container, host } = await findTarget(files, word);
  const place = sharedPlace(host.hierarchies, container);
  if (place === undefined) return false;
  await print(wouldMove(container, place.hierarchy, plannedMove(files, container, place)), words);
  return true;
}

async function runWhile(chosen: Chosen, argv: readonly string[], words: FreezeWords): Promise<void> {
  const { files, prepared } = chosen;
  const { timeout: timeoutMs, quiet } = words;
  process.exitCode = await freezeWhile(files, prepared, { timeoutMs }, async (frozen) => {
    if (quiet !== true) for (const note of commandNote(chosen, frozen)) await printError(note);
    let failure = '';
    const status = await runCommand(files, argv, prepared.name, (reason) => {
      failure = reason;
    });
    if (failure !== '') await printError(failure);
    return status;
  });
}

async function print({ document, lines }: Report, { json, quiet, dryRun }: ThawWords): Promise<void> {
  if (json === true) return printJson(document);
  if (quiet === true && dryRun !== true) return;
  for (const line of lines) await printLine(line);
}

const INTERRUPTING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A signal that comes while it freezes thaws it again; then it ends us, as it would have. */
async function interruptible<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let interruptedBy: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals) => {
    interruptedBy = signal;
    controller.abort();
  };
  for (const signal of INTERRUPTING) process.on(signal, stop);
  try {
    return await act(controller.signal);
  } catch (error) {
    if (interruptedBy !== undefined) {
      await printError(error instanceof Error ? error.message : String(error));
      for (const signal of INTERRUPTING) process.off(signal, stop);
      process.kill(process.pid, interruptedBy);
    }
    throw error;
  } finally {
    for (const signal of INTERRUPTING) process.off(signal, stop);
  }
}
