// podman on fuse-overlayfs, as rootless ones are on old kernels: nothing in its mounts tells of layers.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Lab, type LabContainer } from '../lab/index.ts';
import { only, ps } from './porthole.ts';

const why =
  spawnSync('fuse-overlayfs', ['--version']).error === undefined ? '' : ' (skipped: no fuse-overlayfs)';
let lab: Lab;
let container: LabContainer;

beforeAll(async () => {
  if (why !== '') return;
  lab = await Lab.create();
  const engine = await lab.podmanEngine(['--storage-opt', 'overlay.mount_program=/usr/bin/fuse-overlayfs']);
  container = await engine.run({ name: 'on-fuse' });
});
afterAll(() => lab?.close());

it.skipIf(why !== '')(`its name and image are found by where its root was mounted${why}`, async () => {
  const { initPid, image } = container;
  expect(readFileSync(`/proc/${initPid}/mountinfo`, 'utf8')).toMatch(/ \/ \/ .* fuse\.fuse-overlayfs /);
  expect(only(await ps(), initPid)).toMatchObject({ runtime: 'podman', name: 'on-fuse', image });
});
