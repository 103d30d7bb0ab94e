import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedDevices, deviceWrites, listedDevices } from '../../../../src/model/limits/devices.ts';

const DOCKER = 'c 136:* rwm\nc 5:2 rwm\nc 5:1 rwm\nc 1:5 rwm\nb *:* m\nc *:* m';

describe('one rule more or less', () => {
  it.each<[string, boolean, string, string | undefined, string?]>([
    ['c 10:229 rwm', true, DOCKER, `${DOCKER}\nc 10:229 rwm`],
    ['c 5:2 rwm', true, DOCKER, DOCKER],
    ['c 1:5 rwm', false, DOCKER, DOCKER.replace('c 1:5 rwm\n', '')],
    ['c 1:5 w', false, DOCKER, DOCKER.replace('c 1:5 rwm', 'c 1:5 rm')],
    // Only `c 136:*` lets it: to deny one of them the kernel has no rule.
    ['c 136:3 rw', false, DOCKER, undefined],
    ['c 200:1 rw', false, DOCKER, DOCKER],
    ['c 1:5 rwm', false, 'a *:* rwm', 'a *:* rwm\n!c 1:5 rwm'],
    // It may have been denied, or not.
    ['c 1:5 rwm', true, 'a *:* rwm', 'a *:* rwm', 'a *:* rwm\n?c 1:5 rwm'],
    ['c 1:3 r', true, '', 'c 1:3 r'],
  ])('%s, allowed %s', (rule, allows, list, to, from = list) => {
    expect(changedDevices(list, rule, allows)).toEqual(to === undefined ? undefined : { from, to });
  });
});

/** What the kernel makes of the writes (dev_exception_add, dev_exception_rm). */
function kernel(list: string, writes: ReturnType<typeof deviceWrites>): string {
  const rules = new Map(
    list
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), new Set(line.slice(line.lastIndexOf(' ') + 1))]),
  );
  for (const { file, value } of writes) {
    const [key, access] = [value.slice(0, value.lastIndexOf(' ')), value.slice(value.lastIndexOf(' ') + 1)];
    const now = rules.get(key) ?? new Set<string>();
    for (const each of access) file === 'devices.allow' ? now.add(each) : now.delete(each);
    if (now.size === 0) rules.delete(key);
    else rules.set(key, now);
  }
  const text = (access: ReadonlySet<string>) => [...'rwm'].filter((each) => access.has(each)).join('');
  return [...rules].map(([key, access]) => `${key} ${text(access)}`).join('\n');
}

const rule = fc.tuple(
  fc.constantFrom('c 1:3', 'c 1:5', 'b 8:0', 'c *:*', 'c 5:1'),
  fc.constantFrom('r', 'rw', 'rwm', 'm'),
);
const lists = fc
  .uniqueArray(rule, { selector: ([key]) => key })
  .map((rules) => rules.map(([key, access]) => `${key} ${access}`).join('\n'));

describe('what to write', () => {
  it('makes every list of every other, line by line', () => {
    fc.assert(
      fc.property(lists, lists, (from, to) => {
        expect(kernel(from, deviceWrites(from, to))).toBe(to);
      }),
    );
  });

  it('is as little as it can be', () => {
    expect(deviceWrites(DOCKER, `${DOCKER}\nc 10:229 rw`)).toEqual([
      { file: 'devices.allow', value: 'c 10:229 rw' },
    ]);
    expect(deviceWrites(`${DOCKER}\nc 10:229 rw`, DOCKER)).toEqual([
      { file: 'devices.deny', value: 'c 10:229 rw' },
    ]);
    expect(deviceWrites('a *:* rwm', 'a *:* rwm\n!c 1:5 rwm')).toEqual([
      { file: 'devices.deny', value: 'c 1:5 rwm' },
    ]);
    expect(deviceWrites('a *:* rwm\n!c 1:5 rwm', 'a *:* rwm')).toEqual([
      { file: 'devices.allow', value: 'c 1:5 rwm' },
    ]);
  });

  it('what may have been denied is allowed, and nothing takes that back', () => {
    expect(deviceWrites('a *:* rwm\n?c 1:5 rwm', 'a *:* rwm')).toEqual([
      { file: 'devices.allow', value: 'c 1:5 rwm' },
    ]);
    expect(deviceWrites('a *:* rwm', 'a *:* rwm\n?c 1:5 rwm')).toEqual([]);
  });

  it('what the kernel does not list', () => {
    expect(listedDevices('a *:* rwm\n!c 1:5 rwm')).toBe('a *:* rwm');
  });
});
