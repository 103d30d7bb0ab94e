/**
 * What executed and what ended between two ticks, by the kernel's own word (its process connector): containers that live
 * for less than a tick are seen, and the scan need not look for what has not changed.
 */
import { findHierarchies } from '../../collectors/hierarchies.ts';
import { ownMountinfo } from '../../collectors/host.ts';
import { namespaces } from '../../collectors/namespaces.ts';
import type { Place } from '../../collectors/process-pass.ts';
import { known, mapReading, type Reading } from '../kernel/reading.ts';
import { NAMESPACE_TYPES } from '../kernel/tables/namespaces.ts';
import { engineHelpers } from '../model/launchers.ts';
import { type ArrivalsThread, arrivalsThread, nativeThread } from '../sys/arrivals-thread.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { openProcessConnector, type ProcessConnector } from '../sys/process-connector.ts';
import { ArrivalLooks, type ArrivalsNews } from './arrivals-looks.ts';

export interface ArrivalsWatch {
  /** Since the last call. */
  drain(): ArrivalsNews;
  close(): void;
}

/** Begins at once. */
export function startArrivals(files: KernelFiles): Reading<ArrivalsWatch> {
  const opened = open(files);
  if (!opened.ok) return opened;
  const connector = opened.value;
  const watch = watchOn(files, connector.fd, () => connector.close());
  if (!watch.ok) connector.close();
  return watch;
}

/** Would there be anything to watch? */
export function arrivalsAreTold(files: KernelFiles): Reading<void> {
  return mapReading(open(files), (connector) => connector.close());
}

/** Its pids are those of the initial namespace, which another mount of /proc need not show. */
function open(files: KernelFiles): Reading<ProcessConnector> {
  if (!files.ownProc) return { ok: false, why: 'unsupported', path: files.procRoot, errno: 'EXDEV' };
  const native = nativeThread();
  return native.ok ? openProcessConnector() : native;
}

/** @param socket where the events come; `closed` is called when nobody listens there any more */
export function watchOn(files: KernelFiles, socket: number, closed: () => void): Reading<ArrivalsWatch> {
  const hierarchies = findHierarchies(files, ownMountinfo(files));
  const own = namespaces.collect(files, 'self');
  const thread = arrivalsThread<Place>({
    socket,
    procRoot: files.procRoot,
    own: known(own) ?? {},
    helpers: engineHelpers(),
  });
  const looks = () => new ArrivalLooks(files, { types: NAMESPACE_TYPES, hierarchies }, own);
  return mapReading(thread, (value) => new ThreadWatch(value, looks(), closed));
}

class ThreadWatch implements ArrivalsWatch {
  #isClosed = false;

  constructor(
    readonly thread: ArrivalsThread<Place>,
    readonly looks: ArrivalLooks,
    readonly closed: () => void,
  ) {}

  drain(): ArrivalsNews {
    if (this.#isClosed) return { executed: new Set(), ended: [], exited: new Set(), overflowed: true };
    const { records, length, isBehind } = this.thread.drain();
    this.looks.take(records, length);
    const news = this.looks.news();
    return isBehind ? { ...news, overflowed: true } : news;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.looks.close();
    // A thread that is stuck keeps its socket.
    if (this.thread.stop()) this.closed();
  }
}
