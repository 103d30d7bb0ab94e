import { describe, expect, it } from 'vitest';
import { type FileWord, isContents, parseFileWord, pathEnd } from '../../../../src/actions/files/words.ts';
import { wantedFiles } from '../../../../src/cli/cat.ts';
import { targetOf } from '../../../../src/cli/cp.ts';
import { UsageError } from '../../../../src/cli/exit.ts';

const inside = (target: string, path: string): FileWord => ({ where: 'container', target, path });
const host = (path: string): FileWord => ({ where: 'host', path });

describe('a word of cp', () => {
  it.each<[string, FileWord]>([
    ['web:/etc/hosts', inside('web', '/etc/hosts')],
    ['web:/', inside('web', '/')],
    ['web:etc/hosts', inside('web', 'etc/hosts')],
    ['web:/a:/b', inside('web', '/a:/b')],
    ['docker:8a87:/x', inside('docker:8a87', '/x')],
    ['unshare:1470:etc/x', inside('unshare:1470', 'etc/x')],
    ['pid:[4026532557]:/x', inside('pid:[4026532557]', '/x')],
    ['/etc/hosts', host('/etc/hosts')],
    ['/a:/b', host('/a:/b')],
    ['./web:/x', host('./web:/x')],
    ['..', host('..')],
    ['file', host('file')],
    ['web:', host('web:')],
    [':/x', host(':/x')],
    ['-', { where: 'stream' }],
    ['', host('')],
  ])('%s', (word, expected) => expect(parseFileWord(word)).toEqual(expected));

  it.each<[string, FileWord, FileWord]>([
    ['two containers', inside('a', '/x'), inside('b', '/x')],
    ['no container', host('/x'), host('/y')],
    ['streams only', { where: 'stream' }, { where: 'stream' }],
  ])('%s are wrong usage', (_, from, to) => expect(() => targetOf(from, to)).toThrow(UsageError));

  it('names the one container', () => {
    expect(targetOf(inside('a', '/x'), host('y'))).toBe('a');
    expect(targetOf({ where: 'stream' }, inside('b', '/x'))).toBe('b');
  });
});

describe('the words of cat', () => {
  const each = (target: string, ...paths: string[]) => paths.map((path) => ({ target, path }));
  it.each<[string, readonly string[], ReturnType<typeof each>]>([
    ['web:/x', [], each('web', '/x')],
    ['web:x', [], each('web', 'x')],
    ['web', ['/x', 'y'], each('web', '/x', 'y')],
    ['unshare:1470', ['/x'], each('unshare:1470', '/x')],
    ['web:/x', ['db:/y'], [...each('web', '/x'), ...each('db', '/y')]],
    ['/lxc.payload.db', ['/x'], each('/lxc.payload.db', '/x')],
    ['/lxc.payload.db:/x', [], each('/lxc.payload.db', '/x')],
  ])('%s %j', (first, rest, expected) => expect(wantedFiles(first, rest)).toEqual(expected));

  it.each<[string, readonly string[]]>([
    ['web', []],
    ['web:', []],
    ['web:/x', ['/y']],
  ])('%s %j is wrong usage', (first, rest) => expect(() => wantedFiles(first, rest)).toThrow(UsageError));
});

describe('the end of a path', () => {
  it.each<[path: string, directory: string, name: string, isDirectory: boolean, isContents: boolean]>([
    ['/a/b', '/a/', 'b', false, false],
    ['/a/b/', '/a/', 'b', true, false],
    ['/a//b', '/a//', 'b', false, false],
    ['a', '.', 'a', false, false],
    ['/a', '/', 'a', false, false],
    ['/', '/', '', true, true],
    ['.', '.', '', true, true],
    ['a/.', 'a/', '', true, true],
    ['a/./', 'a/', '', true, true],
    ['a/..', 'a/', '', true, true],
    ['a/b.', 'a/', 'b.', false, false],
    ['a/...', 'a/', '...', false, false],
  ])('%s', (path, directory, name, isDirectory, contents) => {
    const bytes = Buffer.from(path);
    const end = pathEnd(bytes);
    expect([end.directory.toString(), end.name.toString(), end.isDirectory]).toEqual([
      directory,
      name,
      isDirectory,
    ]);
    expect(isContents(bytes)).toBe(contents);
  });
});
