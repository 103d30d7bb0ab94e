// What a sampler concludes instead of reading it: against the kernel's own files, right before and right after each round.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { known } from '../../src/kernel/reading.ts';
import { SampleTaker } from '../../src/live/take-sample.ts';
import { buildModel } from '../../src/model/build.ts';
import type { CgroupCounters, Sample } from '../../src/model/sample.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';
import { waitFor } from '../lab/index.ts';
import { type Load, startHost } from '../load/load.ts';

const CONTAINERS = 12;
const ROUNDS = 60;
/** Everything is watched, and nothing moves any more. */
const SETTLING_ROUNDS = 4;
const MEBI = 1024 * 1024;

let load: Load;
let taker: SampleTaker;
let last: Sample;

/** Where its directory is in the hierarchy of a controller. */
const directory = (controller: string, id: string) => {
  const parent = load.cgroups.find((path) => path.startsWith(`/sys/fs/cgroup/${controller}/`));
  if (parent === undefined) throw new Error(`no ${controller} among ${load.cgroups.join(' ')}`);
  return `${parent}/docker${id === '' ? '' : `/${id}`}`;
};
const ids = () => load.containers.map(({ id }) => id);
const isLegacy = () => load.cgroups.some((path) => path.startsWith('/sys/fs/cgroup/cpuacct/'));

async function round(): Promise<Sample> {
  last = await taker.take();
  return last;
}

function counters(id: string): CgroupCounters {
  const found = last.counters.get(id) ?? [...last.counters].find(([key]) => key.includes(id))?.[1];
  if (found === undefined) throw new Error(`no counters of ${id}`);
  return found;
}

const usageUsec = (id: string) => Number(readFileSync(`${directory('cpuacct', id)}/cpuacct.usage`)) / 1000;
const initPid = (id: string) => load.containers.find((each) => each.id === id)?.initPid;
const frozen = () => ids().filter((id) => counters(id).freezer.state === 'frozen');

/** The kernel tells of cgroup.events a moment after it has changed. */
function saysSo(whom: readonly string[]): Promise<unknown> {
  return waitFor(
    async () => {
      await round();
      return frozen().join() === whom.join();
    },
    () => `a round to say that ${whom.length} are frozen, not ${frozen().length}`,
    1000,
  );
}

/** In its cgroup, for some milliseconds: it ends by itself. */
function burn(id: string, turns: number): Promise<unknown> {
  const script = `echo $$ > ${directory('cpuacct', id)}/cgroup.procs; for ((i = 0; i < ${turns}; i++)); do :; done`;
  return promisify(execFile)('bash', ['-c', script]);
}

beforeAll(async () => {
  load = await startHost({ processes: 2 * CONTAINERS, containers: CONTAINERS });
  taker = new SampleTaker(new KernelFiles(), { repeats: true });
  for (let rounds = 0; rounds < SETTLING_ROUNDS; rounds += 1) await round();
});

afterAll(async () => {
  await taker?.close();
  await load?.stop();
});

describe.runIf(execFileSync('stat', ['-fc', '%T', '/sys/fs/cgroup'], { encoding: 'utf8' }) === 'tmpfs\n')(
  'a round says what the kernel says',
  () => {
    it('of processor time: whoever runs, whenever', async () => {
      expect(isLegacy()).toBe(true);
      const start = ids().map(usageUsec);
      const burning: Promise<unknown>[] = [];
      for (let rounds = 0; rounds < ROUNDS; rounds += 1) {
        const id = ids()[(Math.floor(rounds / 3) * 5) % CONTAINERS] ?? '';
        // Of three rounds, one in which somebody runs, one in which he may still, and one in which nobody does.
        if (rounds % 3 === 0) burning.push(burn(id, rounds * 40));
        if (rounds % 3 === 2) await Promise.all(burning.splice(0));
        const before = ids().map(usageUsec);
        await round();
        const after = ids().map(usageUsec);
        for (const [at, each] of ids().entries()) {
          const usec = Number(known(counters(each).cpu.usageUsec));
          // Ours are whole microseconds.
          expect(usec, `${each} in round ${rounds}`).toBeGreaterThanOrEqual((before[at] ?? 0) - 1);
          expect(usec, `${each} in round ${rounds}`).toBeLessThanOrEqual((after[at] ?? 0) + 1);
        }
      }
      await Promise.all(burning);
      expect(ids().filter((id, at) => usageUsec(id) > (start[at] ?? 0))).toHaveLength(CONTAINERS);
    });

    it('of the share of a processor: since the last round, however long it stood still before', async () => {
      const [id = ''] = ids();
      for (let rounds = 0; rounds < 30; rounds += 1) await round();
      const [before, usedBefore] = [last, usageUsec(id)];
      await burn(id, 20_000);
      const model = buildModel(await round(), before);
      const used = usageUsec(id) - usedBefore;
      const ratio = model.containers.find((each) => each.initPid === initPid(id))?.cpu.ratio ?? 0;
      const share = used / (last.clockUsec - before.clockUsec);
      expect(share).toBeGreaterThan(0.01);
      expect(ratio / share).toBeGreaterThan(0.8);
      expect(ratio / share).toBeLessThan(1.2);
    });

    it.each([
      ['v1', 'freezer', 'freezer.state', 'FROZEN', 'THAWED', 'freezer.state', /^FROZEN$/m],
      ['v2', 'unified', 'cgroup.freeze', '1', '0', 'cgroup.events', /^frozen 1$/m],
    ])('of who is frozen by somebody else: %s', async (_, controller, file, freeze, thaw, seen, said) => {
      const isFrozen = (id: string) =>
        said.test(readFileSync(`${directory(controller, id)}/${seen}`, 'latin1'));
      const [, one = ''] = ids();
      for (const [where, whom] of [
        [one, [one]],
        ['', ids()],
      ] as const) {
        writeFileSync(`${directory(controller, where)}/${file}`, freeze);
        try {
          await waitFor(() => whom.every(isFrozen), 'it to be frozen');
          await saysSo(whom);
        } finally {
          writeFileSync(`${directory(controller, where)}/${file}`, thaw);
        }
        await waitFor(() => !whom.some(isFrozen), 'it to thaw');
        await saysSo([]);
      }
    });

    it('of limits that somebody sets, at once', async () => {
      const [, , id = ''] = ids();
      writeFileSync(`${directory('pids', id)}/pids.max`, '77');
      writeFileSync(`${directory('memory', id)}/memory.limit_in_bytes`, String(64 * MEBI));
      writeFileSync(`${directory('cpu', id)}/cpu.cfs_quota_us`, '50000');
      await round();
      const { pids, memory, cpu } = counters(id);
      expect(pids.limits[0]?.limit).toBe(77);
      expect(memory.limits[0]?.limit).toBe(64 * MEBI);
      expect(cpu.quota).toMatchObject({ quotaUsec: 50_000 });
    });
  },
);
