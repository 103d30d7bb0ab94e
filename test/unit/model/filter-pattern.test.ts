import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern, PatternError } from '../../../src/model/pattern.ts';

describe('compilePattern', () => {
  it.each([
    ['', 'anything', true],
    ['b', 'abc', true],
    ['^b', 'abc', false],
    ['c$', 'abc', true],
    ['^$', '', true],
    ['a.c', 'a\nc', true],
    ['^.$', '🐳', true],
    ['a|b|c', 'xbx', true],
    ['a|', 'x', true],
    ['^(?:ab|cd)+$', 'abcdab', true],
    ['^a{2,3}$', 'aaaa', false],
    ['^a{2,}$', 'aaaa', true],
    ['^a{0}$', '', true],
    ['a{x}', 'a{x}', true],
    ['^a+?b??$', 'aab', true],
    ['^[^a-c]+$', 'xyz', true],
    ['[\\]]', ']', true],
    ['\\d\\w\\s', '1a ', true],
    ['\\D\\W\\S', 'a-b', true],
    ['\\x41\\x{42}', 'AB', true],
    ['\\.\\-\\_\\/', '.-_/', true],
    ['\\p{Lu}', 'É', true],
    ['\\bapi\\b', 'checkout-api', true],
    ['\\Bapi', 'checkout-api', false],
    ['(?i)CHECK', 'checkout', true],
    ['(?i)é', 'É', true],
    ['(a*)*b', 'aab', true],
    ['(|a)+$', 'x', true],
  ])('%j in %j: %s', (pattern, text, expected) => {
    expect(compilePattern(pattern)(text)).toBe(expected);
  });

  it.each([
    '(',
    ')',
    '[',
    '*',
    'a**',
    'a{3,2}',
    'a{1001}',
    '\\',
    '\\1',
    '\\k',
    '[b-a]',
    '\\p{Nope}',
    '(?=a)',
  ])('%j is refused', (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(PatternError);
  });

  it.each(['((a{1000}){1000}){1000}', 'a{1001}'])('%s repeats too much', (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(PatternError);
  });

  it.each(['(a+)+$', '^(a|a)*$', '(a|aa)+$', '(.*)*x', '.*.*.*.*.*x', '(a?){500}a{500}$'])(
    '%s cannot hang',
    (pattern) => {
      const matches = compilePattern(pattern);
      const started = performance.now();
      expect(matches(`${'a'.repeat(4000)}b`)).toBe(false);
      expect(performance.now() - started).toBeLessThan(5000);
    },
  );

  it('looks at the first 4096 characters', () => {
    expect(compilePattern('x$')(`${'a'.repeat(4095)}x${'a'.repeat(10 ** 6)}`)).toBe(true);
  });

  it('agrees with the built-in engine', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '^', '$', '\\b', 'c');
    const { pattern } = fc.letrec<{ pattern: string; group: string; item: string }>((tie) => ({
      pattern: fc.array(tie('item'), { maxLength: 4 }).map((items) => items.join('')),
      group: fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(?:${a}|${b})`),
      item: fc.oneof(
        { maxDepth: 3 },
        atom,
        fc
          .tuple(fc.constantFrom('a', 'b', '.', '[ab]'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}'))
          .map((each) => each.join('')),
        tie('group'),
      ),
    }));
    fc.assert(
      fc.property(
        pattern,
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-'), maxLength: 8 }),
        (source, text) => {
          expect(compilePattern(source)(text)).toBe(new RegExp(source, 'su').test(text));
        },
      ),
      { numRuns: 3000 },
    );
  });
});
