/** A container while it is being found: mutable inside `clusterContainers`, read-only to everybody else. Pure. */
import type { ContainerKind } from './host-model.ts';
import type { EngineMark } from './runtime-patterns.ts';
import type { ProcessFacts } from './sample.ts';

export interface Draft {
  key: string;
  runtime: string;
  id: string | undefined;
  kind: ContainerKind;
  init: ProcessFacts | undefined;
  readonly pids: number[];
  readonly evidence: string[];
  /** The engine's cgroup, when rule 1 found it. */
  mark: EngineMark | undefined;
  pod: string | undefined;
  /** Nothing above it and no cgroup says what made it: engines' files and traces in its mounts may. */
  vague: boolean;
  /** Its init's parent is the tool that made it (bwrap, unshare, a shim) and waits for it. */
  launched: boolean;
  /** The container whose cgroup (or processes) it was found in. */
  enclosing: Draft | undefined;
  parent: Draft | undefined;
}

export function newDraft(key: string, runtime: string, kind: ContainerKind, init?: ProcessFacts): Draft {
  return {
    key,
    runtime,
    id: undefined,
    kind,
    init,
    pids: [],
    evidence: [],
    mark: undefined,
    pod: undefined,
    vague: false,
    launched: false,
    enclosing: undefined,
    parent: undefined,
  };
}

/** Stands for "in no container": a group like the others, never listed. */
export const HOST: Draft = newDraft('host', '', 'container');

/** Key of a container no cgroup names: the identity of its init process. */
export function draftKeyOf(init: Pick<ProcessFacts, 'pid' | 'starttimeTicks'>): string {
  return `proc:${init.pid}:${init.starttimeTicks}`;
}
