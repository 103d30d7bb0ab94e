import { describe, expect, it } from 'vitest';
import { type FdLink, parseFdLink } from '../../../../src/kernel/proc/fd-link.ts';
import { survives } from '../survives.ts';

describe('parseFdLink', () => {
  it.each<[string, string, FdLink | undefined]>([
    ['a socket', 'socket:[41822]', { kind: 'socket', inode: 41822 }],
    ['a namespace', 'net:[4026532290]', { kind: 'net', inode: 4026532290 }],
    ['one for children', 'time:[4026531834]', { kind: 'time', inode: 4026531834 }],
    ['a pipe', 'pipe:[41822]', undefined],
    ['an anonymous inode', 'anon_inode:[eventpoll]', undefined],
    ['a file', '/dev/null', undefined],
    ['a file that pretends', '/tmp/net:[4026532290]', undefined],
    ['one that was deleted', '/net:[1] (deleted)', undefined],
    ['no number', 'net:[x]', undefined],
    ['cut', 'net:[4026', undefined],
    ['nothing', '', undefined],
  ])('%s', (_name, link, expected) => expect(parseFdLink(link)).toEqual(expected));

  survives(parseFdLink, 'socket:[41822]', 'cgroup:[4026532290]');
});
