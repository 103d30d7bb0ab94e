// A container that may make cgroups nests them deeper than a stack and descriptors reach: it is frozen and killed all the same.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HeldCgroup } from '../../src/actions/cgroup/held-cgroup.ts';
import { membersOf } from '../../src/actions/cgroup/members.ts';
import { visitAll } from '../../src/actions/cgroup/walk.ts';
import { wishesBelow } from '../../src/actions/freeze/wishes.ts';
import type { Hierarchy } from '../../src/kernel/cgroup/hierarchy.ts';
import { hierarchyOf, Lab, type LabCgroup, type LabContainer } from '../lab/index.ts';
import { stateIn } from './freeze-kit.ts';
import { descriptors } from './launch-kit.ts';
import { porthole } from './porthole.ts';

const DEPTH = 2000;
/** Longer than a path may be: from one to the next by its name alone. */
const NEST = `
import os, sys
os.chdir(sys.argv[1])
for _ in range(${DEPTH}):
    os.mkdir('n')
    os.chdir('n')
open('cgroup.procs', 'w').write(sys.argv[2])
`;
const UNNEST = `
import os, sys
os.chdir(sys.argv[1])
depth = 0
while os.path.isdir('n'):
    os.chdir('n')
    depth += 1
for _ in range(depth):
    os.chdir('..')
    os.rmdir('n')
`;

let lab: Lab;
let own: LabCgroup;
let directory: string;
let container: LabContainer;
let deepest: number;
let freezer: Hierarchy;

beforeAll(async () => {
  lab = await Lab.create();
  const { mountPoint = '' } = hierarchyOf('freezer') ?? {};
  freezer = { version: 1, controllers: ['freezer'], mountPoint, root: '/' };
  own = await lab.cgroup(['freezer'], 'deep');
  directory = `${mountPoint}${own.path}`;
  container = await lab.unshare({ cgroup: own, flags: ['-pf', '--kill-child'] });
  const { pid } = await container.exec(['/bin/sleep', '1000000']);
  deepest = pid;
  // The init stays where it is: that is the container's cgroup.
  execFileSync('/usr/bin/python3', ['-c', NEST, directory, String(deepest)]);
});
afterAll(async () => {
  // Whatever came of the tests: the lab does not look so deep.
  writeFileSync(`${directory}/freezer.state`, 'THAWED');
  await container?.stop();
  execFileSync('/usr/bin/python3', ['-c', UNNEST, directory]);
  await lab?.close();
});

const isRunning = (pid: number) =>
  existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));

describe('2,000 cgroups, one in the other', () => {
  it('are all visited, with one held at a time', () => {
    const held = HeldCgroup.open(freezer, own.path);
    try {
      expect(membersOf(held)).toEqual(expect.arrayContaining([container.initPid, deepest]));
      expect(wishesBelow(held)).toEqual([]);
      const before = descriptors().length;
      const seen: [depth: number, descriptors: number][] = [];
      visitAll(held, ({ path }) => {
        const depth = path.slice(own.path.length).split('/').length - 1;
        if (depth % 500 === 0) seen.push([depth, descriptors().length - before]);
      });
      expect(seen).toEqual([
        [0, 0],
        [500, 1],
        [1000, 1],
        [1500, 1],
        [2000, 1],
      ]);
      expect(descriptors()).toHaveLength(before);
    } finally {
      held.close();
    }
  });

  it('are frozen, thawed and killed', async () => {
    const pid = String(container.initPid);
    const done = (args: string[]) => porthole(args).then(({ status, stderr }) => ({ status, stderr }));
    expect(await done(['freeze', pid])).toEqual({ status: 0, stderr: '' });
    expect(stateIn(directory)).toBe('FROZEN');
    expect(await done(['thaw', pid])).toEqual({ status: 0, stderr: '' });
    expect(stateIn(directory)).toBe('THAWED');
    expect(await done(['kill', pid, '--all', '-s', 'KILL', '--wait', '10s'])).toEqual({
      status: 0,
      stderr: '',
    });
    expect([container.initPid, deepest].filter(isRunning)).toEqual([]);
  });
});
