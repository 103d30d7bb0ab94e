import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { isIdentityOfInitial, parseIdMap, toInside, toOutside } from '../../../../src/kernel/proc/id-map.ts';
import { fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

const INITIAL = parseIdMap(fixture('proc/linux-6.18/uid_map'));
const ROOTLESS = parseIdMap('0 1000 1\n1 100000 65536\n');

describe('parseIdMap', () => {
  test('reads padded columns (Linux 6.18)', () => {
    expect(parseIdMap(fixture('proc/linux-6.18/uid_map-rootless'))).toEqual([
      { inside: 0, outside: 100000, count: 65536 },
    ]);
  });

  test('"are empty until written" (Linux 6.18)', () => {
    expect(parseIdMap(fixture('proc/linux-6.18/uid_map-unwritten'))).toEqual([]);
  });

  test('"can have 340 lines" (Linux 6.18)', () => {
    const map = parseIdMap(fixture('proc/linux-6.18/uid_map-340-lines'));
    expect(map).toHaveLength(340);
    expect(toOutside(map, 339)).toBe(1017);
    expect(toInside(map, 1014)).toBe(338);
    expect(toInside(map, 1015)).toBeUndefined();
  });

  test('"and ids up to 2^32-1": the last valid one is 2^32-2 (Linux 6.18)', () => {
    const map = parseIdMap(fixture('proc/linux-6.18/uid_map-highest-ids'));
    expect(map).toEqual([
      { inside: 0, outside: 4294967290, count: 5 },
      { inside: 10, outside: 1000, count: 1 },
    ]);
    expect(toOutside(map, 4)).toBe(4294967294);
    expect(toOutside(INITIAL, 4294967294)).toBe(4294967294);
    expect(toOutside(INITIAL, 4294967295)).toBeUndefined();
  });

  test('"A zombie still answers uid_map" (Linux 6.18)', () => {
    expect(parseIdMap(fixture('proc/linux-6.18/uid_map-zombie'))).toEqual(INITIAL);
  });

  test.each([
    ['0 0'],
    ['0 0 1 1'],
    ['0 x 1'],
    ['0 -1 1'],
    ['0 0 4294967296'],
    ['0 0 99999999999999999999'],
    [''],
  ])('a line "%s" is refused', (line) => {
    expect(() => parseIdMap(`${line}\n`)).toThrow(KernelParseError);
  });

  survives(parseIdMap, fixture('proc/linux-6.18/uid_map-highest-ids'), '0 1000 1\n1 100000 65536\n');
});

describe('toOutside and toInside', () => {
  test.each([
    [0, 1000],
    [1, 100000],
    [65536, 165535],
    [65537, undefined],
  ])('inside %i is outside %s', (inside, outside) => {
    expect(toOutside(ROOTLESS, inside)).toBe(outside);
    if (outside !== undefined) expect(toInside(ROOTLESS, outside)).toBe(inside);
  });

  test.each([999, 1001, 99999, 165536])('outside %i is nobody inside', (outside) => {
    expect(toInside(ROOTLESS, outside)).toBeUndefined();
  });

  test('"Maps are shown relative to the reader\'s user namespace": 2^32-1 when it has no such id (Linux 6.18)', () => {
    const map = parseIdMap(fixture('proc/linux-6.18/uid_map-rootless-from-unmapped-namespace'));
    expect(map).toEqual([{ inside: 0, outside: 4294967295, count: 65536 }]);
    expect(toOutside(map, 0)).toBeUndefined();
    expect(toInside(map, 4294967295)).toBeUndefined();
  });
});

describe('isIdentityOfInitial', () => {
  test.each([
    ['the initial namespace', INITIAL, true],
    ['a rootless container', ROOTLESS, false],
    ['an unwritten map', [], false],
    ['identity of one range only', parseIdMap('0 0 65536\n'), false],
    ['a second range', [...INITIAL, ...ROOTLESS], false],
  ])('%s: %s', (_, map, expected) => {
    expect(isIdentityOfInitial(map)).toBe(expected);
  });

  test('"no longer proves the initial user namespace": a new one can have it (Linux 6.18)', () => {
    expect(isIdentityOfInitial(parseIdMap(fixture('proc/linux-6.18/uid_map-full-identity')))).toBe(true);
  });
});
