/**
 * The files of a sampler: what one round asked for is read ahead at the start of the next, in one native call, without those
 * that cannot have changed. Files of cgroups are kept open between rounds and read again from offset 0. A process's own files
 * are opened each time: an open one would keep its namespaces alive. Where the native library cannot be had, each is read
 * when it is asked for.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { parseLimits } from '../kernel/proc/limits.ts';
import type { Reading } from '../kernel/reading.ts';
import { errnoName, errnoNumber } from '../kernel/tables/errno.ts';
import { failedReading, readingOfErrno } from './failure.ts';
import { type Changes, clockUsec, type FileWatch, KernelFiles } from './kernel-files.ts';
import { type Above, nativeRepeat, type RepeatTable, type Said } from './repeat-table.ts';
import { directoryOf, type RepeatedFile, repeatedFile } from './repeated-file.ts';
import { ToldFiles } from './told-files.ts';
import { totalsOver } from './totals.ts';

/** What a small file may hold; a longer one is read as if it had not been seen before. */
const MOST_BYTES = 16 * 1024;
/** Of the descriptors this process may have, the share that counters may keep; the rest is for everything else. */
const SHARE_OF_DESCRIPTORS = 0.75;
/** Of one whose changes are told: nothing is known that would change it untold. */
const TOLD_GOOD_FOR_MS = 60_000;
/** Sets of files: those of several watches, those of none, totals, and from then on one for each watch. */
const SHARED = 0;
const LOOSE = 1;
const TOTALS = 2;
const FIRST_OF_WATCHES = 3;

export class RepeatedFiles extends KernelFiles {
  readonly #files = new Map<string, RepeatedFile>();
  /** Read for others' sake. */
  readonly #totals = new Map<string, RepeatedFile>();
  /** Those that no watch stands for. */
  readonly #loose = new Set<RepeatedFile>();
  readonly #watches = new Set<WatchedFiles>();
  readonly #inodes = new Map<string, { reading: Reading<number>; isAsked: boolean }>();
  readonly #buffer = Buffer.allocUnsafeSlow(MOST_BYTES);
  readonly #table: RepeatTable | undefined = nativeRepeat(MOST_BYTES);
  #mostOpen: number | undefined;
  #opened = 0;
  #isNewSet = true;
  #round = 0;
  #roundAtUsec = 0;
  #recorded: string[] | undefined;
  /** How many files are kept open in each directory. */
  readonly #openIn = new Map<string, number>();

  constructor(
    procRoot?: string,
    sysRoot?: string,
    readonly told = new ToldFiles(),
  ) {
    super(procRoot, sysRoot);
  }

  /** Descriptors kept open right now. */
  get keptOpen(): number {
    return this.#opened;
  }

  /**
   * A new round: forgets what the last one did not ask for, and reads ahead the rest.
   * @param isAnew whether it is due or not
   */
  begin(isAnew = false): void {
    for (const file of this.#loose) {
      if (file.asked === this.#round) continue;
      this.#close(file);
      this.#files.delete(file.path);
      this.#loose.delete(file);
      this.#isNewSet = true;
    }
    for (const [path, inode] of this.#inodes) if (!inode.isAsked) this.#inodes.delete(path);
    for (const inode of this.#inodes.values()) inode.isAsked = false;
    this.#round += 1;
    this.#roundAtUsec = clockUsec();
    const table = this.#table;
    if (table === undefined) return;
    if (this.#isNewSet) this.#plan(table);
    for (const file of this.told.drain()) this.#lookAgain(table, file);
    table.read(this.#roundAtUsec, isAnew);
    if (table.lost > 0) this.#closeLost(table);
    // What was written before they were watched is not told.
    for (const file of this.told.watchMore()) this.#lookAgain(table, file);
  }

  #lookAgain(table: RepeatTable, file: RepeatedFile): void {
    if (file.row < 0) return;
    table.due(file.row);
    this.#planFreshness(table, file);
  }

  /** From here on a file's row is its place in this list. */
  #plan(table: RepeatTable): void {
    this.#isNewSet = false;
    let set = FIRST_OF_WATCHES;
    for (const watch of this.#watches) {
      for (const file of watch.files) file.set = file.watches > 1 ? SHARED : set;
      watch.set = set;
      set += 1;
    }
    for (const file of this.#loose) file.set = LOOSE;
    this.#planTotals();
    const files = [...this.#totals.values(), ...this.#files.values()];
    for (const file of files) file.said = file.row < 0 ? this.#saidBefore(file) : undefined;
    table.plan(files, set);
    for (let row = 0; row < files.length; row += 1) {
      const file = files[row];
      if (file === undefined) continue;
      file.row = row;
      file.said = undefined;
      this.#planFreshness(table, file);
    }
  }

  #planTotals(): void {
    const totals = totalsOver(this.#files.values());
    const wanted = new Set(totals.values());
    for (const [path, total] of this.#totals) if (!wanted.has(path)) this.#forgetTotal(path, total);
    for (const file of this.#files.values()) {
      const path = totals.get(file);
      file.total = path === undefined ? undefined : (this.#totals.get(path) ?? this.#openTotal(path, file));
    }
    this.#isNewSet = false;
  }

  /** Undefined where it cannot be kept open. */
  #openTotal(path: string, { changes }: RepeatedFile): RepeatedFile | undefined {
    if (!this.#mayOpen()) return undefined;
    const total = repeatedFile(path, true, {});
    total.set = TOTALS;
    total.isStalls = changes.above?.lagMs !== undefined;
    try {
      this.#open(total);
    } catch (error) {
      // Not every cgroup has every file.
      failedReading(error, path);
      return undefined;
    }
    this.#totals.set(path, total);
    return total;
  }

  #forgetTotal(path: string, total: RepeatedFile): void {
    this.#close(total);
    this.#totals.delete(path);
  }

  /** In the round before: it need not be told as new. */
  #saidBefore({ reading, round, readAtUsec }: RepeatedFile): Said | undefined {
    if (reading === undefined || round !== this.#round - 1) return undefined;
    if (reading.ok) return { text: reading.value, length: reading.value.length, readAtUsec };
    const isAbsent = reading.errno === 'ENOENT';
    return isAbsent ? { text: undefined, length: -errnoNumber('ENOENT'), readAtUsec } : undefined;
  }

  #planFreshness(table: RepeatTable, file: RepeatedFile): void {
    const { row, changes, isTold } = file;
    const leaders = (changes.leaders ?? []).map((path) => this.#files.get(path)?.row ?? -1);
    const [leader, other] = leaders;
    const goodForMs = isTold ? TOLD_GOOD_FOR_MS : (changes.goodForMs ?? 0);
    const above = aboveOf(file);
    // Without one of those that lead it nobody knows.
    table.freshness(row, { goodForMs: leaders.includes(-1) ? 0 : goodForMs, leader, other, above });
  }

  /** A kept file that fails belongs to a cgroup that was removed; at its path there may be another one by now. */
  #closeLost(table: RepeatTable): void {
    const isLost = ({ fd, row }: RepeatedFile) => fd >= 0 && table.lengthOf(row) < 0;
    for (const [path, total] of this.#totals) if (isLost(total)) this.#forgetTotal(path, total);
    for (const file of this.#files.values()) {
      if (!isLost(file)) continue;
      this.#close(file);
      this.#inodes.delete(directoryOf(file.path));
      file.row = -1;
    }
  }

  override recordAsked(): () => string[] {
    const asked: string[] = [];
    this.#recorded = asked;
    return () => {
      this.#recorded = undefined;
      return asked;
    };
  }

  override noteAsked(path: string): void {
    this.#recorded?.push(path);
  }

  override hasNews(): boolean {
    const table = this.#table;
    return table === undefined || table.isNews(SHARED) || table.isNewsFrom(FIRST_OF_WATCHES);
  }

  override watch(paths: readonly string[]): FileWatch {
    const files = paths.flatMap((path) => this.#files.get(path) ?? []);
    const watch = new WatchedFiles(files, this.#table, () => this.#unwatch(watch));
    for (const file of files) {
      file.watches += 1;
      this.#loose.delete(file);
    }
    this.#watches.add(watch);
    this.#isNewSet = true;
    return watch;
  }

  #unwatch(watch: WatchedFiles): void {
    this.#watches.delete(watch);
    this.#isNewSet = true;
    for (const file of watch.files) {
      file.watches -= 1;
      if (file.watches === 0) this.#loose.add(file);
    }
  }

  override small(path: string, changes?: () => Changes): Reading<string> {
    return path.startsWith(`${this.procRoot}/`) ? super.small(path) : this.#repeated(path, true, changes);
  }

  override again(path: string, changes?: () => Changes): Reading<string> {
    return this.#repeated(path, false, changes);
  }

  override mayAge(path: string, manner: string, say: () => Changes): void {
    const file = this.#files.get(path);
    if (file === undefined || file.manner === manner) return;
    const changes = say();
    this.told.delete(file);
    file.manner = manner;
    file.changes = changes;
    this.#tell(file);
    if (file.above === undefined && changes.above !== undefined) {
      file.above = changes.above.paths;
      this.#isNewSet = true;
    }
    if (this.#table !== undefined && file.row >= 0 && !this.#isNewSet) this.#planFreshness(this.#table, file);
  }

  override readAtUsec(path: string): number {
    return this.#files.get(path)?.readAtUsec ?? super.readAtUsec(path);
  }

  override readBeforeUsec(path: string): number | undefined {
    const row = this.#files.get(path)?.row ?? -1;
    if (this.#table === undefined || row < 0) return undefined;
    const readAtUsec = this.#table.readAtUsec(row);
    return readAtUsec < this.#roundAtUsec ? readAtUsec : this.#table.readBeforeUsec(row);
  }

  override inode(path: string): Reading<number> {
    const seen = this.#inodes.get(path);
    if (seen !== undefined) {
      seen.isAsked = true;
      return seen.reading;
    }
    const reading = super.inode(path);
    // Kept while files in it stay open: they would fail if the directory were another one.
    if (reading.ok && this.#openIn.has(path)) this.#inodes.set(path, { reading, isAsked: true });
    return reading;
  }

  close(): void {
    for (const file of [...this.#totals.values(), ...this.#files.values()]) this.#close(file);
    this.told.close();
    this.#totals.clear();
    this.#files.clear();
    this.#loose.clear();
    this.#watches.clear();
    this.#inodes.clear();
  }

  #repeated(path: string, isKept: boolean, changes?: () => Changes): Reading<string> {
    this.#recorded?.push(path);
    const seen = this.#files.get(path);
    if (seen?.round === this.#round && seen.reading !== undefined) return seen.reading;
    const file = seen ?? repeatedFile(path, isKept, changes?.() ?? {});
    file.asked = this.#round;
    file.round = this.#round;
    if (seen === undefined) {
      this.#files.set(path, file);
      this.#loose.add(file);
      this.#isNewSet = true;
    }
    const ahead = file.row < 0 ? undefined : this.#ahead(file);
    file.reading = ahead ?? this.#readNow(file);
    return file.reading;
  }

  #ahead(file: RepeatedFile): Reading<string> | undefined {
    const { row } = file;
    const table = this.#table;
    if (table === undefined) return undefined;
    const length = table.lengthOf(row);
    file.readAtUsec = table.readAtUsec(row);
    if (length < 0) {
      const errno = errnoName(-length);
      return errno === 'EMSGSIZE' ? undefined : readingOfErrno(errno, file.path);
    }
    // One that has come into being since it was asked for last, or since there are descriptors again.
    if (file.isKept && file.fd < 0 && this.#mayOpen()) return undefined;
    const text = table.text(row, length);
    // The same object for the same text, so that it need not be parsed again.
    return file.reading?.ok === true && file.reading.value === text
      ? file.reading
      : { ok: true, value: text };
  }

  #readNow(file: RepeatedFile): Reading<string> {
    if (!file.isKept || (file.fd < 0 && !this.#mayOpen())) {
      const reading = file.isKept ? super.small(file.path) : super.again(file.path);
      file.readAtUsec = super.readAtUsec(file.path);
      return reading;
    }
    try {
      if (file.fd < 0) this.#open(file);
      const length = readSync(file.fd, this.#buffer, 0, MOST_BYTES, 0);
      file.readAtUsec = super.readAtUsec(file.path);
      if (length === MOST_BYTES) return super.small(file.path);
      return { ok: true, value: this.#buffer.toString('latin1', 0, length) };
    } catch (error) {
      this.#close(file);
      file.readAtUsec = super.readAtUsec(file.path);
      return failedReading(error, file.path);
    }
  }

  #mayOpen(): boolean {
    this.#mostOpen ??= Math.floor(this.#mayHaveOpen() * SHARE_OF_DESCRIPTORS);
    return this.#opened < this.#mostOpen;
  }

  #mayHaveOpen(): number {
    const limits = super.text('/proc/self/limits');
    if (!limits.ok) return 0;
    const soft = parseLimits(limits.value).find(({ name }) => name === 'Max open files')?.soft ?? 0;
    return soft === 'max' ? Number.MAX_SAFE_INTEGER : Number(soft);
  }

  #open(file: RepeatedFile): void {
    file.fd = openSync(file.path, 'r');
    this.#count(file.path, 1);
    this.#tell(file);
  }

  #tell(file: RepeatedFile): void {
    if (this.#table !== undefined && file.fd >= 0 && file.changes.told !== undefined) this.told.add(file);
  }

  #close(file: RepeatedFile): void {
    if (file.fd < 0) return;
    this.told.delete(file);
    closeSync(file.fd);
    file.fd = -1;
    this.#count(file.path, -1);
  }

  #count(path: string, change: 1 | -1): void {
    this.#opened += change;
    this.#isNewSet = true;
    const directory = directoryOf(path);
    const open = (this.#openIn.get(directory) ?? 0) + change;
    if (open > 0) this.#openIn.set(directory, open);
    else this.#openIn.delete(directory);
  }
}

class WatchedFiles implements FileWatch {
  /** Which set of the plan it is; below the first one it is in none yet. */
  set = LOOSE;

  constructor(
    readonly files: readonly RepeatedFile[],
    readonly table: RepeatTable | undefined,
    readonly stop: () => void,
  ) {}

  isSame(): boolean {
    const { table, set } = this;
    return table !== undefined && set !== LOOSE && !table.isNews(set) && !table.isNews(SHARED);
  }
}

function aboveOf({ changes: { above }, total }: RepeatedFile): Above | undefined {
  if (above === undefined || total === undefined) return undefined;
  return { row: total.row, goodForMs: above.goodForMs ?? 0, lagMs: above.lagMs ?? 0 };
}
