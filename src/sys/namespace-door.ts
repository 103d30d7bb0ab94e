/** Every namespace that was found, and the ways to open it: there may be no process to reach it through. */
import type { Reading } from '../kernel/reading.ts';
import type { NamespaceType } from '../kernel/tables/namespaces.ts';
import { GuardedOpener } from './guarded-open.ts';
import { closeDescriptor } from './koffi.ts';
import {
  nsfsDevice,
  type OpenNamespace,
  openBoundNamespace,
  openNamespaceDescriptor,
  openNamespaceLink,
} from './nsfs.ts';

/**
 * `link`: of /proc/PID/ns. `descriptor`: /proc/PID/fd/N. `bind`: a file below the root of a process. `kept`: open since it
 * was found, because nothing else leads there.
 */
export type Door =
  | { readonly how: 'link'; readonly path: string }
  | { readonly how: 'descriptor'; readonly path: string }
  | { readonly how: 'bind'; readonly root: string; readonly path: string }
  | { readonly how: 'kept'; readonly fd: number };

interface Place {
  readonly type: NamespaceType;
  /** A process may end meanwhile: a few are enough. */
  readonly doors: Door[];
}

const ENOUGH_DOORS = 2;
const MOST_DOORS = 4;

/** By inode, which is unique over all types. */
export class NamespaceDoors {
  readonly #device = nsfsDevice();
  readonly #opener = new GuardedOpener();
  readonly #places = new Map<number, Place>();

  /** In the order in which they were found; grows while it is walked. */
  entries(): IterableIterator<[number, { readonly type: NamespaceType }]> {
    return this.#places.entries();
  }

  /** Those that a link of /proc/PID/ns leads to, one link each. */
  *links(): IterableIterator<{ type: NamespaceType; inode: number; path: string }> {
    for (const [inode, { type, doors }] of this.#places) {
      const [door] = doors;
      if (door?.how === 'link') yield { type, inode, path: door.path };
    }
  }

  has(inode: number): boolean {
    return this.#places.has(inode);
  }

  /** Fewer doors than are worth having: asked of every process, so that no path is made in vain. */
  wants(inode: number): boolean {
    const place = this.#places.get(inode);
    return place === undefined || place.doors.length < ENOUGH_DOORS;
  }

  note(type: NamespaceType, inode: number, door: Door): void {
    const place = this.#places.get(inode);
    if (place === undefined) this.#places.set(inode, { type, doors: [door] });
    else if (place.doors.length < MOST_DOORS) place.doors.push(door);
  }

  /** Takes the descriptor over: it stays open when nothing else leads to this namespace. */
  keep(type: NamespaceType, { fd, inode }: OpenNamespace): void {
    if (this.#places.has(inode)) closeDescriptor(fd);
    else this.note(type, inode, { how: 'kept', fd });
  }

  /** Opens it now, because its doors will not be there later. */
  hold(inode: number): void {
    this.held(inode);
  }

  /** The same, with a path that stays good until these doors are closed. */
  held(inode: number): Reading<string> {
    const doors = this.#places.get(inode)?.doors ?? [];
    let failed: Reading<never> = { ok: false, why: 'gone', path: `[${inode}]`, errno: 'ENOENT' };
    for (const door of doors) {
      if (door.how === 'kept') return { ok: true, value: pathOf(door) };
      const opened = this.#open(door, inode);
      if (opened.ok) {
        const kept = { how: 'kept', fd: opened.value.fd } as const;
        doors.splice(0, doors.length, kept);
        return { ok: true, value: pathOf(kept) };
      }
      failed = opened;
    }
    return failed;
  }

  /** Runs `use` with the namespace open, or answers why it cannot be opened. */
  through<T>(inode: number, use: (fd: number, path: string) => T): Reading<T> {
    const doors = this.#places.get(inode)?.doors ?? [];
    let failed: Reading<never> = { ok: false, why: 'gone', path: `[${inode}]`, errno: 'ENOENT' };
    for (const door of doors) {
      if (door.how === 'kept') return { ok: true, value: use(door.fd, pathOf(door)) };
      const opened = this.#open(door, inode);
      if (!opened.ok) {
        failed = opened;
        continue;
      }
      try {
        return { ok: true, value: use(opened.value.fd, pathOf(door)) };
      } finally {
        closeDescriptor(opened.value.fd);
      }
    }
    // It was there when it was found: what is not there now has gone since.
    return failed.why === 'absent' ? { ...failed, why: 'gone' } : failed;
  }

  close(): void {
    for (const { doors } of this.#places.values())
      for (const door of doors) if (door.how === 'kept') closeDescriptor(door.fd);
    this.#places.clear();
  }

  #open(door: Exclude<Door, { how: 'kept' }>, inode: number): Reading<OpenNamespace> {
    if (door.how === 'link') return openNamespaceLink(door.path, inode);
    if (door.how === 'descriptor') return openNamespaceDescriptor(door.path, inode, this.#device);
    return openBoundNamespace(door.root, door.path, inode, this.#device, this.#opener);
  }
}

function pathOf(door: Door): string {
  if (door.how === 'kept') return `/proc/self/fd/${door.fd}`;
  return door.how === 'bind' ? `${door.root}${door.path}` : door.path;
}
