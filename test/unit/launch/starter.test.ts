import { describe, expect, it } from 'vitest';
import { type StarterTable, starterImage } from '../../../src/launch/starter.ts';

const table: StarterTable = {
  root: '/.tools',
  loaderWords: ['--library-path', '/.tools/lib'],
  nameWord: '--argv0',
  loaders: new Map([['/lib64/ld.so', '/usr/lib/ld.so']]),
  programs: new Map([['t\xc3\xa4g', '/usr/bin/true']]),
};
const WORDS =
  '/.tools\0--library-path\0/.tools/lib\0\0--argv0\0/lib64/ld.so\0/usr/lib/ld.so\0t\xc3\xa4g\0/usr/bin/true\0\0';

describe.each(['x64', 'arm64'] as const)('a starter for %s', (processor) => {
  it('has its table right behind its code, as its second segment says', () => {
    const file = starterImage(processor, table);
    const [offset = 0, , , inFile = 0, inMemory] = [8, 16, 24, 32, 40].map((at) =>
      Number(file.readBigUInt64LE(64 + 56 + at)),
    );
    expect(file.toString('latin1', offset)).toBe(WORDS);
    expect({ inFile, inMemory }).toEqual({ inFile: WORDS.length, inMemory: WORDS.length });
  });

  it('without a word for the name, an empty one stands for it', () => {
    const file = starterImage(processor, { ...table, nameWord: undefined }).toString('latin1');
    expect(file).toContain('/.tools/lib\0\0\0/lib64');
  });
});

it.each<[string, Partial<StarterTable>]>([
  ['a zero byte', { root: '/a\0b' }],
  ['an empty word', { loaderWords: [''] }],
  ['an empty name', { programs: new Map([['', '/usr/bin/true']]) }],
])('%s would end the table early', (_, change) => {
  expect(() => starterImage('x64', { ...table, ...change })).toThrow('cannot hold an empty string');
});
