import { describe, expect, it } from 'vitest';
import {
  allCapabilities,
  bitsOf,
  capabilityPlan,
  insideId,
  limitPlan,
} from '../../../../src/actions/attach/rights.ts';
import type { ResourceLimit } from '../../../../src/kernel/proc/limits.ts';
import { encodeCapabilities } from '../../../../src/kernel/tables/capabilities.ts';

const all = allCapabilities(40);
const none = { inheritable: 0n, permitted: 0n, effective: 0n, bounding: 0n, ambient: 0n };
const three = encodeCapabilities(['CAP_KILL', 'CAP_CHOWN', 'CAP_NET_RAW']);
const contained = { ...none, permitted: three, effective: three, bounding: three };
const ours = { permitted: all, bounding: all };
const raw = encodeCapabilities(['CAP_NET_RAW']);
const admin = encodeCapabilities(['CAP_NET_ADMIN']);

describe('capabilities', () => {
  it("are the target's, and the rest of the bounding set goes", () => {
    const plan = capabilityPlan(contained, ours, true, {});
    expect(plan).toEqual({
      drops: bitsOf(all & ~three),
      sets: { effective: three, permitted: three, inheritable: 0n },
      ambient: [],
      missing: [],
    });
  });

  it('what is not ours to give is said', () => {
    const plan = capabilityPlan(contained, { permitted: all & ~raw, bounding: all & ~raw }, true, {});
    expect(plan.sets.permitted).toBe(three & ~raw);
    expect(plan.missing).toEqual(['CAP_NET_RAW']);
  });

  it.each([
    ['less', { drop: raw }, three & ~raw],
    ['more', { add: admin }, three | admin],
    ['one alone', { drop: all, add: raw }, raw],
  ])('%s', (_, change, wanted) => {
    const { sets, drops } = capabilityPlan(contained, ours, true, change);
    expect(sets).toEqual({ effective: wanted, permitted: wanted, inheritable: 0n });
    expect(drops).toEqual(bitsOf(all & ~wanted));
  });

  it('what somebody gets who is not root must be ambient to last', () => {
    const { sets, ambient } = capabilityPlan(contained, ours, false, { drop: all, add: raw });
    expect(sets).toEqual({ effective: raw, permitted: raw, inheritable: raw });
    expect(ambient).toEqual([13]);
  });

  it("the target's own ambient and inheritable sets follow", () => {
    const target = { ...contained, inheritable: raw, ambient: raw };
    const plan = capabilityPlan(target, ours, false, {});
    expect(plan.sets.inheritable).toBe(raw);
    expect(plan.ambient).toEqual([13]);
    expect(capabilityPlan(target, ours, false, { drop: raw }).ambient).toEqual([]);
  });
});

const limit = (name: string, soft: number | 'max', hard: number | 'max'): ResourceLimit => ({
  name,
  soft,
  hard,
});
const INFINITY = 0xffff_ffff_ffff_ffffn;
const RESOURCE = encodeCapabilities(['CAP_SYS_RESOURCE']);

describe('limits', () => {
  const own = [limit('Max open files', 4096, 4096), limit('Max cpu time', 'max', 'max')];

  it.each([
    ['the same: nothing to set', own, RESOURCE, []],
    [
      'lower',
      [limit('Max open files', 10, 20)],
      0n,
      [{ name: 'RLIMIT_NOFILE', resource: 7, soft: 10n, hard: 20n }],
    ],
    [
      'higher, with the right to',
      [limit('Max open files', 10, 'max')],
      RESOURCE,
      [{ name: 'RLIMIT_NOFILE', resource: 7, soft: 10n, hard: INFINITY }],
    ],
    ['of a resource we do not know', [limit('Max new things', 1, 1)], 0n, []],
  ])('%s', (_, theirs, rights, limits) => {
    expect(limitPlan(theirs, own, rights)).toEqual({ limits, short: [] });
  });

  it('higher without the right: ours stays, and it is said', () => {
    expect(limitPlan([limit('Max open files', 8192, 8192)], own, 0n)).toEqual({
      limits: [],
      short: ['Max open files'],
    });
    expect(limitPlan([limit('Max open files', 1024, 8192)], own, 0n).limits).toEqual([
      { name: 'RLIMIT_NOFILE', resource: 7, soft: 1024n, hard: 4096n },
    ]);
  });
});

it('ids go through the map, where there is one', () => {
  const map = [{ inside: 0, outside: 100_000, count: 10 }];
  expect(insideId(map, 100_003)).toBe(3);
  expect(insideId(map, 0)).toBeUndefined();
  expect(insideId(undefined, 7)).toBe(7);
});
