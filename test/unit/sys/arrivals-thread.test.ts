// The native thread of the watch of arrivals, on a made-up connector and /proc.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { engineHelpers } from '../../../src/model/launchers.ts';
import { type ArrivalsThread, arrivalsThread, NOTE, NOTED } from '../../../src/sys/arrivals-thread.ts';
import { RECORD } from '../../../src/sys/scan-batch.ts';
import { FakeHost, type FakeProcess } from '../collectors/fake-host.ts';
import { change, closedAfter, eventOf, exec, exit, FakeConnector, fork } from '../live/arrivals-kit.ts';
import { INITIAL } from '../model/facts.ts';

const ELSEWHERE: FakeProcess = { comm: 'sleep', ns: { ...INITIAL, mnt: 9000 } };
const KINDS = new Map<number, string>(Object.entries(NOTE).map(([name, kind]) => [kind, name]));

interface Noted {
  readonly what: string;
  readonly pid: number;
  readonly value: number;
  readonly text: string;
}

interface Listening {
  readonly fake: FakeHost;
  readonly connector: FakeConnector;
  readonly thread: ArrivalsThread<unknown>;
}

/** @param after what is done after the test */
function listening(after = (thread: ArrivalsThread<unknown>) => void thread.stop()): Listening {
  const fake = new FakeHost();
  const connector = new FakeConnector();
  const { socket } = connector;
  const { procRoot } = fake.files;
  const thread = arrivalsThread({ socket, procRoot, own: INITIAL, helpers: engineHelpers() });
  if (!thread.ok) throw new Error(`${thread.path}: ${thread.errno}`);
  closedAfter(() => after(thread.value));
  return { fake, connector, thread: thread.value };
}

/** All that it noted until it was no longer behind. */
function drained(thread: ArrivalsThread<unknown>): Noted[] {
  const found: Noted[] = [];
  for (let isBehind = true; isBehind; ) {
    const { records, length, ...rest } = thread.drain();
    const { words, bytes } = records;
    for (let at = 0; at < length; at += words[at >> 2] ?? length) {
      const kind = words[(at >> 2) + NOTED.kind] ?? 0;
      const value = words[(at >> 2) + NOTED.value] ?? 0;
      const pid = words[(at >> 2) + RECORD.pid] ?? 0;
      const [from, upTo] = [at + NOTED.bytes, at + NOTED.bytes + Math.max(0, value)];
      const text = kind === NOTE.argv || kind === NOTE.innerPids ? bytes.toString('latin1', from, upTo) : '';
      found.push({ what: KINDS.get(kind) ?? 'look', pid, value, text });
    }
    isBehind = rest.isBehind;
  }
  return found;
}

const said = (notes: readonly Noted[]) => notes.map(({ what, pid }) => `${what} ${pid}`);

async function until<T>(found: () => T | undefined): Promise<T> {
  for (;;) {
    const value = found();
    if (value !== undefined) return value;
    await sleep(2);
  }
}

const argvIn = (notes: readonly Noted[]) => notes.find(({ what }) => what === 'argv');

describe('what is noted', () => {
  it.each<[string, Uint8Array, string[]]>([
    ['exec', exec(42), ['look 42', 'executed 42']],
    ['exec of who has gone', exec(43), ['executed 43']],
    ['exit', exit(42), ['ended 42']],
    ['a new session', eventOf(0x80, [42, 42]), ['look 42']],
    ['another name', change(42), ['look 42']],
    ['fork by who is nobody', fork(40, 42), []],
    ['exec of a thread', eventOf(2, [43, 42]), []],
    ['the end of a thread', eventOf(0x80000000, [43, 42]), []],
    ['another name of a thread', eventOf(0x200, [43, 42]), []],
    ['a change of user', eventOf(4, [42, 42]), []],
    ['another connector', eventOf(2, [42, 42], 5), []],
    ['half of an event', exec(42).subarray(0, 60), ['lost 0']],
    ['nothing', new Uint8Array(), ['lost 0']],
  ])('%s', (_name, datagram, expected) => {
    const { fake, connector, thread } = listening();
    fake.process(42, { comm: 'ls' });
    connector.send(datagram);
    expect(said(drained(thread))).toEqual(expected);
  });

  it('is that of the living, whatever else it is told', () => {
    const { fake, connector, thread } = listening();
    fake.process(42, { comm: 'ls' });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (noise) => {
        const sample = Uint8Array.from(exec(42));
        sample.set(noise.subarray(0, sample.length));
        connector.send(noise, sample, exec(42));
        expect(said(drained(thread)).slice(-1)).toEqual(['executed 42']);
      }),
    );
  });

  it('is much at times', () => {
    const { fake, connector, thread } = listening();
    const pids = Array.from({ length: 40 }, (_, index) => 100 + index);
    for (const pid of pids) fake.process(pid, { comm: 'ls', cgroup: `0::/${'x'.repeat(40_000)}${pid}\n` });
    connector.send(...pids.map(exec));
    const notes = said(drained(thread));
    expect(notes.filter((each) => each.startsWith('look'))).toEqual(pids.map((pid) => `look ${pid}`));
    expect(notes).not.toContain('lost 0');
  });

  it('is that something was lost when it is too much, and it goes on after that', () => {
    const { fake, connector, thread } = listening();
    const pids = Array.from({ length: 120 }, (_, index) => 100 + index);
    for (const pid of pids) fake.process(pid, { comm: 'ls', cgroup: `0::/${'x'.repeat(40_000)}${pid}\n` });
    connector.send(...pids.map(exec));
    expect(said(drained(thread))).toEqual(['lost 0']);
    connector.send(exec(100), exit(100));
    expect(said(drained(thread))).toEqual(['look 100', 'executed 100', 'ended 100']);
  });
});

describe('who is in namespaces of his own', () => {
  it('has its argv read', async () => {
    const { fake, connector, thread } = listening();
    fake.process(42, { ...ELSEWHERE, argv: ['sleep', '3'] });
    connector.send(exec(42));
    const argv = await until(() => argvIn(drained(thread)));
    expect(argv).toEqual({ what: 'argv', pid: 42, value: 8, text: 'sleep\x003\0' });
  });

  it.each<[string, FakeProcess, boolean]>([
    ['another pid namespace that may not be seen', { comm: 'a', nsPid: [43, 1], ns: {} }, true],
    ['another root', { comm: 'a', root: '/srv' }, true],
    ['a program that makes containers', { comm: 'conmon' }, true],
    ['such a program by the beginning of its name', { comm: 'docker-containe' }, true],
    ['a name that begins like one', { comm: 'runcible' }, false],
    ['nothing of its own', { comm: 'a' }, false],
  ])('so does who has %s: %o: %s', async (_name, about, isRead) => {
    const { fake, connector, thread } = listening();
    fake.process(42, about);
    if (about.ns !== undefined) for (const type of Object.keys(INITIAL)) fake.remove(`proc/42/ns/${type}`);
    fake.process(43, ELSEWHERE);
    // Argv of the newest is read first: when that of the other is there, so is this one's.
    connector.send(exec(43));
    await until(() => argvIn(drained(thread)));
    connector.send(exec(42), exec(43));
    const pids = new Set<number>();
    await until(() => {
      for (const { what, pid } of drained(thread)) if (what === 'argv') pids.add(pid);
      return pids.has(43) ? true : undefined;
    });
    expect(pids.has(42)).toBe(isRead);
  });

  it('is not waited for for long, where its memory is held back', async () => {
    const { fake, connector, thread } = listening();
    for (const pid of [42, 43, 44]) fake.process(pid, { ...ELSEWHERE, argv: ['sleep'] });
    // Nobody ever writes there.
    for (const pid of [42, 44]) {
      fake.remove(`proc/${pid}/cmdline`);
      execFileSync('mkfifo', [join(fake.directory, `proc/${pid}/cmdline`)]);
    }
    connector.send(exec(42), exec(43), exec(44));
    const found = new Map<number, number>();
    await until(() => {
      for (const { what, pid, value } of drained(thread)) if (what === 'argv') found.set(pid, value);
      return found.size === 3 ? true : undefined;
    });
    expect(found).toEqual(
      new Map([44, 43, 42].map((pid) => [pid, pid === 43 ? 6 : -constants.errno.ETIMEDOUT])),
    );
  });

  it.each([
    ['NSpid', 'Name:\ta\nPid:\t42\nPPid:\t1\nNSpid:\t42\t7\nThreads:\t1\n', '\nNSpid:\t42\t7'],
    ['Pid, on an old kernel', 'Name:\ta\nPid:\t42\nPPid:\t1\nThreads:\t1\n', '\nPid:\t42'],
    ['nothing', 'Name:\ta\n', ''],
  ])('has its inner pids noted: %s', (_name, status, expected) => {
    const { fake, connector, thread } = listening();
    fake.process(42, { comm: 'a', ns: { ...INITIAL, pid: 9001 } });
    fake.write('proc/42/status', status);
    connector.send(exec(42));
    const notes = drained(thread);
    expect(said(notes).slice(0, 2)).toEqual(['look 42', 'innerPids 42']);
    expect(notes[1]?.text).toBe(expected);
  });
});

/** Threads of ours with that name. */
const threadsCalled = (name: string) =>
  readdirSync('/proc/self/task').filter(
    (tid) => readFileSync(`/proc/self/task/${tid}/comm`, 'utf8') === `${name}\n`,
  );
const isThere = (name: string) => threadsCalled(name).length > 0;
/** How long they have been on a processor. */
const usedMs = (name: string) =>
  threadsCalled(name)
    .map((tid) => Number(readFileSync(`/proc/self/task/${tid}/schedstat`, 'utf8').split(' ')[0]) / 1e6)
    .reduce((sum, each) => sum + each, 0);

it('takes no more than a quarter of a processor, however much there is', async () => {
  const { fake, connector, thread } = listening();
  fake.process(42, ELSEWHERE);
  const start = performance.now();
  for (let sent = 0; performance.now() - start < 3000; sent += 1) {
    if (connector.offer(sent % 2 === 0 ? exec(42) : exit(42))) continue;
    drained(thread);
    await sleep(1);
  }
  // Half a second of each two.
  expect(usedMs('arrivals')).toBeGreaterThan(200);
  expect(usedMs('arrivals')).toBeLessThan(1200);
});

it('ends when it is told, once', async () => {
  const { thread } = listening(() => undefined);
  await until(() => (isThere('arrivals') ? true : undefined));
  expect(thread.stop()).toBe(true);
  expect(() => thread.stop()).toThrow('stopped before');
  expect(thread.drain().length).toBe(0);
  expect(isThere('arrivals')).toBe(false);
});
