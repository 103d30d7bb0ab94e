import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { libraryDirectories } from '../../../../src/actions/attach/tools/libraries.ts';

const folder = mkdtempSync(join(tmpdir(), 'porthole-libraries-'));
const at = (path: string) => join(folder, path);
beforeAll(() => {
  for (const directory of ['lib', 'more', 'conf.d']) mkdirSync(at(directory));
  symlinkSync('more', at('link'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function foundIn(text: string): string[] {
  writeFileSync(at('ld.so.conf'), text);
  return libraryDirectories(at('ld.so.conf')).filter((path) => path.startsWith(folder));
}

it.each<[string, string, string[]]>([
  ['directories', `${at('lib')}\n${at('more')}\n`, ['lib', 'more']],
  ['comments and blanks', `# no\n\n  ${at('lib')}   # yes\n`, ['lib']],
  ['a link by what it leads to, once', `${at('link')}\n${at('more')}\n`, ['more']],
  ['one for another processor', `${at('lib')}=libc5\n`, ['lib']],
  ['what is not there', `${at('nowhere')}\n${at('lib')}\n`, ['lib']],
  ['other files, by a pattern beside it', `include conf.d/*.conf\n`, ['lib', 'more']],
  ['another file, by its name', `include ${at('conf.d/b.conf')}\n`, ['more']],
  ['files that are not there', `include nowhere/*.conf\ninclude nothing.conf\n`, []],
  ['itself', `include ld.so.conf\n${at('lib')}\n`, ['lib']],
])('%s', (_, text, expected) => {
  writeFileSync(at('conf.d/a.conf'), at('lib'));
  writeFileSync(at('conf.d/b.conf'), at('more'));
  writeFileSync(at('conf.d/c.other'), folder);
  expect(foundIn(text)).toEqual(expected.map(at));
});

it('those that a loader knows by itself come after', () => {
  writeFileSync(at('ld.so.conf'), at('lib'));
  const all = libraryDirectories(at('ld.so.conf'));
  expect(all[0]).toBe(at('lib'));
  expect(all.length).toBeGreaterThan(1);
  expect(new Set(all).size).toBe(all.length);
});
