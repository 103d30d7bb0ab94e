import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostnamesInside } from '../../../src/sys/uts.ts';
import { isRoot } from './scratch.ts';

const canUnshare = isRoot && spawnSync('unshare', ['-u', 'true']).status === 0;
const ownUts = () => readlinkSync('/proc/thread-self/ns/uts');

describe('hostnamesInside', () => {
  it('asks nothing when there is nothing to ask', () => {
    expect(hostnamesInside([])).toEqual([]);
  });

  it('names what cannot be entered, in the order given', () => {
    const [first, second] = hostnamesInside(['/proc/4194305/ns/uts', '/proc/self/status']);
    expect(first).toEqual({ ok: false, why: 'absent', path: '/proc/4194305/ns/uts', errno: 'ENOENT' });
    expect(second).toMatchObject({ ok: false, path: '/proc/self/status' });
  });
});

describe.skipIf(!canUnshare)('as root, in uts namespaces of others', () => {
  const names = ['porthole-unit-a', 'porthole-unit-b'];
  let children: ChildProcess[] = [];
  let paths: string[] = [];

  beforeAll(async () => {
    children = names.map((name) =>
      spawn(
        'unshare',
        [
          '-u',
          'sh',
          '-c',
          `hostname ${name} || echo ${name} > /proc/sys/kernel/hostname; echo ready; exec sleep 60`,
        ],
        {
          stdio: ['ignore', 'pipe', 'ignore'],
        },
      ),
    );
    await Promise.all(children.map(({ stdout }) => stdout && once(stdout, 'data')));
    paths = children.map(({ pid }) => `/proc/${pid}/ns/uts`);
  });

  afterAll(() => {
    for (const each of children) each.kill('SIGKILL');
  });

  it('gives the name of each, and comes back', () => {
    const before = { name: hostname(), uts: ownUts(), fds: readdirSync('/proc/self/fd').length };
    const [gone] = ['/proc/4194305/ns/uts'];
    const readings = hostnamesInside([paths[0] ?? '', gone ?? '', paths[1] ?? '']);
    expect(readings).toMatchObject([
      { ok: true, value: names[0] },
      { ok: false, why: 'absent' },
      { ok: true, value: names[1] },
    ]);
    expect({ name: hostname(), uts: ownUts(), fds: readdirSync('/proc/self/fd').length }).toEqual(before);
    expect(names).not.toContain(before.name);
  });

  it('asks more of them than files may be open', () => {
    const soft = (most: number) => {
      const { status } = spawnSync('prlimit', ['--pid', String(process.pid), `--nofile=${most}:`]);
      expect(status).toBe(0);
    };
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    const links = Array.from({ length: 200 }, (_, index) => paths[index % paths.length] ?? '');
    soft(readdirSync('/proc/self/fd').length + 60);
    try {
      const readings = hostnamesInside(links);
      expect(readings).toEqual(links.map((_, index) => ({ ok: true, value: names[index % names.length] })));
    } finally {
      soft(Number(limit));
    }
  });

  it('comes back also when the last one cannot be entered', () => {
    const before = { name: hostname(), uts: ownUts() };
    expect(hostnamesInside([paths[0] ?? '', '/proc/4194305/ns/uts']).map((each) => each.ok)).toEqual([
      true,
      false,
    ]);
    expect({ name: hostname(), uts: ownUts() }).toEqual(before);
  });
});
