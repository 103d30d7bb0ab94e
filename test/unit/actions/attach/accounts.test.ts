import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findUser, groupId, parseGroup, parsePasswd } from '../../../../src/actions/attach/accounts.ts';

const PASSWD = [
  'root:x:0:0:root:/root:/bin/bash',
  'www:x:33:33:a web server:/var/www:/usr/sbin/nologin',
  '1000:x:7:8:called like a number:/seven:',
  'broken',
  'negative:x:-1:0::/:',
  'huge:x:4294967295:0::/:',
  'wide:x:4294967294:5::/wide:/bin/sh',
  '',
].join('\n');
const GROUP = ['root:x:0:', 'www:x:33:', 'video:x:44:www,root', 'tape:x:26:www', 'x', 'bad:x:a:www'].join(
  '\n',
);
const accounts = parsePasswd(PASSWD);
const groups = parseGroup(GROUP);

describe('passwd and group', () => {
  it('keep the lines that parse', () => {
    expect(accounts.map(({ name, uid }) => [name, uid])).toEqual([
      ['root', 0],
      ['www', 33],
      ['1000', 7],
      ['wide', 4294967294],
    ]);
    expect(groups.map(({ name, members }) => [name, members])).toEqual([
      ['root', []],
      ['www', []],
      ['video', ['www', 'root']],
      ['tape', ['www']],
    ]);
  });

  it.each([
    ['a name, with the groups that list it', 'www', { uid: 33, gid: 33, groups: [44, 26], home: '/var/www' }],
    ['a name and a group, and no others', 'www:video', { uid: 33, gid: 44, groups: [], home: '/var/www' }],
    ['numbers', '12:34', { uid: 12, gid: 34, groups: [], home: undefined }],
    ['the number of somebody', '33', { uid: 33, gid: 33, groups: [44, 26], home: '/var/www' }],
    ['a number of nobody: group 0', '12', { uid: 12, gid: 0, groups: [], home: undefined }],
    ['a name that looks like a number', '1000', { uid: 7, gid: 8, groups: [], home: '/seven' }],
  ])('%s', (_, spec, expected) => {
    const found = findUser(spec, accounts, groups);
    expect(
      found && { uid: found.uid, gid: found.gid, groups: found.groups, home: found.account?.home },
    ).toEqual(expected);
  });

  it.each([['nobody-here'], ['www:none'], ['-1'], ['4294967295'], ['1e3'], ['']])('%s is nobody', (spec) => {
    expect(findUser(spec, accounts, groups)).toBeUndefined();
  });

  it('groups by name before number', () => {
    expect(groupId('video', groups)).toBe(44);
    expect(groupId('9', groups)).toBe(9);
    expect(groupId('none', groups)).toBeUndefined();
  });

  it('any text gives ids or nothing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const { uid, gid } of parsePasswd(text)) {
          expect(uid).toBeGreaterThanOrEqual(0);
          expect(gid).toBeLessThan(2 ** 32 - 1);
        }
        parseGroup(text);
      }),
    );
  });
});
