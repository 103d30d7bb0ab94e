import type { Snapshot } from './kernel.ts';

export function snapshotCgroups(roots: readonly string[]): Snapshot;
