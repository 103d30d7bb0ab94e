/** Changing the limits of one container: from words to what was done. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isBelow, linesInMounts, pathIn } from '../../kernel/cgroup/hierarchy.ts';
import { AccessDeniedError, ActionError, ProcessGoneError, UnsupportedError } from '../../kernel/errors.ts';
import { parsePidCgroup } from '../../kernel/proc/cgroup.ts';
import type { Container } from '../../model/host-model.ts';
import { accepted, adviseOn } from '../../model/limits/advice.ts';
import { type LimitKey, limitKeys } from '../../model/limits/keys.ts';
import { planLimits } from '../../model/limits/plan.ts';
import { LimitRefusal, LimitWordError } from '../../model/limits/refusal.ts';
import type { LimitRequest } from '../../model/limits/request.ts';
import { useBetween } from '../../model/limits/use.ts';
import { type LimitRow, limitRows } from '../../model/limits/view.ts';
import type { FileWrite, PlanStep } from '../../model/limits/write.ts';
import type { HostFacts } from '../../model/sample.ts';
import { deviceRule, diskNumber } from '../../sys/device-number.ts';
import { errnoOf } from '../../sys/failure.ts';
import { clockUsec, type KernelFiles } from '../../sys/kernel-files.ts';
import { HeldProcess } from '../../sys/pidfd.ts';
import { NotPrivateError } from '../../sys/private-directory.ts';
import { type Move, moveBack, moveToOwnCgroup } from '../cgroup/move.ts';
import { type ControllerPlace, requireOwn } from '../cgroup/own-cgroup.ts';
import { ActionRefusal } from '../refusal.ts';
import { callOff } from '../watchdog/watchdog.ts';
import { applySteps, type Change } from './apply.ts';
import { withPrograms } from './device-programs.ts';
import { goesBack } from './goes-back.ts';
import type { Journal, JournalEntry, NewEntry } from './journal.ts';
import { HeldPlaces, placesOf } from './look.ts';
import { pendingEntries } from './pending.ts';

export type LimitTarget = Pick<
  Container,
  'key' | 'name' | 'runtime' | 'initPid' | 'initStarttimeTicks' | 'pids' | 'cgroup'
>;

export interface LimitHost {
  readonly files: KernelFiles;
  readonly host: Pick<HostFacts, 'hierarchies' | 'memTotalBytes'>;
}

export interface ChangeOptions {
  readonly force?: boolean;
  /** Makes a cgroup for a container that has none of its own. */
  readonly move?: boolean;
  /** It goes back by itself after this time. */
  readonly forMilliseconds?: number;
  /** Undefined: it cannot be taken back later. */
  readonly journal: Journal | undefined;
}

export interface PlannedChange {
  readonly steps: readonly PlanStep[];
  readonly writes: readonly FileWrite[];
  readonly notes: readonly string[];
}

export interface MadeChange {
  readonly changes: readonly Change[];
  readonly notes: readonly string[];
  /** With `forMilliseconds`. */
  readonly until?: string;
}

/** A container whose limits are to be shown or changed: its init held by pidfd, its cgroups by descriptors. */
export class HeldLimits {
  private constructor(
    readonly at: LimitHost,
    readonly target: LimitTarget,
    private readonly init: HeldProcess,
    readonly places: HeldPlaces,
  ) {}

  /**
   * @param places where its limits are; all of them unless told
   * @throws {ProcessGoneError | CgroupGoneError | AccessDeniedError | UnsupportedError}
   */
  static open(
    at: LimitHost,
    target: LimitTarget,
    places: readonly ControllerPlace[] = placesOf(target, at.host.hierarchies, limitKeys()),
  ): HeldLimits {
    const init = HeldProcess.open(at.files, target.initPid, target.initStarttimeTicks);
    try {
      const held = HeldPlaces.open(at.files, at.host, places);
      try {
        requireThere(at, target, places);
        if (!init.isAlive()) throw new ProcessGoneError(target.initPid);
        return new HeldLimits(at, target, init, held);
      } catch (error) {
        held.close();
        throw error;
      }
    } catch (error) {
      init.close();
      throw error;
    }
  }

  rows(): LimitRow[] {
    return limitRows(this.places.again());
  }

  /** The same with what it does in this time: processors that it keeps busy, rates of disks. */
  async rowsOver(milliseconds: number): Promise<LimitRow[]> {
    const look = () => ({ snapshot: this.places.again(), atUsec: clockUsec() });
    const before = look();
    await sleep(milliseconds);
    const now = look();
    const over = useBetween(before.snapshot, now.snapshot, now.atUsec - before.atUsec);
    return limitRows(now.snapshot, over);
  }

  /** What would be done. @throws {LimitWordError | ActionRefusal} */
  plan(requests: readonly LimitRequest[], force = false): PlannedChange {
    const { files } = this.at;
    return asRefusal(this.target.name, () => {
      const snapshot = requests.some(({ kind }) => kind === 'device')
        ? withPrograms(this.places)
        : this.places.snapshot;
      const { steps, notes } = planLimits(requests, { snapshot, devices: devicesOf(files, requests) });
      const writes = steps.flatMap((step) => step.writes);
      return { steps, writes, notes: [...notes, ...accepted(adviseOn(writes, snapshot), force)] };
    });
  }

  /** @throws {ActionRefusal | ActionError | AccessDeniedError | StepError} */
  async apply(
    { steps, writes, notes }: PlannedChange,
    words: readonly string[],
    { journal, forMilliseconds }: ChangeOptions,
    undoes?: string,
  ): Promise<MadeChange> {
    if (writes.length === 0) return { changes: [], notes: [...notes, 'nothing to change: it is so already'] };
    if (undoes === undefined) this.#refusePending(writes, journal);
    const timed =
      forMilliseconds === undefined
        ? undefined
        : await goesBack(
            { files: this.at.files, name: this.target.name, places: this.places },
            writes,
            forMilliseconds,
          );
    const entry: NewEntry = {
      target: { key: this.target.key, name: this.target.name, runtime: this.target.runtime },
      words,
      cgroups: this.#cgroups(writes),
      writes,
      ...(undoes !== undefined && { undoes }),
      ...timed,
    };
    const { ended, problem } = begin(journal, entry);
    try {
      const changes = applySteps(this.target.name, steps, this.places);
      return {
        changes,
        notes: [...notes, ...problem, ...ended('done')],
        ...(timed !== undefined && { until: timed.until }),
      };
    } catch (error) {
      if (timed !== undefined) callOff(this.at.files, timed.watchdog);
      ended('failed');
      throw error;
    }
  }

  close(): void {
    this.places.close();
    this.init.close();
  }

  /** Two that take back the same file would each put back what the other had made of it. */
  #refusePending(writes: readonly FileWrite[], journal: Journal | undefined): void {
    const pending = journal === undefined ? [] : pendingOrNone(this.at.files, journal, this.target.key);
    const isSame = (a: FileWrite, b: FileWrite) =>
      a.hierarchy === b.hierarchy && a.path === b.path && a.file === b.file && a.device === b.device;
    for (const { writes: theirs, until } of pending) {
      const both = theirs.find((each) => writes.some((write) => isSame(write, each)));
      if (both !== undefined)
        throw new ActionRefusal(
          'limit',
          this.target.name,
          `${both.file} goes back to ${both.from} at ${until} by itself (--for); --undo takes that back first`,
        );
    }
  }

  #cgroups(writes: readonly FileWrite[]): JournalEntry['cgroups'] {
    const names = [...new Set(writes.map(({ hierarchy }) => hierarchy))];
    return names.map((hierarchy) => {
      const { path, inode } = this.places.cgroup(hierarchy);
      return { hierarchy, path, inode };
    });
  }
}

/** A journal that may not be read, or not be trusted, is not written either, and `begin` says so. */
function pendingOrNone(files: KernelFiles, journal: Journal, key: string): JournalEntry[] {
  try {
    return pendingEntries(files, journal, key);
  } catch (error) {
    if (error instanceof AccessDeniedError || error instanceof NotPrivateError) return [];
    throw error;
  }
}

/** A journal that cannot be written keeps nobody from changing a limit at night: it is said. */
function begin(
  journal: Journal | undefined,
  entry: NewEntry,
): { ended: (outcome: 'done' | 'failed') => readonly string[]; problem: readonly string[] } {
  const none = (why: string) => ({
    ended: () => [],
    problem: [`${why}: --undo will not know of this change`],
  });
  if (journal === undefined) return none('there is no state directory');
  const { path } = journal;
  try {
    const write = journal.begin(entry);
    return { ended: (outcome) => written(path, () => write(outcome)), problem: [] };
  } catch (error) {
    return none(whyNotWritten(path, error));
  }
}

/** What was begun can be taken back, whether the end is there or not. */
function written(path: string, write: () => void): string[] {
  try {
    write();
    return [];
  } catch (error) {
    return [`${whyNotWritten(path, error)}: --history will say that this change was interrupted`];
  }
}

/** @throws the error itself when it is none of writing */
function whyNotWritten(path: string, error: unknown): string {
  if (error instanceof NotPrivateError) return error.message;
  const errno = errnoOf(error);
  if (errno === undefined) throw error;
  return `${path}: ${errno}`;
}

/** A cgroup that was opened by name is the container's: its init is in it. @throws {ProcessGoneError} */
function requireThere(
  { files, host }: LimitHost,
  { initPid }: LimitTarget,
  places: readonly ControllerPlace[],
): void {
  const text = files.text(files.proc(`${initPid}/cgroup`), 'utf8');
  if (!text.ok) throw new ProcessGoneError(initPid);
  const lines = linesInMounts(parsePidCgroup(text.value), host.hierarchies);
  for (const { hierarchy, path } of places) {
    const at = pathIn(lines, hierarchy);
    if (at === undefined || !isBelow(at, path))
      throw new ProcessGoneError(initPid, `is no longer in cgroup ${path}`);
  }
}

/** @throws {LimitWordError} */
function devicesOf(files: KernelFiles, requests: readonly LimitRequest[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const request of requests) {
    if (request.kind !== 'io' && request.kind !== 'device') continue;
    const { device } = request;
    const number = request.kind === 'io' ? diskNumber(files, device) : deviceRule(device);
    if (typeof number !== 'string') throw new LimitWordError(`${request.key.id}: ${number.problem}`);
    found.set(request.device, number);
  }
  return found;
}

/** What the model refuses, as an action that is not done. */
export function asRefusal<T>(name: string, plan: () => T): T {
  try {
    return plan();
  } catch (error) {
    if (error instanceof UnsupportedError) throw new ActionRefusal('limit', name, error.message);
    if (!(error instanceof LimitRefusal)) throw error;
    const hint = error.yieldsToForce ? ' (--force does it all the same)' : '';
    throw new ActionRefusal('limit', name, `${error.why}${hint}`, error.yieldsToForce ? 'force' : undefined);
  }
}

export interface MovedPlaces {
  readonly places: readonly ControllerPlace[];
  readonly notes: readonly string[];
  /** Where nothing came of it. Gives what stands in the way, in words. */
  moveBack(): string | undefined;
}

/**
 * Where the limits of these keys are, each its own: with `move` they are made so.
 * @throws {ActionRefusal} listing who else would be hit
 */
export function ownPlaces(
  { files, host }: LimitHost,
  target: LimitTarget,
  keys: readonly LimitKey[],
  move: boolean,
): MovedPlaces {
  const moves: { readonly from: ControllerPlace; readonly to: ControllerPlace; readonly note: string }[] = [];
  const back = () => {
    const left = moves.reverse().flatMap(({ from, to }) => moveBack(from, to) ?? []);
    return left.length === 0 ? undefined : left.join('; ');
  };
  try {
    const places = placesOf(target, host.hierarchies, keys).map((place) => {
      if (place.isOwn) return place;
      if (!move) requireOwn(files, 'limit', target, place);
      const moved = moveToOwnCgroup(files, moveOf(target, place, keys));
      const who = moved.moved === 1 ? '1 process was' : `${moved.moved} processes were`;
      const note = `${who} moved from ${place.path} to ${moved.path}`;
      moves.push({ from: place, to: moved, note });
      return moved;
    });
    return { places, notes: moves.map(({ note }) => note), moveBack: back };
  } catch (error) {
    throw withWhatIsLeft(error, target.name, back());
  }
}

/** @param left what could not be moved back, in words */
export function withWhatIsLeft(error: unknown, name: string, left: string | undefined): unknown {
  if (left === undefined) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new ActionError('limit', why, name, 'EBUSY', left, { cause: error });
}

/** With the controllers that the new cgroup must have. */
export function moveOf(target: LimitTarget, place: ControllerPlace, keys: readonly LimitKey[]): Move {
  const controllers = place.hierarchy.version === 1 ? [] : [...new Set(keys.map((key) => key.controller[2]))];
  return { operation: 'limit', target, place, controllers };
}
