/**
 * What was changed by whom and when, so that it can be taken back: one line of JSON for what is about to be done, written before
 * it is done, and one for how it ended. In `$XDG_STATE_HOME/porthole`, or /var/lib/porthole for root, or ~/.local/state/porthole.
 * What it says is done later, with our rights: nobody else may be able to write it.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, constants, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { AccessDeniedError } from '../../kernel/errors.ts';
import { latin1In } from '../../kernel/text.ts';
import { utcText } from '../../kernel/utc.ts';
import { failedReading } from '../../sys/failure.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { NotPrivateError, type OpenFile, PrivateDirectory } from '../../sys/private-directory.ts';
import { userName } from '../../sys/users.ts';
import { type JournalEntry, type JournalOutcome, parseJournalLine } from './journal-entry.ts';

export type { JournalEntry } from './journal-entry.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export type NewEntry = Omit<JournalEntry, 'id' | 'at' | 'bootId' | 'by' | 'outcome'>;

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_WRONLY } = constants;

const NAME = 'limits.jsonl';
const MOST_BYTES = 4 * 1024 * 1024;
const KEPT_LINES = 4000;
/** Only of changes that go back by themselves. */
const TIMED = '"watchdog"';
const NEWLINE = 0x0a;
const PIECE_BYTES = 64 * 1024;
const SHORT_BYTES = 32 * 1024;

/** `join`, of which V8 compiles two functions for a path that needs nothing done. */
function within(directory: string, name: string): string {
  const isPlain = !directory.endsWith('/') && !directory.includes('/.') && !directory.includes('//');
  return isPlain ? `${directory}/${name}` : join(directory, name);
}

/** Undefined where nobody has a home. */
export function stateDirectory(env: Environment, uid: number): string | undefined {
  const { XDG_STATE_HOME: state, HOME: home } = env;
  // The specification has relative paths ignored.
  if (state !== undefined && isAbsolute(state)) return within(state, 'porthole');
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
    return new Journal(within(directory, NAME), boot.ok ? boot.value.trim() : '', env);
  }

  /**
   * Before anything is changed. Gives how to say how it ended.
   * @throws {NotPrivateError} @throws Node's error when it cannot be written
   */
  begin(entry: NewEntry): (outcome: JournalOutcome['outcome']) => void {
    const id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    this.#toWrite((directory, isLocked) => {
      const at = utcText(Date.now());
      const line = { id, at, bootId: this.bootId, by: byWhom(this.env), ...entry };
      if (append(directory, line, isLocked ? MOST_BYTES : Number.POSITIVE_INFINITY)) return;
      shorten(directory);
      append(directory, line);
    });
    return (outcome) => this.#toWrite((directory) => append(directory, { outcomeOf: id, outcome }));
  }

  /** Oldest first. A line that is cut short (a full disk, a crash) is left out. @throws {AccessDeniedError | NotPrivateError} */
  entries(): JournalEntry[] {
    return entriesIn(this.#read([], (directory) => linesOf(directory)));
  }

  /** Those that go back by themselves. Where there is none, as nearly always, none of the others is parsed for that. */
  timed(): JournalEntry[] {
    if (!this.#read(false, (directory) => hasTimed(directory))) return [];
    return this.entries().filter(({ watchdog }) => watchdog !== undefined);
  }

  /** Of this boot: cgroups do not live longer. */
  isOfThisBoot(entry: JournalEntry): boolean {
    return entry.bootId === this.bootId;
  }

  /** @param nothing where there is no journal */
  #read<T>(nothing: T, use: (directory: PrivateDirectory) => T): T {
    try {
      return this.#within({ make: false }, use);
    } catch (error) {
      if (error instanceof NotPrivateError) throw new NotPrivateError(error.path, `${error.why}${ADVICE}`);
      const { why, errno } = failedReading(error, this.path);
      if (why === 'absent') return nothing;
      if (why === 'denied')
        throw new AccessDeniedError(this.path, 'read access to the journal', errno, { cause: error });
      throw error;
    }
  }

  /** One at a time: what is added while another shortens it would be lost. */
  #toWrite(use: (directory: PrivateDirectory, isLocked: boolean) => void): void {
    this.#within({ make: true }, (directory) => use(directory, directory.lock()));
  }

  #within<T>(how: { readonly make: boolean }, use: (directory: PrivateDirectory) => T): T {
    const directory = PrivateDirectory.open(dirname(this.path), how);
    try {
      return use(directory);
    } finally {
      directory.close();
    }
  }
}

const ADVICE = ', and is not read: XDG_STATE_HOME can name a directory that only you can write to';

function withFile<T>(
  directory: PrivateDirectory,
  name: string,
  flags: number,
  use: (file: OpenFile) => T,
): T {
  const file = directory.openFile(name, flags);
  try {
    return use(file);
  } finally {
    closeSync(file.fd);
  }
}

function linesOf(directory: PrivateDirectory): string[] {
  return withFile(directory, NAME, O_RDONLY, ({ fd }) => readFileSync(fd, 'utf8')).split('\n');
}

/** A piece at a time: the journal may have some thousand entries. */
function hasTimed(directory: PrivateDirectory): boolean {
  return withFile(directory, NAME, O_RDONLY, ({ fd }) => {
    const bytes = Buffer.allocUnsafe(PIECE_BYTES);
    for (let kept = 0; ; ) {
      const length = kept + readSync(fd, bytes, kept, PIECE_BYTES - kept, null);
      if (length === kept) return false;
      // What lies behind `length` is of the piece before.
      const at = indexIn(bytes, length);
      if (at >= 0 && at + TIMED.length <= length) return true;
      // It may begin at the end of this piece.
      kept = Math.min(length, TIMED.length - 1);
      bytes.copyWithin(0, length - kept, length);
    }
  });
}

/**
 * Looked for among the bytes: as text they would be young objects, of which V8 has room for few. But for that V8 compiles four of
 * Node's functions, which a short journal does without.
 */
function indexIn(bytes: Buffer, length: number): number {
  return length > SHORT_BYTES ? bytes.indexOf(TIMED) : latin1In(bytes, 0, length).indexOf(TIMED);
}

function entriesIn(lines: readonly string[]): JournalEntry[] {
  const entries = new Map<string, JournalEntry>();
  for (const line of lines) {
    const read = parseJournalLine(line);
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

/**
 * One write: lines of several at once do not get mixed. Nothing waits for the disk: the line outlives Porthole, and what a machine
 * that loses power forgets of it is about cgroups that are gone as well. False, and nothing is written, where it is too long by now.
 */
function append(
  directory: PrivateDirectory,
  line: JournalEntry | JournalOutcome,
  mostBytes = Number.POSITIVE_INFINITY,
): boolean {
  return withFile(directory, NAME, O_RDWR | O_APPEND | O_CREAT, (file) => {
    if (file.size > mostBytes) return false;
    // One that was cut short ends there, or this one would be lost with it.
    const end = endsInLine(file) ? '' : '\n';
    writeWhole(file.fd, `${end}${JSON.stringify(line)}\n`);
    return true;
  });
}

/** In one write, unless the disk takes less. */
function writeWhole(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}

function endsInLine({ fd, size }: OpenFile): boolean {
  const last = new Uint8Array(1);
  return size === 0 || readSync(fd, last, 0, 1, size - 1) === 0 || last[0] === NEWLINE;
}

function shorten(directory: PrivateDirectory): void {
  const kept = linesOf(directory).slice(-KEPT_LINES).join('\n');
  const fresh = `${NAME}.${randomUUID()}`;
  withFile(directory, fresh, O_WRONLY | O_CREAT | O_EXCL, ({ fd }) =>
    writeFileSync(fd, kept, { flush: true }),
  );
  directory.rename(fresh, NAME);
}

function byWhom({ SUDO_USER: sudoUser }: Environment): JournalEntry['by'] {
  const uid = process.getuid?.() ?? 0;
  const user = userName(uid);
  return { uid, ...(user !== undefined && { user }), ...(sudoUser !== undefined && { sudoUser }) };
}
