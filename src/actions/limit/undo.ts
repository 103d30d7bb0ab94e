/** Taking back the last change of a container's limits, by the journal. */
import { accepted, adviseOn } from '../../model/limits/advice.ts';
import { isSameSetting } from '../../model/limits/settings.ts';
import type { FileWrite } from '../../model/limits/write.ts';
import type { HeldCgroup } from '../cgroup/held-cgroup.ts';
import { type ControllerPlace, nameOf } from '../cgroup/own-cgroup.ts';
import { ActionRefusal } from '../refusal.ts';
import { callOff } from '../watchdog/watchdog.ts';
import { readSetting, type WritePlaces } from './apply.ts';
import {
  asRefusal,
  type ChangeOptions,
  HeldLimits,
  type LimitHost,
  type LimitTarget,
  type MadeChange,
  type PlannedChange,
} from './change.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { undoableEntries } from './undoable.ts';

export interface PlannedUndo {
  readonly entry: JournalEntry;
  readonly planned: PlannedChange;
  apply(): Promise<MadeChange>;
  close(): void;
}

/**
 * Finds the last change that is still as it was made, the newest first; what went back by itself is passed over.
 * @throws {ActionRefusal} there is none, or somebody has changed the files since
 */
export function planUndo(
  at: LimitHost,
  target: LimitTarget,
  { journal, force = false }: Pick<ChangeOptions, 'journal' | 'force'>,
): PlannedUndo {
  const refuse = (why: string, yieldsTo?: 'force'): never => {
    throw new ActionRefusal('limit --undo', target.name, why, yieldsTo);
  };
  if (journal === undefined) return refuse('there is no state directory, and so no journal');
  for (const entry of undoableEntries(journal, target.key)) {
    const held = HeldLimits.open(at, target, entryPlaces(at, entry));
    try {
      const state = stateOf(entry, held);
      if (state.is !== 'as before') {
        if (state.is === 'other cgroup') refuse(state.why);
        if (state.is === 'changed since' && !force)
          refuse(`${state.why}; --force puts back what was before all the same`, 'force');
        const planned = plannedUndo(target.name, entry, held, force);
        return {
          entry,
          planned,
          apply: () => undo(at, held, entry, planned, journal),
          close: () => held.close(),
        };
      }
    } catch (error) {
      held.close();
      throw error;
    }
    held.close();
  }
  return refuse(`${journal.path} has no change of its limits that could be taken back`);
}

async function undo(
  { files }: LimitHost,
  held: HeldLimits,
  entry: JournalEntry,
  planned: PlannedChange,
  journal: Journal,
): Promise<MadeChange> {
  if (entry.watchdog !== undefined) callOff(files, entry.watchdog);
  return held.apply(planned, ['--undo'], { journal }, entry.id);
}

/** @throws {ActionRefusal} when a hierarchy is mounted no more */
function entryPlaces({ host }: LimitHost, { cgroups, target }: JournalEntry): ControllerPlace[] {
  return cgroups.map(({ hierarchy: name, path }) => {
    const hierarchy = host.hierarchies.find((each) => nameOf(each) === name);
    if (hierarchy === undefined)
      throw new ActionRefusal('limit --undo', target.name, `the ${name} hierarchy is not mounted any more`);
    return { hierarchy, path, isOwn: true };
  });
}

type EntryState =
  | { readonly is: 'as made' | 'as before' }
  | { readonly is: 'other cgroup' | 'changed since'; readonly why: string };

function stateOf({ cgroups, writes, by, at: when }: JournalEntry, { places }: HeldLimits): EntryState {
  for (const { hierarchy, path, inode } of cgroups) {
    if (places.cgroup(hierarchy).inode !== inode)
      return { is: 'other cgroup', why: `cgroup ${path} was made anew since ${when}` };
  }
  const now = writes.map((write) => ({ write, setting: settingNow(write, places) }));
  const other = now.find(({ write, setting }) => !isSameSetting(write.kind, write.to, setting));
  if (other === undefined) return { is: 'as made' };
  const isBack = ({ write, setting }: (typeof now)[number]) =>
    isSameSetting(write.kind, write.from, setting) || setting === write.fromElse;
  if (now.every(isBack)) return { is: 'as before' };
  const { write, setting } = other;
  const who = by.user ?? String(by.uid);
  return {
    is: 'changed since',
    why: `${write.file} is ${setting} now, not ${write.to} as ${who} left it at ${when}`,
  };
}

function settingNow(write: FileWrite, places: WritePlaces): string {
  return readSetting(places.cgroup(write.hierarchy), write);
}

function plannedUndo(
  name: string,
  entry: JournalEntry,
  { places }: HeldLimits,
  force: boolean,
): PlannedChange {
  const back = [...entry.writes]
    .reverse()
    .flatMap((write) => backwards(write, places.cgroup(write.hierarchy)));
  const writes = back.filter(({ from, to }) => from !== to);
  const advice = adviseOn(writes, places.snapshot);
  return asRefusal(name, () => ({ writes, steps: [{ writes }], notes: accepted(advice, force) }));
}

/** What was made of it may say more than the file does. */
function madeOrNow({ kind, to }: FileWrite, now: string): string {
  return isSameSetting(kind, to, now) ? to : now;
}

/** From what it is now to what it was. */
function backwards(write: FileWrite, cgroup: HeldCgroup): FileWrite[] {
  const { alsoChanges: also, fromElse: toElse, toElse: _, shown, ...plain } = write;
  const back: FileWrite = {
    ...plain,
    from: madeOrNow(write, readSetting(cgroup, write)),
    to: write.from,
    ...(toElse !== undefined && { toElse }),
    ...(shown !== undefined && { shown: { from: shown.to, to: 'as before' } }),
  };
  if (also === undefined) return [back];
  const other = { ...plain, file: also.file, kind: also.kind };
  return [back, { ...other, from: readSetting(cgroup, other), to: also.from }];
}
