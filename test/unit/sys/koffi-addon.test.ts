import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';
import { afterAll, expect, it } from 'vitest';
import { koffiAddon } from '../../../src/sys/koffi-addon.ts';

const directory = mkdtempSync(join(tmpdir(), 'porthole-koffi-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const { version } = koffi;
const NAME = `node_modules/@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`;
const ADDON = fileURLToPath(new URL(`../../../${NAME}`, import.meta.url));

/** A program below a directory with packages. */
function installed(name: string, put: (addon: string) => void): string {
  const from = join(directory, name, 'node_modules/porthole/dist');
  mkdirSync(from, { recursive: true });
  const addon = join(directory, name, NAME);
  mkdirSync(dirname(addon), { recursive: true });
  put(addon);
  return from;
}

it('is found in the directories around, as Node finds packages, and calls what it is asked to', () => {
  const addon = koffiAddon(
    installed('around', (path) => cpSync(ADDON, path)),
    version,
  );
  expect(addon).toHaveProperty('version', version);
  const { load } = addon as unknown as typeof koffi;
  expect(load(null).func('int getpid()')()).toBe(process.pid);
});

it.each([
  ['of another version', (path: string) => cpSync(ADDON, path), '0.0.1'],
  ['that cannot be loaded', (path: string) => writeFileSync(path, 'no object'), version],
  ['that is not there', () => undefined, version],
] as const)('one %s is left to koffi', (name, put, wanted) => {
  expect(koffiAddon(installed(name, put), wanted)).toBeUndefined();
});

it.each([
  ['musl', '\x7fELF…/lib/ld-musl-x86_64.so.1\0'],
  ['nothing', '\x7fELF'],
])('where Node is linked with %s it is left to koffi', (libc, head) => {
  const node = join(directory, `node-${libc}`);
  writeFileSync(node, head);
  const from = installed(libc, (path) => cpSync(ADDON, path));
  expect(koffiAddon(from, version, node)).toBeUndefined();
  expect(koffiAddon(from, version, process.execPath)).toBeDefined();
});

it('Node says within the bytes that are looked at what it is linked with', () => {
  expect(readFileSync(process.execPath).indexOf('/ld-linux')).toBeLessThan(4096);
});
