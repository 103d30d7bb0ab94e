// What engines leave inside their containers: the facts of docs/pitfalls.md about it. Nothing of Porthole runs here.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parsePidCgroup } from '../../src/kernel/proc/cgroup.ts';
import { Lab } from '../lab/index.ts';
import { field, read } from './kernel-probe.ts';

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

it('conmon of podman sits in /libpod_parent/conmon in v1 resource controllers, and elsewhere in the other hierarchies', async () => {
  const { initPid } = await lab.podman({ name: 'monitored' });
  const conmon = field(initPid, 'PPid');
  expect(read(`/proc/${conmon}/comm`)).toBe('conmon\n');
  const inConmon = parsePidCgroup(read(`/proc/${conmon}/cgroup`))
    .filter(({ path }) => path === '/libpod_parent/conmon')
    .flatMap(({ controllers }) => controllers);
  expect(inConmon).toEqual(expect.arrayContaining(['memory', 'pids']));
  expect(inConmon).not.toContain('name=systemd');
});
