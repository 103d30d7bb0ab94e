/** What Porthole asks of the process that does the copying, and what that answers: one JSON text a line. Types only. */
import type { IdRange } from '../../kernel/proc/id-map.ts';

/** Paths are bytes as base64: names in a container need not be UTF-8. */
export type Operand =
  | { readonly where: 'container' | 'host'; readonly path: string; readonly label: string }
  | { readonly where: 'stream' };

export interface Ids {
  readonly uid: number;
  readonly gid: number;
}

export interface Job {
  readonly from: Operand;
  readonly to: Operand;
  /** The container's root directory, as a descriptor of the process that asks. */
  readonly root: { readonly pid: number; readonly fd: number };
  /** Owner and times of the source stay. */
  readonly archive: boolean;
  /** A link that is named is followed. */
  readonly follow: boolean;
  /** As whom the container's own first user is known here. */
  readonly owner: Ids;
  readonly uidMap: readonly IdRange[];
  readonly gidMap: readonly IdRange[];
}

export interface Done {
  readonly files: number;
  readonly bytes: number;
}

export interface Failure {
  readonly step: string;
  readonly path: string;
  readonly errno: string;
  /** For people, beyond what the errno says. */
  readonly words: string;
  readonly leftAs: string;
}

export type Message =
  | { readonly kind: 'note'; readonly text: string }
  /** A file that has a name already and is not whole. */
  | { readonly kind: 'temporary'; readonly where: 'container' | 'host'; readonly path: string }
  | { readonly kind: 'placed' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** What could not be foreseen. */
  | { readonly kind: 'broken'; readonly message: string; readonly stack: string }
  | { readonly kind: 'closed-pipe' }
  | ({ readonly kind: 'done' } & Done);

/** Standard descriptors of the process that does it. */
export const MESSAGES_FD = 3;
