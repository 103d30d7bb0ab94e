/** Containers of which nothing moves are the very same from sample to sample, and say what they would say if made anew. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildModel } from '../../../src/model/build.ts';
import type { HostModel } from '../../../src/model/host-model.ts';
import type { Sample } from '../../../src/model/sample.ts';
import { counters, HOST_PROCESSES, id64, initFacts, proc, sampleOf } from './facts.ts';

const [A, B] = [id64('aaaa'), id64('bbbb')];
const KEYS = [`docker:${A}`, `docker:${B}`];
const PROCESSES = [
  ...HOST_PROCESSES,
  proc(1010, 1, 'nginx', { cgroup: `/docker/${A}`, ns: { pid: 9001, net: 9002 }, nsPid: [1010, 1] }),
  proc(1020, 1, 'db', { cgroup: `/docker/${B}`, ns: { pid: 9003, net: 9004 }, nsPid: [1020, 1] }),
];
const GIB = 2 ** 30;
const SECOND = 1_000_000;

const FIRST = sampleOf(PROCESSES, {
  counters: new Map(KEYS.map((key) => [key, counters()])),
  inits: new Map(
    KEYS.map((key) => [key, initFacts({ net: { rxBytes: 0, txBytes: 0, readAtUsec: 0 }, hostname: 'x' })]),
  ),
  host: { memTotalBytes: 16 * GIB },
});

type Step = (before: Sample, tick: number) => Partial<Sample>;

const STEPS: readonly Step[] = [
  () => ({}),
  () => ({}),
  () => ({}),
  ...KEYS.map((key): Step => {
    return ({ counters: old }, tick) => ({
      counters: new Map(old).set(
        key,
        counters({
          cpu: { usageUsec: tick * 1000, quota: { quotaUsec: 'max', periodUsec: 100_000 } },
          cpuReadAtUsec: tick * SECOND,
        }),
      ),
    });
  }),
  ({ inits }, tick) => ({
    inits: new Map(inits).set(
      KEYS[0] ?? '',
      initFacts({ net: { rxBytes: tick, txBytes: 0, readAtUsec: tick * SECOND }, hostname: 'x' }),
    ),
  }),
  ({ inits }, tick) => ({ inits: new Map(inits).set(KEYS[1] ?? '', initFacts({ hostname: `h${tick}` })) }),
  ({ processes }, tick) => ({
    processes: new Map(processes).set(5000 + tick, proc(5000 + tick, 1, 'true')),
  }),
  ({ processes }) => ({
    processes: new Map(
      [...processes].map(([pid, facts]) => [pid, pid === 1010 ? { ...facts, state: 'Z' } : facts]),
    ),
  }),
  ({ host }) => ({ host: { ...host, memTotalBytes: 8 * GIB } }),
  ({ counters: old }) => ({ counters: new Map(old) }),
];

function after(before: Sample, step: Step, tick: number): Sample {
  return { ...before, takenAtMs: before.takenAtMs + 1000, clockUsec: tick * SECOND, ...step(before, tick) };
}

/** The two samples copied together: what both share they share as copies. */
function madeAnew(now: Sample, before: Sample | undefined): HostModel {
  const copy = structuredClone({ now, before });
  return buildModel(copy.now, copy.before);
}

it('the same as made anew', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...STEPS), { maxLength: 30 }), (steps) => {
      let before: Sample | undefined;
      let now = FIRST;
      for (const [i, step] of [STEPS[0] ?? (() => ({})), ...steps].entries()) {
        expect(buildModel(now, before)).toEqual(madeAnew(now, before));
        before = now;
        now = after(now, step, i + 1);
      }
    }),
  );
});

it('a list in which nothing moves twice is the very same from then on', () => {
  let before = FIRST;
  const seen = [buildModel(FIRST).containers];
  for (let tick = 1; tick < 5; tick += 1) {
    const now = after(before, () => ({}), tick);
    seen.push(buildModel(now, before).containers);
    before = now;
  }
  expect(seen.map((each) => seen.indexOf(each))).toEqual([0, 1, 1, 1, 1]);
  const moved = after(before, STEPS[3] ?? (() => ({})), 9);
  const [a, b] = buildModel(moved, before).containers;
  expect([a === seen[1]?.[0], b === seen[1]?.[1]]).toEqual([false, true]);
});
