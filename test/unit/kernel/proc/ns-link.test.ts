import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { parseNsInode, parseNsLink } from '../../../../src/kernel/proc/ns-link.ts';
import { survives } from '../survives.ts';

describe.each([
  ['parseNsLink', (link: string) => parseNsLink(link).inode],
  ['parseNsInode', parseNsInode],
])('%s', (_, parse) => {
  test.each([
    ['net:[4026531833]', 4026531833],
    ['cgroup:[4026532290]', 4026532290],
    ['user:[4294967295]', 4294967295],
    ['mnt:[1]', 1],
  ])('%s', (link, inode) => {
    expect(parse(link)).toBe(inode);
  });

  test.each([
    '',
    'net',
    'net:',
    'net:[]',
    'net:[x]',
    'net:[12',
    'net:12]',
    ':[12]',
    'net:[-1]',
    'net:[4294967296]',
    'net:[12] (deleted)',
    '/proc/1/ns/net',
  ])('"%s" is refused', (link) => {
    expect(() => parse(link)).toThrow(KernelParseError);
  });

  survives(parse, 'net:[4026531833]', 'time:[4026531834]');
});

test.each(['mnt', 'pid', 'net', 'user', 'uts', 'ipc', 'cgroup', 'time', 'newtype'])('type %s', (type) => {
  expect(parseNsLink(`${type}:[4026531833]`)).toEqual({ type, inode: 4026531833 });
});
