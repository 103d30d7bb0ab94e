/** Containers that come and go for as long as they are wanted, and whether Porthole saw them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startHost } from '../load/load.ts';
import type { DocumentChecker } from './documents.ts';
import type { RuncContainers } from './runc.ts';
import type { Check } from './soak.ts';

const LONGEST_LIFE_MS = 400;

export interface Churned {
  readonly what: string;
  readonly ids: readonly string[];
}

/** Two containers at a time, with processes and cgroups of their own, made and unmade without a pause. */
export async function churnHelper(signal: AbortSignal): Promise<Churned> {
  const ids: string[] = [];
  while (!signal.aborted) {
    const load = await startHost({ processes: 6, containers: 2, hasNet: ids.length % 4 === 0 });
    ids.push(...load.containers.map(({ id }) => id));
    await sleep(LONGEST_LIFE_MS * Math.random());
    await load.stop();
  }
  return { what: 'unshare', ids };
}

export async function churnRunc(runc: RuncContainers, signal: AbortSignal): Promise<Churned> {
  const ids: string[] = [];
  while (!signal.aborted) ids.push(await runc.runOne());
  return { what: 'runc', ids };
}

/** Not every one lives long enough to be met, but most do. */
export function seenCheck({ what, ids }: Churned, checker: DocumentChecker): Check {
  const seen = ids.filter((id) => checker.ids.has(id)).length;
  return {
    what: `${what} containers that came and went were shown`,
    passed: seen > 0,
    detail: `${seen} of ${ids.length} by id`,
  };
}
