/** What somebody may ask of an attach. Types only. */
import type { NamespaceType } from '../../kernel/tables/namespaces.ts';

/** Programs of ours to bring along: those of this host, or those of a directory. */
export type ToolsWish = 'host' | { readonly directory: string };

export interface AttachOptions {
  /** Empty: the user's shell. */
  readonly command: readonly string[];
  /** `U` or `U:G`, names or numbers of the container. */
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly workdir?: string;
  readonly environment?: readonly string[];
  readonly cleanEnvironment?: boolean;
  /** Only these; all that differ when missing. */
  readonly namespaces?: readonly NamespaceType[];
  readonly withoutNamespaces?: readonly NamespaceType[];
  readonly withoutCgroup?: boolean;
  readonly privileged?: boolean;
  /** Masks. */
  readonly addCapabilities?: bigint;
  readonly dropCapabilities?: bigint;
  /** A directory of the container that becomes the command's root. */
  readonly root?: string;
  readonly tools?: ToolsWish;
  readonly detach?: boolean;
  readonly ignoreFrozen?: boolean;
  /** The command's stdin, stdout and stderr are a terminal of its own (a pty's slave). */
  readonly terminal?: { readonly name: string | undefined };
}

/** It cannot be done as asked. The message is for the user. */
export class AttachRefusal extends Error {
  override readonly name = 'AttachRefusal';
}
