/** What the worker tells, and what its owner makes of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ModelDelta, modelAfter, modelDelta } from '../../../src/live/frame-delta.ts';
import type { Container, HostModel } from '../../../src/model/host-model.ts';
import { exampleContainer } from '../model/example-container.ts';
import { hostFacts } from '../model/facts.ts';

const HOST = hostFacts();
const model = (containers: readonly Container[], change: Partial<HostModel> = {}): HostModel => ({
  takenAtMs: 1,
  host: HOST,
  containers,
  processes: new Map(),
  containerOfPid: new Map(),
  notes: [],
  vanished: 0,
  ...change,
});
const a = exampleContainer({ key: 'a' });
const b = exampleContainer({ key: 'b' });

/** Through the message port. */
const sent = (delta: ModelDelta): ModelDelta => structuredClone(delta);

describe('what is told', () => {
  it.each<[string, HostModel, { containers: number; order: boolean; host: boolean; notes: boolean }]>([
    [
      'nothing new',
      model([a, b], { takenAtMs: 2 }),
      { containers: 0, order: false, host: false, notes: false },
    ],
    [
      'a container that moved',
      model([{ ...a, state: 'frozen' }, b]),
      { containers: 1, order: false, host: false, notes: false },
    ],
    [
      'one that was made anew and says the same',
      model([{ ...a }, b]),
      { containers: 0, order: false, host: false, notes: false },
    ],
    [
      'one that was made anew in all its parts and says the same',
      model([structuredClone(a), b]),
      { containers: 0, order: false, host: false, notes: false },
    ],
    [
      'one that says something else deep inside',
      model([{ ...a, pressure: { cpu: { someAvg10: 1 } } }, b]),
      { containers: 1, order: false, host: false, notes: false },
    ],
    ['another order', model([b, a]), { containers: 0, order: true, host: false, notes: false }],
    ['one that ended', model([a]), { containers: 0, order: true, host: false, notes: false }],
    [
      'one that started',
      model([a, b, exampleContainer({ key: 'c' })]),
      { containers: 1, order: true, host: false, notes: false },
    ],
    [
      'the host',
      model([a, b], { host: { ...HOST, uptimeSeconds: 99 } }),
      { containers: 0, order: false, host: true, notes: false },
    ],
    [
      'notes',
      model([a, b], { notes: [{ about: 'x', text: 'y' }] }),
      { containers: 0, order: false, host: false, notes: true },
    ],
  ])('%s', (_name, now, expected) => {
    const delta = modelDelta(model([a, b]), now);
    expect({
      containers: delta.containers.length,
      order: delta.order !== undefined,
      host: delta.host !== undefined,
      notes: delta.notes !== undefined,
    }).toEqual(expected);
  });

  it('of a container that moved: the fields that are others, or all when one is no longer there', () => {
    const cpu = { usageUsec: 7 };
    expect(modelDelta(model([a]), model([{ ...a, cpu }])).containers).toEqual([['a', { changed: { cpu } }]]);
    const { image: _image, ...without } = a;
    expect(modelDelta(model([a]), model([without])).containers).toEqual([['a', { whole: without }]]);
  });

  it('to somebody who knows nothing: everything', () => {
    const now = model([a, b], { hostCpuRatio: 0.5, notes: [{ about: 'x', text: 'y' }] });
    expect(modelAfter(undefined, sent(modelDelta(undefined, now)))).toEqual(now);
  });

  it('what was never told cannot change', () => {
    const delta = modelDelta(model([a]), model([{ ...a, state: 'frozen' }]));
    expect(() => modelAfter(undefined, delta)).toThrow('never told');
  });
});

/** What happens to a host between two samples. */
interface Step {
  readonly keys: readonly string[];
  /** Of these the use moves, of those a field comes or goes. */
  readonly busy: readonly string[];
  readonly named: readonly string[];
  readonly isRemade: boolean;
  readonly uptimeSeconds: number | undefined;
  readonly hasForks: boolean;
  readonly notes: readonly string[];
  readonly isNewWorker: boolean;
}
const KEYS = ['a', 'b', 'c', 'd', 'e'];
const some = fc.shuffledSubarray(KEYS);
const step: fc.Arbitrary<Step> = fc.record({
  keys: some,
  busy: some,
  named: some,
  isRemade: fc.boolean(),
  uptimeSeconds: fc.option(fc.nat(3), { nil: undefined }),
  hasForks: fc.boolean(),
  notes: fc.array(fc.constantFrom('x', 'y'), { maxLength: 2 }),
  isNewWorker: fc.boolean(),
});

function next(before: HostModel | undefined, each: Step, takenAtMs: number): HostModel {
  const { forks: _forks, ...host } = HOST;
  const containers = each.keys.map((key): Container => {
    const old = before?.containers.find((container) => container.key === key) ?? exampleContainer({ key });
    const moved = each.busy.includes(key) ? { ...old, cpu: { usageUsec: takenAtMs >> 1, ratio: 0.5 } } : old;
    if (!each.named.includes(key)) return each.isRemade ? structuredClone(moved) : moved;
    const { image, ...without } = moved;
    return image === undefined ? { ...without, image: 'now' } : without;
  });
  const isQuiet = before !== undefined && each.uptimeSeconds === undefined;
  return model(containers, {
    takenAtMs,
    host: isQuiet
      ? before.host
      : { ...host, uptimeSeconds: each.uptimeSeconds, ...(each.hasForks && { forks: takenAtMs }) },
    notes: each.notes.map((about) => ({ about, text: about })),
    ...(each.hasForks && { hostCpuRatio: 0.25 }),
  });
}

describe('over any course of events', () => {
  it('the owner has the model of the worker, and keeps the object of what did not change', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        let worker: HostModel | undefined;
        let owner: HostModel | undefined;
        for (const [index, each] of steps.entries()) {
          const isNew = each.isNewWorker || worker === undefined;
          const now = next(isNew ? undefined : worker, each, index);
          const [before, shown] = isNew ? [undefined, undefined] : [worker, owner];
          worker = now;
          owner = modelAfter(shown, sent(modelDelta(before, now)));
          expect(owner).toEqual(now);
          if (before === undefined || shown === undefined) continue;
          if (now.host === before.host) expect(owner.host).toBe(shown.host);
          expect(owner.notes === shown.notes).toBe(
            JSON.stringify(now.notes) === JSON.stringify(before.notes),
          );
          for (const container of now.containers) {
            if (!before.containers.includes(container)) continue;
            const kept = shown.containers.find(({ key }) => key === container.key);
            expect(owner.containers.find(({ key }) => key === container.key)).toBe(kept);
          }
        }
      }),
    );
  });
});
