import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inQuotes, shellWord } from '../../../src/model/shell-word.ts';

it.each([
  ['web-1', 'web-1'],
  ['io=/dev/vda:rbps=10M', 'io=/dev/vda:rbps=10M'],
  ['', "''"],
  ['two words', "'two words'"],
  ["it's", `'it'\\''s'`],
  ['$HOME', "'$HOME'"],
])('%j is %s', (text, word) => expect(shellWord(text)).toBe(word));

it('a shell reads them back as they were', () => {
  const text = fc.string({ unit: fc.constantFrom(...`ab '"\\$\`\n;|&*~#数`), maxLength: 12 });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (texts) => {
      const words = texts.map((each, i) => (i % 2 === 0 ? shellWord(each) : inQuotes(each)));
      const said = execFileSync('sh', ['-c', `printf '%s\\0' ${words.join(' ')}`], { encoding: 'utf8' });
      expect(said.split('\0').slice(0, -1)).toEqual(texts);
    }),
    { numRuns: 20 },
  );
});
