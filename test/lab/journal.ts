// The journal of a lab: one JSON line for everything it started or made, written before or right after the fact, so that
// whoever comes next can undo it when the test process was killed.
import { appendFileSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, listPids, namespaceOf, orUndefined, type ProcessId, statOf } from './proc.ts';

export const labPrefix = 'porthole-lab-';
const fileName = 'journal.jsonl';

export interface Owner extends ProcessId {
  readonly run: string;
  /** Its pid counts there, and means somebody else in other pid namespaces. */
  readonly pidNamespace: string | undefined;
}

export type JournalEntry =
  | ({ readonly kind: 'owner' } & Owner)
  | ({ readonly kind: 'process'; readonly what: string } & ProcessId)
  /** `deep`: ours with all that is below; otherwise a parent such as /docker, which other labs may use too. */
  | { readonly kind: 'cgroup'; readonly path: string; readonly deep: boolean }
  /** Cgroup directories that were there before us and stay. */
  | { readonly kind: 'baseline'; readonly cgroups: readonly string[] }
  | { readonly kind: 'sysctl'; readonly path: string; readonly value: string };

export class Journal {
  readonly file: string;
  constructor(readonly dir: string) {
    this.file = join(dir, fileName);
  }

  write(entry: JournalEntry): void {
    appendFileSync(this.file, `${JSON.stringify(entry)}\n`);
  }

  own(): void {
    const self = statOf(process.pid);
    if (!self) throw new Error('/proc shows no entry for ourselves');
    const { pid, starttime } = self;
    this.write({ kind: 'owner', pid, starttime, run: thisRun(), pidNamespace: namespaceOf('self', 'pid') });
  }

  /** Undefined when it ended before we could note it: then there is nothing to clean up. */
  process(pid: number, what: string): ProcessId | undefined {
    const stat = statOf(pid);
    if (!stat) return undefined;
    this.write({ kind: 'process', pid, starttime: stat.starttime, what });
    return stat;
  }

  entries(): JournalEntry[] {
    const text = orUndefined(() => readFileSync(this.file, 'utf8')) ?? '';
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map(parseLine).filter((entry): entry is JournalEntry => entry !== undefined);
  }

  processes(): ProcessId[] {
    return this.entries().filter((entry) => entry.kind === 'process');
  }

  /** Claimed cgroup directories in the order they were claimed, without those that were there before; once deep, always. */
  cgroups(): Map<string, boolean> {
    const entries = this.entries();
    const kept = new Set(entries.flatMap((entry) => (entry.kind === 'baseline' ? entry.cgroups : [])));
    const claimed = new Map<string, boolean>();
    for (const entry of entries) {
      if (entry.kind !== 'cgroup' || kept.has(entry.path)) continue;
      claimed.set(entry.path, entry.deep || claimed.get(entry.path) === true);
    }
    return claimed;
  }

  owner(): Owner | undefined {
    return this.entries().find((entry) => entry.kind === 'owner');
  }

  /** The test process that made the lab still runs. A directory without an owner line counts as owned while it is young. */
  isOwned(): boolean {
    const owner = this.owner();
    if (owner) return mayBeAlive(owner);
    const made = orUndefined(() => statSync(this.dir).mtimeMs);
    return made !== undefined && Date.now() - made < 60_000;
  }
}

const INITIAL = 'pid:[4026531836]';

/** From within a pid namespace nobody can tell whether one of another still runs. */
function mayBeAlive(owner: Owner): boolean {
  const ours = namespaceOf('self', 'pid');
  if (owner.pidNamespace === undefined || owner.pidNamespace === ours) return isAlive(owner);
  return ours !== INITIAL || listPids().some((pid) => namespaceOf(pid, 'pid') === owner.pidNamespace);
}

/** The test run that a lab is of: all processes of one vitest, which says so in the environment, or one process. */
export const thisRun = (): string => process.env[runVariable] ?? String(process.pid);
export const runVariable = 'PORTHOLE_LAB_RUN';

/** A process killed while it wrote leaves half a line: what it said is lost, the other lines are not. */
function parseLine(line: string): JournalEntry | undefined {
  try {
    return JSON.parse(line) as JournalEntry;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Without symbolic links: the kernel shows resolved paths, and we compare with those. */
export const labParent = (): string => realpathSync(tmpdir());

export function labDirs(): string[] {
  return readdirSync(labParent())
    .filter((name) => name.startsWith(labPrefix))
    .map((name) => join(labParent(), name));
}
