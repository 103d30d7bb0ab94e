/**
 * The door to limits for those who only want to show and change them (the command, the dashboard's form): plain data in and out,
 * nothing held in between, everything looked at anew each time.
 */
import { limitKeys } from '../../model/limits/keys.ts';
import { parseLimitWords } from '../../model/limits/request.ts';
import type { LimitRow } from '../../model/limits/view.ts';
import type { FileWrite } from '../../model/limits/write.ts';
import { type PlannedMove, plannedMove } from '../cgroup/move.ts';
import { placeIn } from '../cgroup/own-cgroup.ts';
import {
  type ChangeOptions,
  HeldLimits,
  type LimitHost,
  type LimitTarget,
  type MadeChange,
  moveOf,
  ownPlaces,
  withWhatIsLeft,
} from './change.ts';
import { placesOf } from './look.ts';

export type { ChangeOptions, LimitHost, LimitTarget, MadeChange } from './change.ts';
export { Journal, type JournalEntry } from './journal.ts';
export { planUndo } from './undo.ts';
export { undoableEntries } from './undoable.ts';

export interface ShownLimits {
  readonly rows: readonly LimitRow[];
  /** Cgroups of the host's among those: what is shown holds for others as well. */
  readonly shared: readonly string[];
}

/** Every limit, with the one that counts and what is used. @throws {ProcessGoneError | CgroupGoneError} */
export function showLimits(at: LimitHost, target: LimitTarget): ShownLimits {
  const { held, shared } = opened(at, target);
  try {
    return { rows: held.rows(), shared };
  } finally {
    held.close();
  }
}

/** The same with what it does in this time: processors that it keeps busy, rates of disks. @throws as `showLimits` */
export async function showLimitsOver(
  at: LimitHost,
  target: LimitTarget,
  milliseconds: number,
): Promise<ShownLimits> {
  const { held, shared } = opened(at, target);
  try {
    return { rows: await held.rowsOver(milliseconds), shared };
  } finally {
    held.close();
  }
}

function opened(at: LimitHost, target: LimitTarget): { held: HeldLimits; shared: readonly string[] } {
  const places = placesOf(target, at.host.hierarchies, limitKeys());
  const shared = new Set(places.flatMap(({ isOwn, path }) => (isOwn ? [] : [path])));
  const counting = at.host.hierarchies.find(
    (each) => each.version === 1 && each.controllers.includes('cpuacct'),
  );
  const counted = counting === undefined ? undefined : placeIn(target, counting);
  const isNew = counted !== undefined && !places.some(({ hierarchy }) => hierarchy === counting);
  return { held: HeldLimits.open(at, target, isNew ? [...places, counted] : places), shared: [...shared] };
}

export interface PlannedLimits {
  readonly writes: readonly FileWrite[];
  readonly notes: readonly string[];
}

/** What `KEY=VALUE` words would write, and in which order. @throws as `changeLimits`, before anything is changed */
export function planLimits(
  at: LimitHost,
  target: LimitTarget,
  words: readonly string[],
  { force = false }: Pick<ChangeOptions, 'force'> = {},
): PlannedLimits {
  const requests = parseLimitWords(words);
  const { places } = ownPlaces(
    at,
    target,
    requests.map(({ key }) => key),
    false,
  );
  const held = HeldLimits.open(at, target, places);
  try {
    const { writes, notes } = held.plan(requests, force);
    return { writes, notes };
  } finally {
    held.close();
  }
}

/** Who would be moved from where to where, before limits are set there. */
export interface LimitMove extends PlannedMove {
  readonly from: string;
}

/** What `--move` would do before it sets the limits of these words. @throws as `changeLimits`, before anything is changed */
export function planMoves(
  { files, host }: LimitHost,
  target: LimitTarget,
  words: readonly string[],
): LimitMove[] {
  const keys = parseLimitWords(words).map(({ key }) => key);
  return placesOf(target, host.hierarchies, keys)
    .filter(({ isOwn }) => !isOwn)
    .map((place) => ({
      ...plannedMove(files, target, place, moveOf(target, place, keys)),
      from: place.path,
    }));
}

export type ChangedLimits = MadeChange & {
  /** As they are then; none for who does not want them. */
  readonly rows: readonly LimitRow[];
};

/**
 * Does it, reads every file back, and gives all limits as they are then where they are wanted.
 * @throws {LimitWordError} a word means nothing @throws {ActionRefusal} nothing was changed
 * @throws {ActionError} what was changed was put back @throws {AccessDeniedError | ProcessGoneError | StepError}
 */
export async function changeLimits(
  at: LimitHost,
  target: LimitTarget,
  words: readonly string[],
  options: ChangeOptions & { readonly wantsRows?: boolean },
): Promise<ChangedLimits> {
  const requests = parseLimitWords(words);
  const keys = requests.map(({ key }) => key);
  const moved = ownPlaces(at, target, keys, options.move === true);
  try {
    const held = HeldLimits.open(at, target, moved.places);
    try {
      const made = await held.apply(held.plan(requests, options.force), words, options);
      const rows = options.wantsRows === true ? held.rows() : [];
      return { ...made, notes: [...moved.notes, ...made.notes], rows };
    } finally {
      held.close();
    }
  } catch (error) {
    throw withWhatIsLeft(error, target.name, moved.moveBack());
  }
}
