/** What `porthole limit` prints, and what it does besides changing limits. */
import {
  type ChangedLimits,
  type Journal,
  type JournalEntry,
  type LimitHost,
  type LimitMove,
  type MadeChange,
  planLimits,
  planMoves,
  planUndo,
  showLimits,
  showLimitsOver,
} from '../actions/limit/index.ts';
import type { FoundTarget, TargetFinder } from '../live/find-target.ts';
import type { ContainerTarget } from '../model/host-model.ts';
import { copiedWords } from '../model/limits/copy.ts';
import { isSetLimit, keeperOf } from '../model/limits/persist.ts';
import { presetWords } from '../model/limits/presets.ts';
import type { LimitRow } from '../model/limits/view.ts';
import type { FileWrite } from '../model/limits/write.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { counted } from './counted.ts';
import { keptContainer, persist } from './limit-persist.ts';
import { userPresets } from './limit-presets.ts';
import { changeText, historyTable, type LimitTextOptions, limitTable } from './limit-text.ts';
import type { LimitWords } from './limit-words.ts';
import { prefersAscii, printError, printJson, printLine, printTable } from './print.ts';

export interface Context {
  readonly files: KernelFiles;
  readonly found: FoundTarget;
  readonly at: LimitHost;
  readonly journal: Journal | undefined;
  readonly options: LimitWords;
}

/** Of a preset and of another container; words that were typed come after them and count. */
export function wordsOf(finder: TargetFinder, files: KernelFiles, { preset, from }: LimitWords): string[] {
  const words = preset === undefined ? [] : presetWords(preset, userPresets(process.env));
  if (from === undefined) return [...words];
  const other = finder.find(from);
  const { rows } = showLimits({ files, host: other.host }, other.container);
  return [...words, ...copiedWords(rows)];
}

function textOptions({ raw }: LimitWords): LimitTextOptions {
  return { raw: raw === true, ascii: prefersAscii(process.env) };
}

export async function show(context: Context): Promise<void> {
  const { at, found, options } = context;
  const { interval } = options;
  const { rows, shared } =
    interval === undefined
      ? showLimits(at, found.container)
      : await showLimitsOver(at, found.container, interval * 1000);
  const notes = shared.map((path) => `cgroup ${path} is not its own: its limits hold for others as well`);
  const lasting =
    options.persist === true ? await persist(context, rows, rows.filter(isSetLimit)) : undefined;
  if (options.json === true)
    return printJson(documentOf(found.container, rows, { notes, ...lasting?.document }));
  await printTable(limitTable(rows, textOptions(options)));
  for (const note of notes) await printError(`limit: ${note}`);
  await lasting?.print();
}

/** What was done, and what makes it last. */
export async function tell(context: Context, made: ChangedLimits): Promise<void> {
  const { options } = context;
  const { container } = context.found;
  const keys = new Set(made.changes.map(({ key }) => key));
  const lasting =
    options.persist === true
      ? await persist(
          context,
          made.rows,
          made.rows.filter(({ key }) => keys.has(key)),
        )
      : undefined;
  if (options.json !== true && options.quiet === true) return;
  const notes = [...made.notes, ...(lasting === undefined ? keeperNotes(context, made) : [])];
  if (options.json === true)
    return printJson(
      documentOf(container, made.rows, {
        changes: made.changes.map((each) => changeOf(each, each.readBack)),
        ...(made.until !== undefined && { until: made.until }),
        notes,
        ...lasting?.document,
      }),
    );
  for (const each of made.changes) await printLine(changeText(each, each.readBack, textOptions(options)));
  if (made.until !== undefined)
    await printLine(`goes back by itself at ${made.until}; --undo takes it back before`);
  for (const note of notes) await printError(`limit: ${note}`);
  await lasting?.print();
}

export async function dryRun({ at, found, options }: Context, words: readonly string[]): Promise<void> {
  const moves = options.move === true ? planMoves(at, found.container, words) : [];
  if (moves.length > 0) return printMoves(found.container, moves, words, options);
  const planned = planLimits(at, found.container, words, { force: options.force === true });
  await printPlanned(found.container, planned, options);
}

/** The files that would be written then are not there yet, so that what they would go from is not known. */
async function printMoves(
  container: ContainerTarget,
  moves: readonly LimitMove[],
  words: readonly string[],
  options: LimitWords,
): Promise<void> {
  const then = `then ${words.join(' ')} for that`;
  if (options.json === true) {
    const planned = moves.map(({ from, path, pids }) => ({ from, to: path, pids }));
    return printJson(documentOf(container, [], { dryRun: true, moves: planned, changes: [], notes: [then] }));
  }
  for (const { from, path, pids } of moves)
    await printLine(`${counted(pids.length)} would be moved from ${from} to ${path}, a cgroup made for it`);
  await printLine(then);
}

async function printPlanned(
  container: ContainerTarget,
  { writes, notes }: { readonly writes: readonly FileWrite[]; readonly notes: readonly string[] },
  options: LimitWords,
): Promise<void> {
  if (options.json === true)
    return printJson(
      documentOf(container, [], { dryRun: true, changes: writes.map((each) => changeOf(each)), notes }),
    );
  for (const each of writes) await printLine(changeText(each, undefined, textOptions(options)));
  for (const note of notes) await printError(`limit: ${note}`);
}

export async function undo({ at, found, journal, options }: Context): Promise<void> {
  const { container } = found;
  const planned = planUndo(at, container, { journal, force: options.force === true });
  try {
    if (options.dryRun === true) return await printPlanned(container, planned.planned, options);
    const { changes, notes } = await planned.apply();
    if (options.json === true) {
      const rows = showLimits(at, container).rows;
      const document = {
        changes: changes.map((each) => changeOf(each, each.readBack)),
        undone: planned.entry.id,
        notes,
      };
      return await printJson(documentOf(container, rows, document));
    }
    if (options.quiet === true) return;
    for (const each of changes) await printLine(changeText(each, each.readBack, textOptions(options)));
    for (const note of notes) await printError(`limit: ${note}`);
  } finally {
    planned.close();
  }
}

/** Who will write other values again, and when. */
function keeperNotes({ found }: Context, { changes, until }: MadeChange): string[] {
  const keeper = changes.length === 0 || until !== undefined ? undefined : keeperOf(keptContainer(found));
  return keeper === undefined ? [] : [`${keeper}; --persist tells what makes it last`];
}

export async function printHistory(entries: readonly JournalEntry[], options: LimitWords): Promise<void> {
  if (options.json === true)
    return printJson({
      schema: 'porthole.limit-history/1',
      takenAt: new Date().toISOString(),
      history: entries,
    });
  await printTable(historyTable(entries, textOptions(options)));
}

function documentOf(
  container: ContainerTarget,
  limits: readonly LimitRow[],
  more: Readonly<Record<string, unknown>>,
) {
  return {
    schema: 'porthole.limit/1',
    takenAt: new Date().toISOString(),
    container: { key: container.key, name: container.name },
    limits,
    ...more,
  };
}

/** Numbers as numbers, all else as the file has it. */
function changeOf({ key, directory, file, device, from, to, shown }: FileWrite, readBack?: string) {
  if (shown !== undefined) return { key, file: directory, ...shown };
  return {
    key,
    file: `${directory}/${file}`,
    ...(device !== undefined && { device }),
    from: plain(from),
    to: plain(to),
    ...(readBack !== undefined && { readBack: plain(readBack) }),
  };
}

function plain(setting: string): number | string {
  const value = Number(setting);
  return /^\d+$/.test(setting) && Number.isSafeInteger(value) ? value : setting;
}
