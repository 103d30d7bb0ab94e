// Engines' files of a root that is not ours: links on the way lead where its processes would get.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HostDisk } from '../../src/sys/host-file.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';
import { Lab } from '../lab/index.ts';
import { descriptors } from './launch-kit.ts';

let lab: Lab;
let disk: HostDisk;
let name: string;

beforeAll(async () => {
  lab = await Lab.create();
  const { initPid } = await lab.chroot({ name: 'other-root' });
  disk = HostDisk.ofProcess(new KernelFiles(), initPid);
  const root = `/proc/${initPid}/root`;
  name = `porthole-test-${process.pid}`;
  mkdirSync(join(root, name, 'data'), { recursive: true });
  writeFileSync(join(root, name, 'data/state.json'), '{}');
  symlinkSync(`/${name}/data`, join(root, name, 'absolute'));
  symlinkSync('../../../../../data', join(root, name, 'upwards'));
  symlinkSync('data/state.json', join(root, name, 'last.json'));
  // Only we have this one.
  symlinkSync(lab.dir, join(root, name, 'ours'));
  writeFileSync(join(lab.dir, 'state.json'), 'not theirs');
});
afterAll(() => lab?.close());

it.each([
  ['an absolute link', 'absolute/state.json', { ok: true, value: '{}' }, true],
  ['a link that is too many levels up', 'upwards/state.json', { ok: false, why: 'absent' }, false],
  ['a link to what only we have', 'ours/state.json', { ok: false, why: 'absent' }, false],
  ['a last link', 'last.json', { ok: false, errno: 'ELOOP' }, true],
])('%s', (_, path, expected, exists) => {
  const before = descriptors();
  expect(disk.read(`/${name}/${path}`)).toMatchObject(expected);
  expect(disk.exists(`/${name}/${path}`)).toBe(exists);
  expect(descriptors()).toEqual(before);
});
