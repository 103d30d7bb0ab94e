/** The dashboard's form of limits: what is set and what holds, and what typed values would write. Behind its port. */

import { COLLECTORS } from '../../collectors/index.ts';
import type { Action, FormField, Refusal } from '../../tui/actions.ts';
import { changeLimits, Journal, type LimitHost, showLimits, tryLimits } from '../actions/limit/index.ts';
import type { Container } from '../model/host-model.ts';
import { limitKey } from '../model/limits/keys.ts';
import type { LimitRow } from '../model/limits/view.ts';
import type { FileWrite } from '../model/limits/write.ts';
import { shellWord } from '../model/shell-word.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { changeText, limitTexts } from './limit-text.ts';

const TEXT = { raw: false, ascii: false };

/** As it is now. @throws what `showLimits` throws */
export function limitFields(files: KernelFiles, container: Container): readonly FormField[] | Refusal {
  const { rows, shared } = showLimits(hostOf(files), container);
  if (rows.length === 0) return { refused: `${container.name} is in no cgroup that has limits` };
  return rows.map((row) =>
    fieldOf(
      row,
      shared.some((path) => row.file.includes(`${path}/`)),
    ),
  );
}

function fieldOf(row: LimitRow, isShared: boolean): FormField {
  const { key, why, cappedBy } = row;
  const texts = limitTexts(row, TEXT);
  const about = limitKey(key);
  const example = about?.example.replace(/^[^=]*=/, '');
  const hints = [
    why ?? (isShared ? 'its cgroup is not its own: porthole limit --move makes one' : about?.summary),
    example === undefined
      ? undefined
      : `for instance ${row.device === undefined ? example : 'rbps=10M,wiops=200'}`,
  ];
  return {
    key: texts.name,
    own: texts.value,
    effective: cappedBy === undefined ? texts.effective : `${texts.effective} by ${cappedBy}`,
    used: texts.use,
    hint: hints.filter((hint) => hint !== undefined).join('; '),
  };
}

/** As on the command line: `hugetlb 2MB` with `64M` is `hugetlb=2MB:64M`. */
function wordOf(key: string, value: string): string {
  const [name = key, which] = key.split(' ');
  return which === undefined ? `${name}=${value}` : `${name}=${which}:${value}`;
}

/** What was planned is in the action itself: nothing else is done than what was asked about. */
interface LimitAction extends Action {
  readonly words: readonly string[];
}

/** @throws what `tryLimits` throws */
export function planLimitAction(
  files: KernelFiles,
  action: Action,
  container: Container,
  values: ReadonlyMap<string, string>,
): Action | Refusal {
  const words = [...values].map(([key, value]) => wordOf(key, value));
  const { writes, notes, refused } = tryLimits(hostOf(files), container, words);
  if (refused !== undefined) return { refused };
  if (writes.length === 0) return { refused: `${words.join(' ')}: that is what it has` };
  const planned: LimitAction = {
    ...action,
    words,
    question: [...writes.map((write) => changeText(write, undefined, TEXT)), ...notes],
    command: `${action.command} ${words.map(shellWord).join(' ')}`,
  };
  return planned;
}

/** What was written, in words. @throws what `changeLimits` throws */
export async function runLimitAction(
  files: KernelFiles,
  action: Action,
  container: Container,
): Promise<string> {
  if (!isPlanned(action)) throw new Error('limits were not planned');
  const journal = Journal.open(files, process.env);
  const { changes } = await changeLimits(hostOf(files), container, action.words, { journal });
  return `${container.name}: ${changes.map(wasChanged).join(', ')}`;
}

function isPlanned(action: Action): action is LimitAction {
  return 'words' in action;
}

function wasChanged({ file, from, to }: FileWrite): string {
  return `${file} ${from} -> ${to}`;
}

function hostOf(files: KernelFiles): LimitHost {
  return { files, host: COLLECTORS.host.collect(files, undefined) };
}
