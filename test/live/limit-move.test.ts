// limit --move: a cgroup of its own for a container in one of others.
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Lab, removeWhenEmpty } from '../lab/index.ts';
import { schemaErrors } from '../schema.ts';
import { cgroupOf, kernelFile, LimitKit } from './limit-kit.ts';

let lab: Lab;
const kit = new LimitKit();
beforeAll(async () => {
  lab = await Lab.create();
});
afterAll(async () => {
  kit.remove();
  await lab?.close();
});

it('who else would be hit, without a cgroup of its own; --move makes one', async () => {
  const container = await lab.unshare({ name: 'lc-nowhere' });
  const refused = await kit.run(container.initPid, ['pids=50']);
  expect(refused.status).toBe(4);
  expect(refused.stderr).toMatch(
    /no cgroup of its own: it is in \/ of pids, so that \d+ other processes would be hit: .*--move/,
  );
  // What cannot be done after the move moves nobody.
  const pids = cgroupOf(container.initPid, 'pids');
  const memory = cgroupOf(container.initPid, 'memory');
  const after = await kit.run(container.initPid, ['pids=50', 'memory-high=1G', '--move']);
  expect(after.status, after.stderr).toBe(4);
  expect(after.stderr).toMatch(/v1 has no such limit.*nothing was changed/);
  for (const [controller, was] of [
    ['pids', pids],
    ['memory', memory],
  ] as const) {
    expect(cgroupOf(container.initPid, controller)).toBe(was);
    expect(existsSync(`${was}/porthole-${container.initPid}`)).toBe(false);
  }
  const made = `/porthole-${container.initPid}`;
  const dry = await kit.run(container.initPid, ['pids=50', '--move', '--dry-run']);
  expect([dry.status, dry.stderr]).toEqual([0, '']);
  expect(dry.stdout).toBe(
    `1 process would be moved from / to ${made}, a cgroup made for it\nthen pids=50 for that\n`,
  );
  const document = JSON.parse(
    (await kit.run(container.initPid, ['pids=50', '--move', '--dry-run', '--json'])).stdout,
  );
  expect(schemaErrors('limit', document)).toEqual([]);
  expect(document).toMatchObject({
    dryRun: true,
    moves: [{ from: '/', to: made, pids: [container.initPid] }],
    changes: [],
  });
  expect([cgroupOf(container.initPid, 'pids'), existsSync(`${pids}${made}`)]).toEqual([pids, false]);
  const set = await kit.run(container.initPid, ['pids=50', '--move']);
  expect([set.status, set.stderr]).toEqual([
    0,
    expect.stringContaining(`1 process was moved from / to ${made}`),
  ]);
  expect(kernelFile(container.initPid, 'pids.max')).toBe('50');
  const directory = cgroupOf(container.initPid, 'pids');
  expect(directory).toMatch(/porthole-\d+$/);

  // It stays as long as somebody is in it; the next move removes what nobody is in any more.
  const other = await lab.unshare({ name: 'lc-elsewhere' });
  await kit.set(other.initPid, ['pids=50', '--move']);
  expect(cgroupOf(container.initPid, 'pids')).toBe(directory);
  await container.stop();
  await lab.waitFor(() => readFileSync(`${directory}/cgroup.procs`, 'utf8') === '', 'its end');
  const third = await lab.unshare({ name: 'lc-third' });
  await kit.set(third.initPid, ['pids=50', '--move']);
  expect(existsSync(directory)).toBe(false);
  const left = [other, third].map(({ initPid }) => cgroupOf(initPid, 'pids'));
  await other.stop();
  await third.stop();
  for (const each of left) await removeWhenEmpty(each);
});
