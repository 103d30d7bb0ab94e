/** What is kept of the clusters of the sample before, and what must not be. */
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { withKeptDrafts } from '../../../src/live/keep-drafts.ts';
import { buildModel, clustersOf, keepClusters } from '../../../src/model/build.ts';
import type { Draft } from '../../../src/model/draft.ts';
import type { Sample } from '../../../src/model/sample.ts';
import {
  HOST_MOUNTS,
  HOST_PROCESSES,
  id64,
  mountTable,
  OVERLAY_MOUNTS,
  type ProcessChange,
  proc,
  sampleOf,
} from '../model/facts.ts';

const A = `docker:${id64('aaaa')}`;
const B = `docker:${id64('bbbb')}`;
const PATH_A = `/docker/${id64('aaaa')}`;
const PATH_B = `/docker/${id64('bbbb')}`;
const OWN_A = { mnt: 9000, pid: 9001 };
const OWN_B = { mnt: 9100, pid: 9101 };
const IN_A = { mnt: 9200, pid: 9201 };

const inA = (pid: number, ppid: number, change: ProcessChange = {}) =>
  proc(pid, ppid, 'node', { cgroup: PATH_A, ns: OWN_A, nsPid: [pid, pid - 999], ...change });
/** Two containers, and one more inside the first. */
const RESTING = [
  ...HOST_PROCESSES,
  inA(1000, 1),
  proc(1100, 1, 'redis', { cgroup: PATH_B, ns: OWN_B, nsPid: [1100, 1] }),
  proc(1050, 1000, 'sleep', { cgroup: PATH_A, ns: IN_A, nsPid: [1050, 50, 1] }),
];
const TABLES = new Map([
  [4026531832, mountTable(1, HOST_MOUNTS)],
  [9000, mountTable(1000, OVERLAY_MOUNTS)],
]);
const sample = (processes = RESTING, mounts = TABLES) => sampleOf(processes, { mounts });
const found = (facts: Sample) => ({ clusters: clustersOf(facts), facts });
const INNER = 'proc:1050:1050';

function keptAfter(now: Sample) {
  const before = found(sample());
  const clusters = withKeptDrafts(found(now), before);
  const old = new Map(before.clusters.drafts.map((draft) => [draft.key, draft]));
  const kept = clusters.drafts.flatMap((draft) => (old.get(draft.key) === draft ? [draft.key] : []));
  return { clusters, kept: kept.sort() };
}

describe('drafts are kept', () => {
  it.each<[string, Sample, readonly string[]]>([
    ['all when nothing happened', sample(), [A, B, INNER]],
    ['all when a process of the host came', sample([...RESTING, proc(1200, 1, 'cron')]), [A, B, INNER]],
    ['but those that a process came to, and those inside', sample([...RESTING, inA(1001, 1000)]), [B]],
    [
      'but one whose init executed something',
      sample(RESTING.map((each) => (each.pid === 1100 ? { ...each, comm: 'other' } : each))),
      [A, INNER],
    ],
    [
      'but one that is another container by now, under the same name',
      sample(RESTING.map((each) => (each.pid === 1100 ? { ...each, starttimeTicks: 7777 } : each))),
      [A, INNER],
    ],
    [
      'but one whose mounts changed, and those inside',
      sample(RESTING, new Map([...TABLES, [9000, mountTable(1000, OVERLAY_MOUNTS)]])),
      [B],
    ],
    [
      'none when the mounts of the host changed',
      sample(RESTING, new Map([...TABLES, [4026531832, mountTable(1, HOST_MOUNTS)]])),
      [],
    ],
  ])('%s', (_name, now, expected) => {
    expect(keptAfter(now).kept).toEqual([...expected].sort());
  });
});

it('what is nested is linked to what it is in now, and the model is the one that a first look gives', () => {
  const processes = [...RESTING, inA(1001, 1000), proc(1200, 1, 'cron')];
  const { clusters } = keptAfter(sample(processes));
  for (const draft of clusters.drafts) {
    if (draft.parent !== undefined) expect(clusters.drafts).toContain(draft.parent);
    expect(clusters.places.get(draft)).toBeDefined();
  }
  const now = sample(processes);
  keepClusters(now.processes, clusters);
  expect(buildModel(now).containers).toEqual(buildModel(sample(processes)).containers);
});

it('a sample does not keep those before it alive', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  let before = found(sample());
  const first = new WeakRef(before.clusters);
  for (let times = 0; times < 3; times += 1) {
    const now = sample([...RESTING, proc(1200 + times, 1, 'cron')]);
    const clusters = withKeptDrafts(found(now), before);
    keepClusters(now.processes, clusters);
    before = { clusters, facts: now };
  }
  // A reference that was made or followed in this turn holds until the next.
  await setTimeout(0);
  collect();
  expect(first.deref()).toBeUndefined();
  expect(before.clusters.places.get(before.clusters.drafts[0] as Draft)).not.toEqual([]);
});
