/** One write into one file of a cgroup, and what it does there. Pure. */
import { type Fact, isUnknown } from '../../kernel/reading.ts';
import type { LimitFile, LimitKey } from './keys.ts';
import { missing } from './missing.ts';
import { LimitRefusal } from './refusal.ts';
import type { FileKind } from './settings.ts';
import { fileOf, type LimitPlace, settingAt } from './snapshot.ts';

/** One write. `from` and `to` are settings (settings.ts) of that file, of one device where it has a line for each. */
export interface FileWrite {
  readonly key: string;
  readonly hierarchy: string;
  /** Of the cgroup, as /proc/PID/cgroup has it. */
  readonly path: string;
  readonly directory: string;
  readonly file: string;
  readonly kind: FileKind;
  readonly device?: string;
  readonly from: string;
  readonly to: string;
  /** For people and documents, where the settings say nothing to them. */
  readonly shown?: { readonly from: string; readonly to: string };
  /**
   * The same in effect, where the kernel may not take `from` or `to`: it lets no cpuset with processes be empty (ENOSPC).
   */
  readonly fromElse?: string;
  readonly toElse?: string;
  /** What writing it also changes, and has to be put back when it is undone. */
  readonly alsoChanges?: { readonly file: string; readonly kind: FileKind; readonly from: string };
}

/** Writes that belong together; `eitherOrder`: when the kernel says EINVAL to the first, the second goes first. */
export interface PlanStep {
  readonly writes: readonly FileWrite[];
  readonly eitherOrder?: true;
}

export interface LimitPlan {
  readonly steps: readonly PlanStep[];
  /** What to know about it, for people. */
  readonly notes: readonly string[];
}

/** @throws {LimitRefusal} naming what would have to be enabled where */
export function theFile(place: LimitPlace, key: LimitKey): LimitFile {
  const file = fileOf(place, key);
  if (file === undefined) throw missing(place, key);
  return file;
}

export function writeOf(
  key: LimitKey,
  { hierarchy, own }: LimitPlace,
  { name, kind }: LimitFile,
  to: string,
  device?: string,
): FileWrite {
  const from = readable(settingAt(own, { name, kind }, device), `${own.directory}/${name}`);
  return {
    key: key.id,
    hierarchy,
    path: own.path,
    directory: own.directory,
    file: name,
    kind,
    ...(device !== undefined && { device }),
    from,
    to,
  };
}

/** What is there now must be known, or it could not be put back. @throws {LimitRefusal} */
export function readable<T>(fact: Fact<T>, file: string): T {
  if (fact === undefined) throw new LimitRefusal(`${file}: there is no such file`);
  if (isUnknown(fact)) throw new LimitRefusal(`${fact.path}: cannot be read (${fact.errno})`);
  return fact;
}
