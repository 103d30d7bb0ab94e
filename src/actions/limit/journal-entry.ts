/** The lines of the journal. What is read back is held to its shape: a line may be cut short, or be another version's. Pure. */
import { FILE_KINDS } from '../../model/limits/settings.ts';
import type { FileWrite } from '../../model/limits/write.ts';

export interface JournalTarget {
  readonly key: string;
  readonly name: string;
  readonly runtime: string;
}

/** A cgroup as it was then: one that was made anew since has another inode. */
export interface JournalCgroup {
  readonly hierarchy: string;
  readonly path: string;
  readonly inode: number;
}

export interface JournalEntry {
  readonly id: string;
  /** RFC 3339. */
  readonly at: string;
  readonly bootId: string;
  readonly by: { readonly uid: number; readonly user?: string; readonly sudoUser?: string };
  readonly target: JournalTarget;
  /** What was asked for: `memory=1G`, `--undo`. */
  readonly words: readonly string[];
  readonly cgroups: readonly JournalCgroup[];
  readonly writes: readonly FileWrite[];
  /** The entry that this one takes back. */
  readonly undoes?: string;
  /** It goes back by itself then, by this process. */
  readonly until?: string;
  readonly watchdog?: { readonly pid: number; readonly starttimeTicks: number };
  /** Absent when Porthole did not live to say it. */
  readonly outcome?: 'done' | 'failed';
}

export interface JournalOutcome {
  readonly outcomeOf: string;
  readonly outcome: 'done' | 'failed';
}

/** Undefined for a line that is none of either. */
export function parseJournalLine(line: string): JournalEntry | JournalOutcome | undefined {
  try {
    const read: unknown = JSON.parse(line);
    return isOutcome(read) || isEntry(read) ? read : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isEnd: Check = (value) => value === 'done' || value === 'failed';
const isKind: Check = (value) => FILE_KINDS.some((kind) => kind === value);
const orAbsent =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const shaped =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(checks).every(([name, check]) =>
      check(Object.getOwnPropertyDescriptor(value, name)?.value),
    );

let shapes: ReturnType<typeof makeShapes> | undefined;

/** For the first line that is parsed: most commands search the journal and parse none. */
function makeShapes() {
  const isWrite = shaped({
    key: isText,
    hierarchy: isText,
    path: isText,
    directory: isText,
    file: isText,
    kind: isKind,
    device: orAbsent(isText),
    from: isText,
    to: isText,
    shown: orAbsent(shaped({ from: isText, to: isText })),
    fromElse: orAbsent(isText),
    toElse: orAbsent(isText),
    alsoChanges: orAbsent(shaped({ file: isText, kind: isKind, from: isText })),
  });

  const entry = shaped({
    id: isText,
    at: isText,
    bootId: isText,
    by: shaped({ uid: isCount, user: orAbsent(isText), sudoUser: orAbsent(isText) }),
    target: shaped({ key: isText, name: isText, runtime: isText }),
    words: listOf(isText),
    cgroups: listOf(shaped({ hierarchy: isText, path: isText, inode: isCount })),
    writes: listOf(isWrite),
    undoes: orAbsent(isText),
    until: orAbsent(isText),
    watchdog: orAbsent(shaped({ pid: isCount, starttimeTicks: isCount })),
    outcome: orAbsent(isEnd),
  });

  const outcome = shaped({ outcomeOf: isText, outcome: isEnd });
  return { entry, outcome };
}

const shapeOf = () => {
  shapes ??= makeShapes();
  return shapes;
};

function isEntry(value: unknown): value is JournalEntry {
  return shapeOf().entry(value);
}

function isOutcome(value: unknown): value is JournalOutcome {
  return shapeOf().outcome(value);
}
