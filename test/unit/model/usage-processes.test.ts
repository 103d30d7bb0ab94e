// What a container without a cgroup of its own uses, by its processes.
import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/model/build.ts';
import type { LimitAt, ProcessFacts } from '../../../src/model/sample.ts';
import { counters, DENIED, HOST_PROCESSES, initFacts, proc, sampleOf } from './facts.ts';
import { at, cpu, GIB, SECOND } from './usage-kit.ts';

describe('a container without a cgroup of its own is measured by its processes', () => {
  const SESSION = '/user.slice/user-1000.slice/session-3.scope';
  const bare = (change: Partial<ProcessFacts>, more: readonly ProcessFacts[] = []) => [
    ...HOST_PROCESSES,
    { ...proc(1010, 510, 'sh', { cgroup: SESSION, ns: { pid: 9001 }, nsPid: [1010, 1] }), ...change },
    ...more,
  ];
  const child = (change: Partial<ProcessFacts>) => ({
    ...proc(1011, 1010, 'sleep', { cgroup: SESSION, ns: { pid: 9001 } }),
    ...change,
  });
  const bareContainer = (now: ReturnType<typeof sampleOf>, before?: ReturnType<typeof sampleOf>) => {
    const [found] = buildModel(now, before).containers;
    if (found === undefined) throw new Error('not found');
    return found;
  };
  /** What the collector gives for a cgroup that others are in: its limits count, its counters do not. */
  const shared = (limits: readonly LimitAt[]) =>
    new Map([
      [
        'proc:1010:1010',
        counters({
          cpu: cpu(undefined),
          cpuInode: undefined,
          ioInode: undefined,
          io: { readBytes: undefined, writeBytes: undefined },
          memory: { currentBytes: undefined, limits },
          pids: { current: undefined, limits: [at(SESSION, 77)] },
        }),
      ],
    ]);

  it('memory is the sum of resident sizes, and says so', () => {
    const found = bareContainer(sampleOf(bare({ rssPages: 100 }, [child({ rssPages: 50 })])));
    expect(found.memory).toMatchObject({
      accounting: 'processes',
      currentBytes: 150 * 4096,
      limitBytes: 'max',
    });
    expect(found.memory.workingSetBytes).toBeUndefined();
    expect(found.cgroup.own).toBe(false);
  });

  it('the limits of the cgroup it is in hold all the same', () => {
    const found = bareContainer(
      sampleOf(bare({}), { counters: shared([at(SESSION, 'max'), at('/user.slice', 2 * GIB)]) }),
    );
    expect(found.memory).toMatchObject({
      limitBytes: 'max',
      effectiveLimitBytes: 2 * GIB,
      limitedBy: '/user.slice',
    });
    expect([found.pidsLimit, found.effectivePidsLimit]).toEqual(['max', 77]);
  });

  it('tasks are counted with their threads, as pids.current does', () => {
    expect(bareContainer(sampleOf(bare({ threads: 4 }, [child({ threads: 3 })]))).pidsCount).toBe(7);
  });

  it('cpu is what those that live have used, and the ratio what they used since', () => {
    const before = sampleOf(bare({ utimeTicks: 100, stimeTicks: 20 }, [child({ utimeTicks: 10 })]));
    const now = sampleOf(bare({ utimeTicks: 150, stimeTicks: 20 }, [child({ utimeTicks: 60 })]), {
      clockUsec: 2 * SECOND,
    });
    expect(bareContainer(before).cpu).toEqual({ usageUsec: 1.3 * SECOND });
    // 100 ticks at 100 a second in 2 seconds.
    expect(bareContainer(now, before).cpu).toEqual({ usageUsec: 2.3 * SECOND, ratio: 0.5 });
  });

  it('a process that ended takes nothing away', () => {
    const before = sampleOf(bare({ utimeTicks: 100 }, [child({ utimeTicks: 1000 })]));
    const now = sampleOf(bare({ utimeTicks: 150 }), { clockUsec: SECOND });
    expect(bareContainer(now, before).cpu.ratio).toBe(0.5);
  });

  it('a pid that was used again counts from its start', () => {
    const before = sampleOf(bare({}, [child({ utimeTicks: 1000 })]));
    const now = sampleOf(bare({}, [child({ utimeTicks: 20, starttimeTicks: 5000 })]), { clockUsec: SECOND });
    expect(bareContainer(now, before).cpu.ratio).toBe(0.2);
  });

  it('io is what /proc/PID/io adds up to', () => {
    const look = (readBytes: number, readAtUsec: number, clockUsec: number) =>
      sampleOf(bare({}), {
        clockUsec,
        inits: new Map([
          ['proc:1010:1010', initFacts({ processIo: { readBytes, writeBytes: 0, readAtUsec } })],
        ]),
      });
    expect(bareContainer(look(5000, 2 * SECOND, 2 * SECOND), look(1000, 0, 0)).io).toEqual({
      readBytes: 5000,
      writeBytes: 0,
      readBytesPerSec: 2000,
      writeBytesPerSec: 0,
    });
    const denied = sampleOf(bare({}), {
      inits: new Map([['proc:1010:1010', initFacts({ processIo: DENIED })]]),
    });
    expect(bareContainer(denied).io).toEqual({ readBytes: DENIED, writeBytes: DENIED });
  });
});
