// What a command that acts loads of Node besides what Node loads itself: who waits for it waits for that, too.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Lab, type LabContainer } from '../lab/index.ts';
import { porthole } from './porthole.ts';

/** Each takes a millisecond or more to load. */
const SLOW = ['child_process', 'crypto', 'perf_hooks', 'worker_threads', 'zlib'];
/** On a busy machine a command that starts another may need them after all, see src/launch/run.ts. */
const STREAMS = ['net', 'stream', 'tty'];

let lab: Lab;
let container: LabContainer;
beforeAll(async () => {
  lab = await Lab.create();
  container = await lab.unshare({ cgroup: await lab.cgroup(['freezer', 'pids'], 'loaded') });
});
afterAll(() => lab?.close());

it.each([
  [['attach'], ['--', 'true'], SLOW],
  [['freeze'], ['--', 'true'], SLOW],
  [['limit', '-q'], ['pids=5000'], [...SLOW, ...STREAMS]],
])('%s TARGET %s loads none of %s', async (before, after, slow) => {
  const list = join(lab.dir, 'loaded');
  const preload = join(lab.dir, 'preload.cjs');
  writeFileSync(
    preload,
    `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(list)}, process.moduleLoadList.join('\\n')));`,
  );
  const { status, stderr } = await porthole([...before, String(container.initPid), ...after], {
    env: { NODE_OPTIONS: `--require=${preload}`, XDG_STATE_HOME: lab.dir },
  });
  expect([status, stderr]).toEqual([0, '']);
  const loaded = readFileSync(list, 'utf8').split('\n');
  expect(loaded).toContain('NativeModule fs');
  expect(slow.filter((name) => loaded.includes(`NativeModule ${name}`))).toEqual([]);
});
