import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLUMNS } from '../../../src/model/columns.ts';
import { FilterError, parseFilter } from '../../../src/model/filter.ts';
import { bareContainer, DENIED, exampleContainer, LONG_ID, NOW } from './example-container.ts';

const web = exampleContainer();
const bare = bareContainer();
const huge = exampleContainer({
  io: { readBytes: 2n ** 63n, writeBytes: 0 },
  memory: { ...web.memory, limitedBy: 'host' },
});

describe('parseFilter', () => {
  it.each([
    ['empty matches all', '  ', web, true],
    ['a word in the name', 'checkout', web, true],
    ['a word in any case', 'CheckOut', web, true],
    ['a word in the image', 'shop/', web, true],
    ['a word in the command', 'server.js', web, true],
    ['the start of the id', '5196', web, true],
    ['the middle of the id is not', '78290c1d', web, false],
    ['a word elsewhere is not', 'docker', web, false],
    ['a word with a colon', 'unshare:41822', bare, true],
    ['a quoted text', '"node server"', web, true],
    ['equal', 'runtime=docker', web, true],
    ['equal, twice the sign', 'runtime==docker', web, true],
    ['equal is the whole text', 'name=checkout', web, false],
    ['not equal', 'runtime!=docker', bare, true],
    ['blanks around', ' runtime  =  docker ', web, true],
    ['fields in any case', 'RUNTIME=docker', web, true],
    ['12 characters of the id, as printed', 'id=519616c67829', web, true],
    ['the whole id', `id=${LONG_ID}`, web, true],
    ['3 characters are too few', 'id=519', web, false],
    ['pattern', 'name~^check.*api$', web, true],
    ['no pattern', 'name!~^web', web, true],
    ['pattern with brackets and a comma', 'name~^(checkout|web){1,2}-api$,kind=container', web, true],
    ['pattern quoted', "command ~ 'node\\s+server'", web, true],
    ['pattern on a number', 'pid~^106', web, true],
    ['size', 'mem>=487M', web, true],
    ['size, not', 'mem>487M', web, false],
    ['size in bytes', 'mem=510656512', web, true],
    ['beyond 2^53', 'read-total>=9223372036854775808', huge, true],
    ['beyond 2^53, exactly', 'read-total>9223372036854775808', huge, false],
    ['percent', 'cpu>50%', web, true],
    ['percent as the column prints it', 'cpu<=148.2', web, true],
    ['points', 'psi-cpu>31%', web, true],
    ['rate', 'read>1M/s', web, true],
    ['count', 'pids<32', web, true],
    ['age', 'since>90m', web, true],
    ['age, not', 'since>3h', web, false],
    ['CPU time', 'cpu-time>12s', web, true],
    ['date', 'started<2024-05-01T11:00:00Z', web, true],
    ['limit above all numbers', 'limit>1T', huge, true],
    ['no limit', 'limit=max', huge, true],
    ['a limit is not max', 'limit!=max', web, true],
    ['and, comma', 'runtime=docker,pids>100', web, false],
    ['and, &&', 'runtime=docker&&pids>30', web, true],
    ['and, the word', 'runtime=docker AND pids>30', web, true],
    ['or', 'runtime=podman || pids>30', web, true],
    ['or, the word', 'runtime=podman or runtime=lxc', web, false],
    ['and binds tighter than or', 'runtime=docker || runtime=lxc && pids>1000', web, true],
    ['parentheses', '(runtime=docker || runtime=lxc) && pids>1000', web, false],
    ['a value before a parenthesis', '(name=checkout-api)', web, true],
    ['not', '!runtime=docker', web, false],
    ['not, the word, twice', 'not not runtime=docker', web, true],
    ['not of a group', '!(runtime=lxc,pids>3)', web, true],
    ['a field named like no keyword', 'command~note|node', web, true],
    ['absent text is the empty text', 'image=""', bare, true],
    ['absent text is not another text', 'image!=nginx', bare, true],
    ['absent number, more', 'cpu>=0', bare, false],
    ['absent number, different', 'cpu!=5', bare, false],
    ['unknown text, equal', 'hostname=x', bare, false],
    ['unknown text, different', 'hostname!=x', bare, false],
    ['unknown stays unknown under not', '!(hostname=x)', bare, false],
    ['unknown pattern', 'hostname!~x', bare, false],
    ['unknown number', 'read-total>=0', bare, false],
    ['unknown or true', 'hostname=x || runtime=unshare', bare, true],
    ['unknown and true', 'hostname!=x, runtime=unshare', bare, false],
    ['a word, with the command denied', '!nginx', bareContainer({ command: DENIED }), false],
  ])('%s: %s', (_name, expression, container, expected) => {
    expect(parseFilter(expression, () => NOW)(container)).toBe(expected);
  });

  it.each([
    ['an unknown field', 'nam=x', 1, 'no field "nam" (did you mean name?); fields are name runtime'],
    ['an unknown field further on', 'pids>3, colour=red', 9, 'no field "colour"; fields are'],
    ['text has no size', 'name>3', 1, 'name is text'],
    ['not a size', 'mem>lots', 5, '"lots" is not a size'],
    ['not a percentage', 'cpu>half', 5, '"half" is not a percentage'],
    ['not a number', 'pids>x', 6, '"x" is not a number'],
    ['not a duration', 'since>x', 7, '"x" is not a duration'],
    ['not a date', 'started>x', 9, '"x" is not a date'],
    ['a value is missing', 'name=', 6, 'a value is missing'],
    ['a value is missing before a comma', 'name=,pids>3', 6, 'a value is missing'],
    ['a field is missing', '=x', 1, 'expected a field or a word, not ='],
    ['the end', 'name=x &&', 10, 'ends where'],
    ['an open parenthesis', '(name=x', 1, 'has no )'],
    ['a closing one', 'name=x)', 7, 'expected ,'],
    ['two words', 'web db', 5, 'expected ,'],
    ['an open quote', 'name="x', 6, 'is not closed'],
    ['a pattern with an open group', 'name~a(', 6, 'missing closing )'],
    ['look-around', 'name~x(?=y)', 6, 'unsupported'],
    ['too long', 'x'.repeat(1001), 1001, 'longer than 1000'],
  ])('%s', (_name, expression, column, problem) => {
    const thrown = errorOf(() => parseFilter(expression));
    expect(thrown).toBeInstanceOf(FilterError);
    expect(thrown).toMatchObject({ column, message: expect.stringContaining(problem) });
    expect(String(thrown)).toContain(`column ${column}`);
  });

  it('throws nothing but FilterError, and answers with a boolean', () => {
    const piece = fc.oneof(
      fc.constantFrom(...COLUMNS.map((column) => column.id)),
      fc.constantFrom(
        '=',
        '!=',
        '~',
        '!~',
        '>',
        '>=',
        '<',
        '<=',
        ',',
        '&&',
        '||',
        '!',
        '(',
        ')',
        '"',
        "'",
        ' ',
        '\\',
        '[',
      ),
      fc.constantFrom('and', 'or', 'not', '50%', '1.5G', '3', 'max', '2h', '(a+)+$', '.*', '{1,3}'),
      fc.string({ maxLength: 5, unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const thrown = errorOf(() => {
          const match = parseFilter(pieces.join(''), () => NOW);
          for (const container of [web, bare, huge]) expect(typeof match(container)).toBe('boolean');
        });
        if (thrown !== undefined) expect(thrown).toBeInstanceOf(FilterError);
      }),
      { numRuns: 3000 },
    );
    // A second, and more where others use the processor.
  }, 30_000);

  it('can nest as deep as an expression is long', () => {
    expect(parseFilter(`${'('.repeat(450)}checkout${')'.repeat(450)}`)(web)).toBe(true);
    expect(parseFilter(`${'!'.repeat(900)}checkout`)(web)).toBe(true);
  });
});

function errorOf(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
