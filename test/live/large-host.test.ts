// A host with thousands of processes: the first scan is shared between two threads, and nobody can tell from the answer.
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processes } from '../../collectors/processes.ts';
import { buildOnce } from '../../src/build/bundle.mjs';
import { isKnown } from '../../src/kernel/reading.ts';
import { NAMESPACE_TYPES } from '../../src/kernel/tables/namespaces.ts';
import type { ProcessFacts } from '../../src/model/sample.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';
import { type Load, startHost } from '../load/load.ts';
import { ps } from './porthole.ts';

let load: Load;
let helperUrl: URL;

beforeAll(async () => {
  load = await startHost({ processes: 3000, containers: 60 });
  helperUrl = pathToFileURL(join(dirname(await buildOnce()), 'scan-worker.js'));
});
afterAll(() => load?.stop());

/** The load's own processes: the rest of the host lives on between two scans. */
function scan(helper: { readonly helperUrl?: URL }): ProcessFacts[] {
  const settings = { types: NAMESPACE_TYPES, ownPidNamespace: undefined, wantsArgv: () => false, ...helper };
  const found = [...processes.collect(new KernelFiles(), settings).processes.values()];
  return found.filter(({ cgroup }) => isKnown(cgroup) && cgroup.text.includes('porthole-load'));
}

/** Ticks move while we look. */
const still = (facts: readonly ProcessFacts[]) =>
  facts.map((each) => ({ ...each, utimeTicks: 0, stimeTicks: 0, state: '', rssPages: 0 }));

describe('a first scan shared by two threads', () => {
  it('finds what one thread finds, in the same order', () => {
    const shared = scan({ helperUrl });
    const alone = scan({});
    expect(alone.length).toBeGreaterThanOrEqual(3000);
    expect(still(shared)).toEqual(still(alone));
  });

  it('gives each cgroup one placement, whichever thread read it', () => {
    const placements = new Map<string, unknown>();
    for (const { cgroup } of scan({ helperUrl })) {
      if (cgroup === undefined || 'unknown' in cgroup) throw new Error('no placement');
      expect(placements.get(cgroup.text) ?? cgroup).toBe(cgroup);
      placements.set(cgroup.text, cgroup);
    }
    expect(placements.size).toBeGreaterThanOrEqual(60);
  });

  it('is done alone when the thread cannot start or gives no answer', () => {
    const broken = new URL('data:text/javascript,throw new Error("no helper")');
    expect(scan({ helperUrl: broken }).length).toBe(scan({}).length);
  });

  it('leaves no thread and no descriptor behind', async () => {
    const descriptors = () => readdirSync('/proc/self/fd').length;
    const before = descriptors();
    for (let round = 0; round < 5; round++) scan({ helperUrl });
    await expect.poll(descriptors).toBeLessThanOrEqual(before + 2);
  });
});

describe('ps', () => {
  it('lists every container of it once', async () => {
    const found = await ps();
    for (const { id, initPid } of load.containers) {
      expect(found.filter((each) => each.id === id)).toEqual([
        expect.objectContaining({ initPid, runtime: 'docker' }),
      ]);
    }
  });
});
