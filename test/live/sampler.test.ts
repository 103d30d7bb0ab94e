// A sampler that goes on: round after round it must say what a first look at the same moment says, at a fraction of its cost.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { known } from '../../src/kernel/reading.ts';
import { SampleTaker } from '../../src/live/take-sample.ts';
import { buildModel } from '../../src/model/build.ts';
import type { Container, HostModel } from '../../src/model/host-model.ts';
import type { Sample } from '../../src/model/sample.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';
import { Lab, type LabCgroup, type LabContainer, waitFor } from '../lab/index.ts';

const MEBI = 1024 * 1024;
let lab: Lab;
let engine: LabContainer;
let bare: LabContainer;
let limited: LabCgroup;
let taker: SampleTaker;
let previous: Sample | undefined;

async function round(): Promise<HostModel> {
  const sample = await taker.take();
  const model = buildModel(sample, previous);
  previous = sample;
  return model;
}

/** A look by somebody who knows nothing yet. */
async function firstLook(): Promise<HostModel> {
  return buildModel(await new SampleTaker(new KernelFiles()).take());
}

/** What does not move by itself, of this test's own containers: others come and go on this host meanwhile. */
function ours({ containers }: HostModel, pids: readonly number[]) {
  return containers
    .filter((each) => pids.includes(each.initPid))
    .map((each) => ({
      ...each,
      cpu: { limitCores: each.cpu.limitCores },
      memory: {
        limit: each.memory.limitBytes,
        effective: each.memory.effectiveLimitBytes,
        by: each.memory.limitedBy,
      },
      io: undefined,
      pressure: undefined,
      net: undefined,
      // Two looks find two boot times, some milliseconds apart.
      startedAt: undefined,
    }));
}

/** Rounds until one says what a first look says. */
async function agree(pids: readonly number[], what: string): Promise<void> {
  let [theirs, mine]: [unknown, unknown] = [undefined, undefined];
  await waitFor(
    async () => {
      mine = ours(await round(), pids);
      theirs = ours(await firstLook(), pids);
      return JSON.stringify(mine) === JSON.stringify(theirs);
    },
    () => `${what}: ${JSON.stringify({ mine, theirs })}`,
    30_000,
  );
}

const one = ({ containers }: HostModel, initPid: number): Container => {
  const found = containers.find((each) => each.initPid === initPid);
  if (found === undefined) throw new Error(`no container of pid ${initPid}`);
  return found;
};

beforeAll(async () => {
  lab = await Lab.create();
  limited = await lab.cgroup(['memory', 'pids', 'cpu', 'cpuacct', 'blkio', 'freezer', 'unified'], 'limited', {
    'memory.limit_in_bytes': String(64 * MEBI),
  });
  engine = await lab.runc({ name: 'in-engine', cgroupsPath: `${limited.path}/in-engine` });
  bare = await lab.unshare({ name: 'bare', cgroup: limited });
  taker = new SampleTaker(new KernelFiles(), { repeats: true });
  await round();
});
afterAll(async () => {
  await taker?.close();
  await lab?.close();
});

describe('round after round it says what a first look says', () => {
  it('while nothing happens: and a container that stands still is the very same object', async () => {
    await agree([engine.initPid, bare.initPid], 'at rest');
    let before = one(await round(), engine.initPid);
    await waitFor(
      async () => {
        const now = one(await round(), engine.initPid);
        const isSame = now === before;
        before = now;
        return isSame;
      },
      'the sleeping container to be the same object twice',
      20_000,
    );
    expect(before).toMatchObject({ cpu: { ratio: 0 }, io: { readBytesPerSec: 0 } });
  });

  it('a container that starts is there in the next round', async () => {
    const late = await lab.runc({ name: 'late', cgroupsPath: `${limited.path}/late` });
    expect(one(await round(), late.initPid)).toMatchObject({ name: 'late', runtime: 'runc' });
    await agree([late.initPid], 'started late');
    await late.stop();
    // Whoever is its parent now may take a moment to reap it.
    await agree([late.initPid], 'ended');
    await waitFor(
      async () => !(await round()).containers.some(({ initPid }) => initPid === late.initPid),
      'it to be gone',
    );
  });

  it('a limit that is changed, and one above it', async () => {
    limited.set('memory.limit_in_bytes', String(32 * MEBI));
    await agree([engine.initPid, bare.initPid], 'limit changed');
    const { memory } = one(await round(), engine.initPid);
    expect(memory).toMatchObject({
      limitBytes: 'max',
      effectiveLimitBytes: 32 * MEBI,
      limitedBy: limited.path,
    });
  });

  it('a freeze and a thaw, in the very next round', async () => {
    await engine.pause?.();
    expect(one(await round(), engine.initPid).state).toBe('frozen');
    await agree([engine.initPid], 'frozen');
    await engine.resume?.();
    expect(one(await round(), engine.initPid).state).toBe('running');
  });

  it('a process that comes in', async () => {
    const guest = await engine.exec(['/bin/sleep', '1000001']);
    expect(one(await round(), engine.initPid).pids).toContain(guest.pid);
    await guest.stop();
    await waitFor(async () => !one(await round(), engine.initPid).pids.includes(guest.pid), 'it to be gone');
  });

  it('an old process that is moved to another cgroup', async () => {
    const elsewhere = await lab.cgroup(['memory', 'pids', 'cpuacct'], 'elsewhere', {
      'memory.limit_in_bytes': String(16 * MEBI),
    });
    const { commandPid, launcherPid = commandPid } = bare;
    await agree([bare.initPid], 'before the move');
    for (const pid of new Set([bare.initPid, commandPid, launcherPid])) elsewhere.add(pid);
    await agree([bare.initPid], 'moved');
    expect(one(await round(), bare.initPid).memory.effectiveLimitBytes).toBe(16 * MEBI);
  });

  it('an old process that makes namespaces of its own, with no fork and no exec', async () => {
    // unshare(CLONE_NEWUTS | CLONE_NEWNET)
    const script = '$SIG{USR1} = sub { syscall(272, 0x44000000) }; sleep 1 while 1';
    const perl = await lab.unshare({
      name: 'changes',
      flags: ['-pf'],
      cmd: ['perl', '-e', script],
    });
    await agree([perl.initPid], 'before');
    const uts = readlinkSync(`/proc/${perl.initPid}/ns/uts`);
    process.kill(perl.commandPid, 'SIGUSR1');
    await waitFor(() => readlinkSync(`/proc/${perl.initPid}/ns/uts`) !== uts, 'unshare(2)');
    await agree([perl.initPid], 'after');
    expect(known(one(await round(), perl.initPid).privateNamespaces)).toEqual(
      expect.arrayContaining(['uts', 'net']),
    );
  });
});

describe('rates', () => {
  it('of a cgroup that was removed and made again under its name are never negative or wild', async () => {
    const cgroup = await lab.cgroup(['cpu', 'cpuacct', 'memory', 'blkio', 'pids'], 'again');
    for (let times = 0; times < 4; times += 1) {
      const loops = await lab.unshare({
        flags: ['-pf'],
        cgroup,
        cmd: ['/bin/sh', '-c', 'while :; do :; done'],
      });
      await waitFor(
        async () => (one(await round(), loops.initPid).cpu.ratio ?? 0) > 0,
        'it to use the processor',
        20_000,
      );
      await loops.stop();
      cgroup.remove();
      await lab.cgroup(['cpu', 'cpuacct', 'memory', 'blkio', 'pids'], 'again');
      const next = await lab.unshare({ flags: ['-pf'], cgroup });
      for (let rounds = 0; rounds < 3; rounds += 1) {
        const { cpu } = one(await round(), next.initPid);
        // 100 ms of start-up at most, and never more than all processors.
        expect(cpu.ratio ?? 0).toBeGreaterThanOrEqual(0);
        expect(cpu.ratio ?? 0).toBeLessThanOrEqual(8);
      }
      await next.stop();
    }
  });

  it('and counters are those of the files', async () => {
    const loops = await lab.runc({
      name: 'loops',
      cgroupsPath: `${limited.path}/loops`,
      cmd: ['/bin/sh', '-c', 'while :; do :; done'],
    });
    await round();
    const file = `${limited.dirs['cpuacct']}/loops/cpuacct.usage`;
    for (let rounds = 0; rounds < 5; rounds += 1) {
      const before = Number(readFileSync(file, 'utf8')) / 1000;
      const { usageUsec } = one(await round(), loops.initPid).cpu;
      const after = Number(readFileSync(file, 'utf8')) / 1000;
      expect(usageUsec).toBeGreaterThanOrEqual(Math.floor(before));
      expect(usageUsec).toBeLessThanOrEqual(Math.ceil(after));
    }
    await loops.stop();
  });
});

describe('descriptors', () => {
  const links = () =>
    readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return ''; // the descriptor of this very listing
      }
    });
  const cgroupFiles = () => links().filter((link) => link.startsWith('/sys/fs/cgroup/')).length;

  it('are kept for what is there, given back for what is gone, and all given back at the end', async () => {
    const before = cgroupFiles();
    const other = new SampleTaker(new KernelFiles(), { repeats: true });
    await other.take();
    await other.take();
    expect(cgroupFiles()).toBeGreaterThan(before + 10);
    const short = await lab.runc({ name: 'short', cgroupsPath: `${limited.path}/short` });
    await other.take();
    expect(links().filter((link) => link.includes('/short/')).length).toBeGreaterThan(10);
    await short.stop();
    await waitFor(async () => {
      await other.take();
      return !links().some((link) => link.includes('/short/'));
    }, 'its files to be closed');
    await other.close();
    expect(cgroupFiles()).toBe(before);
  });

  it('kept open do not keep a cgroup or a network namespace', async () => {
    const short = await lab.runc({ name: 'vanishes', cgroupsPath: `${limited.path}/vanishes` });
    await round();
    await round();
    const directory = `${limited.dirs['memory']}/vanishes`;
    expect(readdirSync(directory)).toContain('memory.stat');
    await short.stop();
    expect(() => readdirSync(directory)).toThrow('ENOENT');
    expect(
      links().filter((link) => /^\/proc\/\d+\/net/.test(link) || /^(?:net|mnt|uts):\[/.test(link)),
    ).toEqual([]);
  });
});
