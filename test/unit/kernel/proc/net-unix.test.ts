import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { parseNetUnix } from '../../../../src/kernel/proc/net-unix.ts';
import { fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

const REAL = fixture('proc/linux-6.18/net-unix');
const HEADER = `${REAL.split('\n')[0]}\n`;

describe('parseNetUnix', () => {
  test.each([
    ['a path with a blank', 'sp ck', { type: 'stream', listening: true }],
    ['a path with a newline, which the kernel prints raw', 's\nock', { type: 'stream', listening: true }],
    ['an abstract name: every NUL is an "@"', '@abs@x', { type: 'stream', listening: true }],
    ['datagrams', 'dg', { type: 'dgram', listening: false }],
    ['sequenced packets', 'seq', { type: 'seqpacket', listening: true }],
  ])('%s (Linux 6.18)', (_, path, expected) => {
    const socket = parseNetUnix(REAL).find((candidate) => candidate.path === path && candidate.inode !== 0);
    expect(socket).toMatchObject(expected);
  });

  test('unnamed sockets, and connections not yet accepted, which have inode 0 (Linux 6.18)', () => {
    const sockets = parseNetUnix(REAL);
    expect(sockets).toHaveLength(9);
    expect(sockets.filter(({ path }) => path === undefined)).toHaveLength(3);
    expect(sockets.filter(({ inode }) => inode === 0)).toEqual([
      { inode: 0, type: 'stream', listening: false, state: 'ESTAB', path: 'sp ck' },
    ]);
  });

  test('pads short inodes with blanks; 32-bit addresses; other types as written', () => {
    const text = `${HEADER}f1905662: 00000002 00000000 00000000 000A 01    12 /run/a b\n`;
    expect(parseNetUnix(text)).toEqual([
      { inode: 12, type: '000A', listening: false, state: 'UNCONN', path: '/run/a b' },
    ]);
  });

  test('what follows a newline in a name, and begins like a line, is still the name', () => {
    const text = `${HEADER}f1905662: 00000002 00000000 00010000 0001 01 1 /a\nbeef: x\ndead\n`;
    expect(parseNetUnix(text)).toMatchObject([{ path: '/a\nbeef: x\ndead', state: 'LISTEN' }]);
  });

  test('no sockets', () => {
    expect(parseNetUnix(HEADER)).toEqual([]);
  });

  test.each([
    ['nothing', ''],
    ['a cut line', `${HEADER}000000004e8aa930: 00000003 0000`],
    ['text after an unnamed socket', `${HEADER}f1905662: 00000002 00000000 00010000 0001 01 1\nxyz\n`],
  ])('%s is refused', (_, text) => {
    expect(() => parseNetUnix(text)).toThrow(KernelParseError);
  });

  survives(parseNetUnix, REAL);
});
