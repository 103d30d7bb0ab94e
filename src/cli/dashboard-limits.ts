/** The dashboard's form of limits: what is set and what holds, and what typed values would write. Behind its port. */

import { COLLECTORS } from '../../collectors/index.ts';
import type { Action, Filling, FormContents, FormField, Refusal } from '../../tui/actions.ts';
import {
  changeLimits,
  Journal,
  type LimitHost,
  planLimits,
  planMoves,
  showLimits,
} from '../actions/limit/index.ts';
import { ActionRefusal } from '../actions/refusal.ts';
import { known } from '../kernel/reading.ts';
import { formatBytes } from '../model/format.ts';
import type { Container } from '../model/host-model.ts';
import { copiedWords } from '../model/limits/copy.ts';
import { limitKey } from '../model/limits/keys.ts';
import { keeperOf } from '../model/limits/persist.ts';
import { PRESETS, presetWords } from '../model/limits/presets.ts';
import type { LimitRow } from '../model/limits/view.ts';
import { shellWord } from '../model/shell-word.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { JournalLook, undoAction } from './dashboard-journal.ts';
import { durationMs, durationText } from './duration.ts';
import { keptContainer } from './limit-persist.ts';
import { userPresets } from './limit-presets.ts';
import { changeText, limitTexts, shortChangeText } from './limit-text.ts';
import { prefersAscii } from './print.ts';

const TEXT = { raw: false, ascii: prefersAscii(process.env) };
const FOR = 'for';

/** As it is now. @throws what `showLimits` throws; {LimitWordError} on a file of presets that says something else */
export function limitForm(files: KernelFiles, container: Container): FormContents | Refusal {
  const { rows, shared } = showLimits(hostOf(files), container);
  if (rows.length === 0) return { refused: `${container.name} is in no cgroup that has limits` };
  const isShared = ({ file }: LimitRow) => shared.some((path) => file.includes(`${path}/`));
  const { name, key } = container;
  const target = shellWord(name);
  return {
    fields: [...rows.map((row) => fieldOf(row, isShared(row), container)), ...otherDisk(rows)],
    options: [
      {
        key: FOR,
        label: 'goes back after',
        hint: '30s, 10m, 2h: then as before, also when Porthole is killed; empty: it stays',
      },
    ],
    presets: Object.entries({ ...PRESETS, ...userPresets(process.env) }).map(([preset, words]) => ({
      name: preset,
      detail: words.join(' '),
    })),
    copies: true,
    ...(new JournalLook(files).about(key).hasUndo && { undo: undoAction(name, target) }),
  };
}

function fieldOf(row: LimitRow, isShared: boolean, container: Container): FormField {
  const { key, why, cappedBy } = row;
  const texts = limitTexts(row, TEXT);
  const about = limitKey(key);
  const example = about?.example.replace(/^[^=]*=/, '');
  const hints = [
    why ?? (isShared ? 'its cgroup is not its own: one can be made for it' : about?.summary),
    example === undefined
      ? undefined
      : `for instance ${row.device === undefined ? example : 'rbps=10M,wiops=200'}`,
    key === 'io' && texts.use !== '0' ? `so far ${texts.use}` : undefined,
  ];
  return {
    key: texts.name,
    own: texts.value,
    effective: cappedBy === undefined ? texts.effective : `${texts.effective} by ${cappedBy}`,
    used: usedOf(row, container) ?? texts.use,
    hint: hints.filter((hint) => hint !== undefined).join('; '),
  };
}

/** What takes two looks, the dashboard has had; what was read and written, in as little room as there is. */
function usedOf({ key, ioUse }: LimitRow, { cpu }: Container): string | undefined {
  if (key === 'cpu') return cpu.ratio === undefined ? undefined : `${Math.round(cpu.ratio * 100) / 100}`;
  const [use, ...others] = known(ioUse) ?? [];
  if (use === undefined || others.length > 0) return undefined;
  return `r ${formatBytes(use.readBytes)} w ${formatBytes(use.writeBytes)}`;
}

/** Where some disk is limited, there is room to limit another. */
function otherDisk(rows: readonly LimitRow[]): FormField[] {
  const isLimited = rows.some(({ key, device }) => key === 'io' && device !== undefined);
  if (!isLimited) return [];
  const hint = `another disk; for instance ${limitKey('io')?.example.replace('io=', '')}`;
  return [{ key: 'io', own: '', effective: '', used: '', hint }];
}

/** What a preset or another container has, by field. @throws {LimitWordError} and what `showLimits` throws */
export function limitValues(
  files: KernelFiles,
  container: Container,
  filling: Filling,
): ReadonlyMap<string, string> | Refusal {
  const words =
    'preset' in filling
      ? presetWords(filling.preset, userPresets(process.env))
      : copiedWords(showLimits(hostOf(files), filling.container).rows);
  if (words.length === 0) return { refused: 'there is nothing that could be filled in' };
  const { rows } = showLimits(hostOf(files), container);
  const here = new Set(rows.map((row) => limitTexts(row, TEXT).name));
  return new Map(words.map((word) => fieldAndValue(word, here)));
}

const PARTS = /^(?<device>(?:[a-z]:)?\d+:\d+|[^:]+):(?<value>.*)$/;

/** The other way round than `wordOf`. */
function fieldAndValue(word: string, here: ReadonlySet<string>): [key: string, value: string] {
  const at = word.indexOf('=');
  const [key, value] = [word.slice(0, at), word.slice(at + 1)];
  if (key.endsWith('+') || key.endsWith('-')) return [key.slice(0, -1), `${key.at(-1)}${value}`];
  const parts = key === 'io' || key === 'hugetlb' ? PARTS.exec(value)?.groups : undefined;
  const which = `${key} ${parts?.['device']}`;
  return parts !== undefined && (here.has(which) || !here.has(key))
    ? [which, parts['value'] ?? '']
    : [key, value];
}

/** As on the command line: `hugetlb 2MB` with `64M` is `hugetlb=2MB:64M`, and `+100M` of memory `memory+=100M`. */
function wordOf(key: string, value: string): string {
  const [name = key, which] = key.split(' ');
  if (which !== undefined) return `${name}=${which}:${value}`;
  const [, sign, amount] = /^([+-])(.*[^%])$/.exec(value) ?? [];
  return sign === undefined ? `${name}=${value}` : `${name}${sign}=${amount}`;
}

/** What was planned is in the action itself: nothing else is done than what was asked about. */
interface LimitAction extends Action {
  readonly words: readonly string[];
  readonly options: LimitOptions;
}

interface LimitOptions {
  readonly force?: true;
  readonly move?: true;
  readonly forMilliseconds?: number;
}

/** @throws what `planLimits` throws, and commander's InvalidArgumentError */
export function planLimitAction(
  files: KernelFiles,
  action: Action,
  container: Container,
  values: ReadonlyMap<string, string>,
): Action | Refusal {
  const time = values.get(FOR);
  const words = [...values].flatMap(([key, value]) => (key === FOR ? [] : [wordOf(key, value)]));
  if (words.length === 0) return { refused: 'no limit is typed yet: what shall go back after that time?' };
  const options = time === undefined ? {} : { forMilliseconds: durationMs(time) };
  const make = { files, action, container, words, time };
  try {
    return withWrites(make, options);
  } catch (error) {
    if (!(error instanceof ActionRefusal) || error.yieldsTo === undefined) throw error;
    return { refused: error.why, otherwise: otherwiseOf(make, error, options) };
  }
}

interface Planning {
  readonly files: KernelFiles;
  readonly action: Action;
  readonly container: Container;
  readonly words: readonly string[];
  readonly time: string | undefined;
}

function withWrites(make: Planning, options: LimitOptions): LimitAction | Refusal {
  const { files, container, words } = make;
  const { writes, notes } = planLimits(hostOf(files), container, words, { force: options.force === true });
  if (writes.length === 0) return { refused: `${words.join(' ')}: that is what it has` };
  const keeper = make.time === undefined ? keeperOf(keptContainer({ container })) : undefined;
  const said = [
    ...notes,
    ...(keeper === undefined ? [] : [`${keeper}; make limits last in the menu keeps them`]),
  ];
  const written = writes.map((write) => changeText(write, undefined, TEXT));
  // Harm is what has to be read first.
  return limitAction(make, options, options.force === true ? [...said, ...written] : [...written, ...said]);
}

/** What the option does that the refusal names. */
function otherwiseOf(make: Planning, { yieldsTo, why }: ActionRefusal, options: LimitOptions): LimitAction {
  if (yieldsTo === 'force') {
    const forced = withWrites(make, { ...options, force: true });
    if (!('refused' in forced)) return forced;
    throw new Error(forced.refused);
  }
  const { files, container, words } = make;
  const moves = planMoves(hostOf(files), container, words).map(
    ({ from, path, pids }) =>
      `${pids.length} of its processes would be moved from ${from} to ${path}, a cgroup made for it`,
  );
  return limitAction(make, { ...options, move: true }, [why, ...moves, `then ${words.join(' ')} for that`]);
}

function limitAction(
  { action, container: { name }, words, time }: Planning,
  options: LimitOptions,
  question: readonly string[],
): LimitAction {
  const { force, move, forMilliseconds } = options;
  const said = [
    ...words.map(shellWord),
    ...(time === undefined ? [] : ['--for', shellWord(time)]),
    ...(force === true ? ['--force'] : []),
    ...(move === true ? ['--move'] : []),
  ];
  const how = force === true ? ' all the same' : move === true ? ' after a move' : '';
  return {
    id: action.id,
    label: action.label,
    does: `set limits of ${name}${how}`,
    question: [
      ...question,
      ...(forMilliseconds === undefined
        ? []
        : [`goes back by itself after ${durationText(forMilliseconds)}`]),
    ],
    command: `${action.command} ${said.join(' ')}`,
    words,
    options,
  };
}

/** What was written, in words. @throws what `changeLimits` throws */
export async function runLimitAction(
  files: KernelFiles,
  action: Action,
  container: Container,
): Promise<string> {
  if (!isPlanned(action)) throw new Error('limits were not planned');
  const journal = Journal.open(files, process.env);
  const { changes, notes, until } = await changeLimits(hostOf(files), container, action.words, {
    journal,
    ...action.options,
  });
  const back = until === undefined ? [] : [`goes back at ${until}`];
  return `${container.name}: ${[changes.map((each) => shortChangeText(each, TEXT)).join(', '), ...back, ...notes].join('; ')}`;
}

function isPlanned(action: Action): action is LimitAction {
  return 'words' in action;
}

export function hostOf(files: KernelFiles): LimitHost {
  return { files, host: COLLECTORS.host.collect(files, undefined) };
}
