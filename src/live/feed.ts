/**
 * What a screen sees of the sampler: a stream of models and a few wishes back. The live sampler, a recording being
 * replayed and a test all stand behind the same port. Types only.
 */
import type { CgroupView } from '../model/cgroup-view.ts';
import type { HostModel } from '../model/host-model.ts';
import type { MountView, StorageView } from '../model/mount-view.ts';
import type { NamespaceView } from '../model/namespace-view.ts';
import type { InterfaceRow, SocketRow } from '../model/net-columns.ts';
import type { ProcessView } from '../model/process-view.ts';
import type { SampleNote } from '../model/sample.ts';
import type { SecurityRow } from '../model/security-row.ts';

/** What is read only while a screen shows it. */
export type ListKind =
  | 'processes'
  | 'namespaces'
  | 'cgroups'
  | 'mounts'
  | 'interfaces'
  | 'sockets'
  | 'security';

export interface ListWish {
  readonly kind: ListKind;
  /** Key of the container it is about; the whole host when left out, and of mounts the host's own. */
  readonly container?: string;
}

/** A process of any container or of none. */
export interface ProcessRow extends ProcessView {
  /** Key and name of the innermost container it is in. */
  readonly container?: string;
  readonly containerName?: string;
}

export type ListRows =
  | { readonly kind: 'processes'; readonly rows: readonly ProcessRow[] }
  | { readonly kind: 'namespaces'; readonly rows: readonly NamespaceView[] }
  | { readonly kind: 'cgroups'; readonly rows: readonly CgroupView[] }
  | { readonly kind: 'mounts'; readonly rows: readonly MountView[]; readonly storage?: StorageView }
  | { readonly kind: 'interfaces'; readonly rows: readonly InterfaceRow[] }
  | { readonly kind: 'sockets'; readonly rows: readonly SocketRow[] }
  | { readonly kind: 'security'; readonly rows: readonly SecurityRow[] };

/** A list as it was taken for a wish. What costs much is taken less often than the model: `takenAtMs` says when. */
export type Listing = ListRows & {
  readonly container?: string;
  readonly takenAtMs: number;
  readonly durationMs: number;
  readonly notes: readonly SampleNote[];
  /** Why there are no rows: the list could not be taken at all. */
  readonly failed?: string;
};

export interface Frame {
  readonly model: HostModel;
  /** For the wish that `want` said last, or still for the one before. The same object as long as it was not taken anew. */
  readonly listing?: Listing;
  /** What taking this sample cost the sampler itself. */
  readonly cost: { readonly durationMs: number; readonly cpuMs: number };
}

export interface ModelFeed {
  /** Calls back with each new frame, and at once with the last one when there is one. Returns a function that stops it. */
  onFrame(listener: (frame: Frame) => void): () => void;
  /** A sample that failed as a whole, or a sampler that died and was restarted: for the status line. */
  onTrouble(listener: (message: string) => void): () => void;
  /** What is read besides the model from now on; taken at once. Nothing without a wish. */
  want(wish: ListWish | undefined): void;
  refreshNow(): void;
  setIntervalMs(intervalMs: number): void;
  setPaused(paused: boolean): void;
  close(): Promise<void>;
}
