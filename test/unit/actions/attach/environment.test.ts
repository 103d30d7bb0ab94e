import { expect, it } from 'vitest';
import { environmentOf, variableIn } from '../../../../src/actions/attach/environment.ts';

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const input = {
  inherited: ['PATH=/bin', 'HOME=/root', 'X=1'],
  isClean: false,
  isOtherUser: false,
  home: () => '/home/lab',
  term: undefined,
  added: [],
};

it.each([
  ["that of the container's init", {}, ['PATH=/bin', 'HOME=/root', 'X=1']],
  ['the home of another user', { isOtherUser: true }, ['PATH=/bin', 'HOME=/home/lab', 'X=1']],
  ['defaults where it has none', { inherited: ['X=1'] }, ['X=1', PATH, 'HOME=/home/lab']],
  ['a user without a home', { inherited: [], home: () => '' }, [PATH, 'HOME=/']],
  ['clean', { isClean: true }, [PATH, 'HOME=/home/lab']],
  ['a terminal', { isClean: true, term: 'xterm' }, [PATH, 'HOME=/home/lab', 'TERM=xterm']],
  ["the caller's counts most", { added: ['X=2', 'HOME=', 'Y=a=b'] }, ['PATH=/bin', 'HOME=', 'X=2', 'Y=a=b']],
  [
    'with tools, theirs come first',
    { tools: { directories: ['/t/bin', '/t'], variables: ['X=2', 'TERMINFO_DIRS=:/t/terminfo'] } },
    ['PATH=/t/bin:/t:/bin', 'HOME=/root', 'X=1', 'TERMINFO_DIRS=:/t/terminfo'],
  ],
  [
    'of one name the first counts, as getenv finds it',
    { inherited: ['A=1', 'PATH=/b', 'A=2', 'HOME=/'] },
    ['A=1', 'PATH=/b', 'HOME=/'],
  ],
])('%s', (_, change, expected) => {
  expect(environmentOf({ ...input, ...change })).toEqual(expected);
});

it('finds a variable by its whole name', () => {
  expect(variableIn(['PATHS=1', 'PATH=/bin:x=y'], 'PATH')).toBe('/bin:x=y');
  expect(variableIn([], 'PATH')).toBeUndefined();
});
