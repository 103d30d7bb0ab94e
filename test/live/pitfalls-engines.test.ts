// What engines leave inside their containers: the facts of docs/pitfalls.md about it. Nothing of Porthole runs here.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Lab } from '../lab/index.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.create();
});
afterAll(() => lab?.close());

const has = (pid: number, path: string) => existsSync(`/proc/${pid}/root${path}`);

it('docker has /.dockerenv, which docker export takes along, and no /run/.containerenv', async () => {
  const engine = await lab.docker();
  const { initPid } = await engine.run({ name: 'marked' });
  expect([has(initPid, '/.dockerenv'), has(initPid, '/run/.containerenv')]).toEqual([true, false]);
  const tar = join(lab.dir, 'exported.tar');
  execFileSync('docker', ['-H', `unix://${engine.socket}`, 'export', '-o', tar, 'marked']);
  const names = execFileSync('tar', ['-tf', tar], { encoding: 'utf8', maxBuffer: 2 ** 26 }).split('\n');
  expect(names).toContain('.dockerenv');
});

it('podman has /run/.containerenv, also in an image that docker left a /.dockerenv in', async () => {
  const { initPid } = await lab.podman({
    name: 'marked',
    cmd: ['/bin/sh', '-c', 'touch /.dockerenv; sleep 1000'],
  });
  expect(has(initPid, '/run/.containerenv')).toBe(true);
});
