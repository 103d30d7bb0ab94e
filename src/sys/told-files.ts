/**
 * Which files of cgroups need not be read because whoever changes them is heard of: settings, and the states of which the
 * kernel tells. The directories are watched by and by, and where they cannot be, files are read as if there were no news.
 */
import { type DirectoryNews, isInCgroupFileSystem, openDirectoryNews } from './directory-news.ts';
import { directoryOf, nameOf, type RepeatedFile } from './repeated-file.ts';

/** A watch costs as much as a few reads, which a short look at the host does not make. */
const WATCHES_PER_ROUND = 128;

interface Watched {
  readonly directory: string;
  readonly watch: number;
  readonly files: Set<RepeatedFile>;
}

export class ToldFiles {
  /** Not watched yet. */
  readonly #waiting = new Set<RepeatedFile>();
  readonly #watched = new Map<string, Watched>();
  /** One directory can have several paths. */
  readonly #byWatch = new Map<number, Set<Watched>>();
  #news: DirectoryNews | 'unavailable' | undefined;

  /** @param isTelling of a directory: is it in a file system in which every change is told? */
  constructor(readonly isTelling: (directory: string) => boolean = isInCgroupFileSystem) {}

  /** One that is kept open: the kernel tells only of those that somebody has open. */
  add(file: RepeatedFile): void {
    if (!file.isTold && this.#news !== 'unavailable') this.#waiting.add(file);
  }

  delete(file: RepeatedFile): void {
    this.#waiting.delete(file);
    if (!file.isTold) return;
    file.isTold = false;
    for (const directory of directoriesOf(file)) this.#leave(directory, file);
  }

  /** Those that may have changed since the last time, or are not told any more. */
  drain(): ReadonlySet<RepeatedFile> {
    const changed = new Set<RepeatedFile>();
    const news = this.#news === 'unavailable' ? undefined : this.#news?.drain();
    if (news === undefined) return changed;
    const take = (files: Iterable<RepeatedFile>) => {
      for (const file of files) changed.add(file);
    };
    for (const { watch, name } of news.written)
      for (const { files } of this.#byWatch.get(watch) ?? [])
        for (const file of files) if (nameOf(file.path) === name) changed.add(file);
    for (const { watch, name } of news.removed)
      for (const { directory } of this.#byWatch.get(watch) ?? [])
        take(this.#watched.get(`${directory}/${name}`)?.files ?? []);
    for (const watch of news.ended)
      for (const { files } of [...(this.#byWatch.get(watch) ?? [])]) {
        take(files);
        for (const file of [...files]) this.delete(file);
      }
    if (news.overflowed) for (const { files } of this.#watched.values()) take(files);
    return changed;
  }

  /** Watches some of those that wait; those of which every change is told from here on. */
  watchMore(): RepeatedFile[] {
    if (this.#waiting.size === 0) return [];
    this.#news ??= openDirectoryNews() ?? 'unavailable';
    const told: RepeatedFile[] = [];
    const before = this.#watched.size;
    for (const file of this.#waiting) {
      if (this.#watched.size - before >= WATCHES_PER_ROUND) break;
      this.#waiting.delete(file);
      if (directoriesOf(file).every((directory) => this.#join(directory, file))) {
        file.isTold = true;
        told.push(file);
      } else for (const directory of directoriesOf(file)) this.#leave(directory, file);
    }
    return told;
  }

  close(): void {
    this.#waiting.clear();
    this.#watched.clear();
    this.#byWatch.clear();
    if (this.#news !== 'unavailable') this.#news?.close();
    this.#news = undefined;
  }

  /** False where it cannot be watched. */
  #join(directory: string, file: RepeatedFile): boolean {
    const watched = this.#watched.get(directory) ?? this.#watch(directory);
    watched?.files.add(file);
    return watched !== undefined;
  }

  #watch(directory: string): Watched | undefined {
    if (this.#news === undefined || this.#news === 'unavailable') return undefined;
    if (this.#watched.size >= this.#news.most || !this.isTelling(directory)) return undefined;
    const watch = this.#news.watch(directory);
    if (!watch.ok) return undefined;
    const watched = { directory, watch: watch.value, files: new Set<RepeatedFile>() };
    this.#watched.set(directory, watched);
    const same = this.#byWatch.get(watch.value);
    if (same === undefined) this.#byWatch.set(watch.value, new Set([watched]));
    else same.add(watched);
    return watched;
  }

  #leave(directory: string, file: RepeatedFile): void {
    const watched = this.#watched.get(directory);
    if (watched === undefined || !watched.files.delete(file) || watched.files.size > 0) return;
    this.#watched.delete(directory);
    const same = this.#byWatch.get(watched.watch);
    same?.delete(watched);
    if (same === undefined || same.size > 0) return;
    this.#byWatch.delete(watched.watch);
    if (this.#news !== 'unavailable') this.#news?.unwatch(watched.watch);
  }
}

/** Those that it names, and the one around its own, where its own is removed. */
function directoriesOf({ changes }: RepeatedFile): readonly string[] {
  const [own, ...others] = changes.told ?? [];
  return own === undefined ? [] : [own, ...others, directoryOf(own)];
}
