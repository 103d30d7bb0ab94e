/**
 * What was changed by whom and when, so that it can be taken back: one line of JSON for what is about to be done, written before
 * it is done, and one for how it ended. In `$XDG_STATE_HOME/porthole`, or /var/lib/porthole for root, or ~/.local/state/porthole.
 */
import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { AccessDeniedError } from '../../kernel/errors.ts';
import type { FileWrite } from '../../model/limits/write.ts';
import { failedReading } from '../../sys/failure.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { userNames } from '../../sys/users.ts';

type Environment = Readonly<Record<string, string | undefined>>;

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

export type NewEntry = Omit<JournalEntry, 'id' | 'at' | 'bootId' | 'by' | 'outcome'>;

interface Outcome {
  readonly outcomeOf: string;
  readonly outcome: 'done' | 'failed';
}

const MOST_BYTES = 4 * 1024 * 1024;
const KEPT_LINES = 4000;

/** Undefined where nobody has a home. */
export function stateDirectory(env: Environment, uid: number): string | undefined {
  const { XDG_STATE_HOME: state, HOME: home } = env;
  // The specification has relative paths ignored.
  if (state !== undefined && isAbsolute(state)) return join(state, 'porthole');
  if (uid === 0) return '/var/lib/porthole';
  return home !== undefined && isAbsolute(home) ? join(home, '.local', 'state', 'porthole') : undefined;
}

export class Journal {
  private constructor(
    readonly path: string,
    private readonly bootId: string,
    private readonly env: Environment,
  ) {}

  /** Undefined where there is no place for one. */
  static open(files: KernelFiles, env: Environment, uid = process.geteuid?.() ?? 0): Journal | undefined {
    const directory = stateDirectory(env, uid);
    const boot = files.small(files.proc('sys/kernel/random/boot_id'));
    if (directory === undefined) return undefined;
    return new Journal(join(directory, 'limits.jsonl'), boot.ok ? boot.value.trim() : '', env);
  }

  /**
   * Before anything is changed. Gives the entry's id, and how to say how it ended.
   * @throws Node's error when it cannot be written
   */
  begin(entry: NewEntry): (outcome: Outcome['outcome']) => void {
    const id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    this.#shorten();
    this.#append({ id, at: new Date().toISOString(), bootId: this.bootId, by: byWhom(this.env), ...entry });
    return (outcome) => this.#append({ outcomeOf: id, outcome });
  }

  /** Oldest first. A line that is cut short (a full disk, a crash) is left out. @throws {AccessDeniedError} */
  entries(): JournalEntry[] {
    const entries = new Map<string, JournalEntry>();
    for (const line of this.#lines()) {
      const read = parsed(line);
      if (read === undefined) continue;
      if (!('outcomeOf' in read)) {
        entries.set(read.id, read);
        continue;
      }
      const begun = entries.get(read.outcomeOf);
      if (begun !== undefined) entries.set(begun.id, { ...begun, outcome: read.outcome });
    }
    return [...entries.values()];
  }

  /** Of this boot: cgroups do not live longer. */
  isOfThisBoot(entry: JournalEntry): boolean {
    return entry.bootId === this.bootId;
  }

  #lines(): string[] {
    try {
      return readFileSync(this.path, 'utf8').split('\n');
    } catch (error) {
      const { why, errno } = failedReading(error, this.path);
      if (why === 'absent') return [];
      if (why === 'denied')
        throw new AccessDeniedError(this.path, 'read access to the journal', errno, { cause: error });
      throw error;
    }
  }

  /**
   * One write: lines of several at once do not get mixed. Nothing waits for the disk: the line outlives Porthole, and what a machine
   * that loses power forgets of it is about cgroups that are gone as well.
   */
  #append(line: JournalEntry | Outcome): void {
    appendFileSync(this.path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  }

  #shorten(): void {
    if ((statSync(this.path, { throwIfNoEntry: false })?.size ?? 0) <= MOST_BYTES) return;
    const fresh = `${this.path}.${process.pid}`;
    writeFileSync(fresh, this.#lines().slice(-KEPT_LINES).join('\n'), { mode: 0o600, flush: true });
    renameSync(fresh, this.path);
  }
}

function parsed(line: string): JournalEntry | Outcome | undefined {
  try {
    const read: unknown = JSON.parse(line);
    return isLine(read) ? read : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isLine(read: unknown): read is JournalEntry | Outcome {
  if (typeof read !== 'object' || read === null) return false;
  return 'outcomeOf' in read || ('id' in read && 'writes' in read && Array.isArray(read.writes));
}

function byWhom({ SUDO_USER: sudoUser }: Environment): JournalEntry['by'] {
  const uid = process.getuid?.() ?? 0;
  const user = userNames().get(uid);
  return { uid, ...(user !== undefined && { user }), ...(sudoUser !== undefined && { sudoUser }) };
}
