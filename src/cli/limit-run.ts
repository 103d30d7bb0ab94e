/** Doing what `porthole limit` was asked to do. */
import { changeLimits, Journal } from '../actions/limit/index.ts';
import { targetFinder } from '../live/find-target.ts';
import { LimitWordError } from '../model/limits/refusal.ts';
import { UsageError } from './exit.ts';
import { type Context, dryRun, printHistory, show, tell, undo, wordsOf } from './limit-show.ts';
import type { LimitWords } from './limit-words.ts';
import { kernelFiles } from './sources.ts';

/** @throws for `reportError` */
export async function limit(
  target: string | undefined,
  words: readonly string[],
  options: LimitWords,
): Promise<void> {
  try {
    await run(target, words, options);
  } catch (error) {
    throw error instanceof LimitWordError ? new UsageError(`limit: ${error.message}`) : error;
  }
}

async function run(target: string | undefined, words: readonly string[], options: LimitWords): Promise<void> {
  const files = kernelFiles(options);
  const journal = Journal.open(files, process.env);
  checkWords(target, words, options);
  if (target === undefined) return printHistory(journal?.entries() ?? [], options);
  const finder = await targetFinder(files);
  const found = finder.find(target);
  const context: Context = { files, found, at: { files, host: found.host }, journal, options };
  if (options.history === true) {
    const entries = journal?.entries() ?? [];
    return printHistory(
      entries.filter((entry) => entry.target.key === found.container.key),
      options,
    );
  }
  if (options.undo === true) return undo(context);
  const isAlone = options.from === undefined && options.preset === undefined;
  const all = isAlone ? words : [...wordsOf(finder, files, options), ...words];
  if (all.length === 0) return show(context);
  return change(context, all);
}

/** @throws {UsageError} on words that do not go together */
function checkWords(target: string | undefined, words: readonly string[], options: LimitWords): void {
  const {
    undo: takesBack,
    history,
    from,
    preset,
    for: time,
    dryRun,
    persist: lasts,
    apply,
    interval,
  } = options;
  const sets = words.length > 0 || from !== undefined || preset !== undefined;
  const refuse = (why: string): never => {
    throw new UsageError(`limit: ${why}`);
  };
  if (target === undefined && history !== true) refuse('which container? porthole ps lists them');
  if (target?.includes('=') === true && /^[a-z-]+=/.test(target))
    refuse(`which container? ${target} is a limit, and comes after TARGET`);
  if (sets && (takesBack === true || history === true)) refuse('--undo and --history take no limits to set');
  if (takesBack === true && history === true) refuse('--undo or --history, not both');
  if (!sets && time !== undefined) refuse('--for needs limits to set');
  if (interval !== undefined && (sets || takesBack === true || history === true))
    refuse('--interval goes with showing limits only');
  if (!sets && dryRun === true && takesBack !== true) refuse('--dry-run needs limits to set, or --undo');
  if (apply === true && lasts !== true) refuse('--apply goes with --persist');
  if (time !== undefined && lasts === true)
    refuse('what --for puts back cannot last: leave out --for or --persist');
}

async function change(context: Context, words: readonly string[]): Promise<void> {
  const { at, found, journal, options } = context;
  const { container } = found;
  const all = lastOfEach(words);
  if (options.dryRun === true) return dryRun(context, all);
  const made = await changeLimits(at, container, all, {
    journal,
    force: options.force === true,
    move: options.move === true,
    wantsRows: options.persist === true || options.json === true,
    ...(options.for !== undefined && { forMilliseconds: options.for }),
  });
  // Whoever wants to hear nothing waits for none of what is only told.
  if (options.persist === true || options.json === true || options.quiet !== true) await tell(context, made);
}

/** A word counts more than a preset, and a later one more than an earlier: `--preset small memory=1G`. */
function lastOfEach(words: readonly string[]): readonly string[] {
  if (words.length === 1) return words;
  const keyOf = (word: string) =>
    /^(?:io|hugetlb|devices)=/.test(word) ? word : word.replace(/[+-]?=.*$/s, '');
  const last = new Map(words.map((word) => [keyOf(word), word]));
  return words.filter((word, index) => last.get(keyOf(word)) === word && words.lastIndexOf(word) === index);
}
