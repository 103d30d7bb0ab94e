// What the watch of arrivals makes of the process connector's events, on a made-up /proc.
import { describe, expect, it } from 'vitest';
import { known } from '../../../src/kernel/reading.ts';
import { type ArrivalsWatch, watchOn } from '../../../src/live/arrivals.ts';
import type { EndedProcess } from '../../../src/model/sample.ts';
import { FakeHost, type FakeProcess } from '../collectors/fake-host.ts';
import { INITIAL } from '../model/facts.ts';
import { change, closedAfter, exec, exit, FakeConnector, fork } from './arrivals-kit.ts';

const inside = (cgroup: string): FakeProcess => ({
  comm: 'sleep',
  cgroup: `0::${cgroup}\n`,
  ns: { ...INITIAL, mnt: 9000, pid: 9001 },
  nsPid: [3001, 1],
});

/** Drained after each turn, so that each is a batch of its own. */
class Watched {
  readonly fake = new FakeHost();
  readonly connector = new FakeConnector();
  readonly watch: ArrivalsWatch;

  constructor() {
    const watch = watchOn(this.fake.files, this.connector.socket, () => undefined);
    if (!watch.ok) throw new Error(`${watch.path}: ${watch.errno}`);
    this.watch = watch.value;
    closedAfter(() => this.watch.close());
  }

  tell(...datagrams: readonly Uint8Array[]) {
    this.connector.send(...datagrams);
    return this.watch.drain();
  }

  endOf(pid: number, status?: number): EndedProcess | undefined {
    return this.tell(exit(pid, status)).ended.find(({ facts }) => facts.pid === pid);
  }
}

describe('looks at what executed', () => {
  it('are told with its end, also of a parent outside all containers, however long before its child ended', () => {
    const watched = new Watched();
    watched.fake.process(3000, { comm: 'runc' });
    watched.fake.process(3001, { ...inside('/web'), ppid: 3000 });
    watched.fake.process(3002, { comm: 'ls' });
    const { executed, ended } = watched.tell(exec(3000), exec(3001), exec(3002));
    expect([...executed]).toEqual([3000, 3001, 3002]);
    expect(ended).toEqual([]);
    expect(watched.endOf(3001)?.facts).toMatchObject({ comm: 'sleep', nsPid: [3001, 1], ppid: 3000 });
    expect(watched.endOf(3000)?.facts.comm).toBe('runc');
    expect(watched.endOf(3002)).toBeUndefined();
  });

  it.each([
    [0x300, { exitCode: 3 }],
    [9, { exitSignal: 9 }],
  ])('are told with status %i, %o, and when that was', (status, expected) => {
    const watched = new Watched();
    watched.fake.process(3001, inside('/web'));
    watched.tell(exec(3001));
    const sinceMs = Date.now();
    const end = watched.endOf(3001, status);
    expect(end).toMatchObject(expected);
    expect(end?.exitedAtMs).toBeGreaterThanOrEqual(sinceMs - 1);
    expect(end?.exitedAtMs).toBeLessThanOrEqual(Date.now() + 1);
  });

  it('go on with the children of programs that make containers, and of nobody else', () => {
    const watched = new Watched();
    watched.fake.process(3000, { comm: 'containerd-shim-runc-v2'.slice(0, 15) });
    watched.fake.process(3001, { comm: 'sh' });
    for (const pid of [3010, 3011]) watched.fake.process(pid, inside('/web'));
    watched.tell(exec(3000), exec(3001));
    watched.tell(fork(3000, 3010), fork(3001, 3011));
    expect(watched.endOf(3010)?.facts.comm).toBe('sleep');
    expect(watched.endOf(3011)).toBeUndefined();
  });

  it('end where somebody renames himself over and over, until he executes something', () => {
    const watched = new Watched();
    const turn = (comm: string, event: Uint8Array) => {
      watched.fake.process(3001, { ...inside('/web'), comm });
      watched.tell(event);
    };
    turn('first', exec(3001));
    for (let times = 1; times <= 20; times += 1) turn(`name-${times}`, change(3001));
    turn('other', exec(3001));
    turn('renamed', change(3001));
    expect(watched.endOf(3001)?.facts.comm).toBe('renamed');
    turn('first', exec(3001));
    for (let times = 1; times <= 20; times += 1) turn(`name-${times}`, change(3001));
    expect(watched.endOf(3001)?.facts.comm).toBe('name-16');
  });

  it('of one that is ending do not hide what was seen before', () => {
    const watched = new Watched();
    watched.fake.process(3001, inside('/web'));
    watched.tell(exec(3001));
    watched.fake.process(3001, { comm: 'renamed', state: 'Z' });
    watched.tell(change(3001));
    const { comm, cgroup } = watched.endOf(3001)?.facts ?? {};
    expect([comm, known(cgroup)?.text]).toEqual(['renamed', '0::/web\n']);
  });

  it('are forgotten when events were lost', () => {
    const watched = new Watched();
    watched.fake.process(3001, inside('/web'));
    expect(watched.tell(exec(3001)).overflowed).toBe(false);
    expect(watched.tell(exec(3001).subarray(0, 50)).overflowed).toBe(true);
    const { ended, exited, overflowed } = watched.tell(exit(3001));
    expect({ ended, exited: [...exited], overflowed }).toEqual({
      ended: [],
      exited: [3001],
      overflowed: false,
    });
  });

  it('forget the cgroups of those that have ended', () => {
    const watched = new Watched();
    for (const pid of [3000, 3002]) watched.fake.process(pid, inside('/gone'));
    for (const pid of [3001, 3003]) watched.fake.process(pid, inside('/stays'));
    watched.tell(exec(3000), exec(3001));
    const gone = known(watched.endOf(3000)?.facts.cgroup);
    for (let pid = 4000; pid < 4020; pid += 1) {
      watched.fake.process(pid, inside(`/passing-${pid}`));
      watched.tell(exec(pid));
      watched.endOf(pid);
    }
    watched.tell(exec(3002), exec(3003));
    const [goneAnew, stays, staysAnew] = [3002, 3001, 3003].map((pid) =>
      known(watched.endOf(pid)?.facts.cgroup),
    );
    expect(goneAnew).toEqual(gone);
    expect(goneAnew).not.toBe(gone);
    expect(stays?.text).toBe('0::/stays\n');
    expect(staysAnew).toBe(stays);
  });
});
