import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../src/live/feed.ts';
import type { Container, HostModel } from '../../../src/model/host-model.ts';
import { sparkline } from '../../../tui/chart/bars.ts';
import { METRICS } from '../../../tui/history/figures.ts';
import { History, type Metric, SPAN } from '../../../tui/history.ts';
import { withFrame } from '../../../tui/update.ts';
import { container, frame, memoryOf, NOW_MS } from './fabricate.ts';
import { emptyState, SMALL } from './screen-text.ts';

const NONE = Number.NaN;
const SECOND = 1000;

function at(seconds: number, containers: readonly Container[], changes: Partial<HostModel> = {}): Frame {
  return frame(containers, { ...changes, takenAtMs: NOW_MS + seconds * SECOND });
}

function cpu(ratio: number): Container {
  return container('db', { cpu: { usageUsec: 1, ratio } });
}

/** Each entry: at which second, and what is there. */
function watched(...samples: readonly (readonly [seconds: number, ...containers: Container[]])[]): History {
  const history = new History();
  for (const [seconds, ...containers] of samples) history.add(at(seconds, containers));
  return history;
}

const KEY = 'docker/db';

it('peaks make the sparkline that all samples make', () => {
  const samples = fc.array(
    fc.tuple(
      fc.constantFrom(1, 1, 1, 5, 70),
      fc.constantFrom<number | 'same' | 'gone'>('same', 'gone', 0, 0.3, 0.9, 2),
    ),
    {
      maxLength: 100,
    },
  );
  fc.assert(
    fc.property(
      samples,
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 1, max: 12 }),
      (all, last, width) => {
        const history = new History();
        let seconds = 0;
        let containers: readonly Container[] = [cpu(1)];
        for (const [step, ratio] of all) {
          seconds += step;
          if (ratio === 'gone') containers = [];
          else if (ratio !== 'same') containers = [cpu(ratio)];
          history.add(at(seconds, containers));
        }
        const drawn = (values: readonly number[]) => sparkline(values, width, { max: 1, unicode: true });
        expect(drawn(history.peaks(KEY, 'cpu', last, width))).toBe(drawn(history.series(KEY, 'cpu', last)));
        expect(history.series(KEY, 'cpu', last)).toEqual(history.series(KEY, 'cpu').slice(-last));
      },
    ),
  );
});

describe('a series', () => {
  it.each<[string, History, readonly number[]]>([
    ['is empty before the first sample', new History(), []],
    ['is oldest first', watched([0, cpu(1)], [1, cpu(2)], [2, cpu(3)]), [1, 2, 3]],
    ['takes a sample once', watched([0, cpu(1)], [1, cpu(2)], [1, cpu(2)]), [1, 2]],
    ['does not know what was before a container came', watched([0], [1], [2, cpu(3)]), [NONE, NONE, 3]],
    ['does not know a container that is away', watched([0, cpu(1)], [1], [2, cpu(3)]), [1, NONE, 3]],
    ['ends with one that ended', watched([0, cpu(1)], [1], [2]), [1, NONE, NONE]],
    ['of nobody is unknown', watched([0], [1]), [NONE, NONE]],
    [
      'is interrupted by a pause',
      watched([0, cpu(1)], [1, cpu(2)], [6, cpu(3)]),
      [1, 2, NONE, NONE, NONE, NONE, 3],
    ],
    ['bears a late sample', watched([0, cpu(1)], [1, cpu(2)], [4, cpu(3)]), [1, 2, 3]],
    [
      'takes a longer interval for one when it comes again',
      watched([0, cpu(1)], [1, cpu(2)], [6, cpu(3)], [11, cpu(4)], [16, cpu(5)]),
      [1, 2, NONE, NONE, NONE, NONE, 3, 4, 5],
    ],
    [
      'is not interrupted by samples asked for in between',
      watched([0, cpu(1)], [1, cpu(2)], [1.1, cpu(3)], [1.2, cpu(4)], [2, cpu(5)]),
      [1, 2, 3, 4, 5],
    ],
    ['begins anew when time goes back', watched([0, cpu(1)], [1, cpu(2)], [-60, cpu(3)], [-59]), [3, NONE]],
  ])('%s', (_name, history, expected) => {
    expect(history.series(KEY, 'cpu')).toEqual(expected);
    expect(history.times().length).toBe(expected.length);
  });

  it('keeps the last samples, also after many, and over an hour of pause', () => {
    const history = new History();
    for (let i = 0; i < 3 * SPAN; i += 1) history.add(at(i, [cpu(i)]));
    expect(history.series(KEY, 'cpu')).toEqual(Array.from({ length: SPAN }, (_, i) => 2 * SPAN + i));
    history.add(at(4000, [cpu(7)]));
    expect(history.series(KEY, 'cpu')).toEqual([...Array(SPAN - 1).fill(NONE), 7]);
    expect(history.times().at(-1)).toBe(NOW_MS + 4000 * SECOND);
  });

  it('is the same array for the host and the containers that were looked at last, and kept of no others', () => {
    const names = ['a', 'b', 'c', 'd'];
    const history = watched([0, ...names.map((name) => container(name))]);
    const read = (name: string) => history.series(`docker/${name}`, 'cpu');
    const [a, b] = ['a', 'b'].map(read);
    expect([read('a'), read('b')]).toEqual([a, b]);
    expect(read('a')).toBe(a);
    history.hostSeries('cpu');
    read('c');
    expect(read('a')).toBe(a);
    read('d');
    expect(read('a')).toBe(a);
    expect(read('b')).not.toBe(b);
  });

  it('is the same array until the next sample', () => {
    const history = watched([0, cpu(1)]);
    const before = history.series(KEY, 'cpu');
    history.add(at(0, [cpu(9)]));
    expect(history.series(KEY, 'cpu')).toBe(before);
    history.add(at(1, [cpu(2)]));
    expect(history.series(KEY, 'cpu')).not.toBe(before);
  });

  const denied = { unknown: 'denied', path: '/sys/fs/cgroup/x', errno: 'EACCES' } as const;
  const busy = container('db', {
    cpu: { usageUsec: 1, ratio: 1.5, throttledRatio: 0.25 },
    memory: { ...memoryOf(64, 128), currentBytes: 999, anonBytes: 40, fileBytes: 20 },
    io: { readBytes: 1, writeBytes: 1, readBytesPerSec: 11, writeBytesPerSec: 12 },
    net: { rxBytes: 1, txBytes: 1, rxBytesPerSec: 13, txBytesPerSec: 14 },
    pressure: { cpu: { someAvg10: 1 }, memory: { someAvg10: 2 }, io: { someAvg10: 3 } },
    pidsCount: 5n,
  });
  const closed = container('db', {
    cpu: { usageUsec: denied },
    memory: { accounting: 'cgroup', currentBytes: denied, limitBytes: 'max', effectiveLimitBytes: 'max' },
    io: { readBytes: denied, writeBytes: denied },
    net: denied,
    pressure: denied,
    pidsCount: denied,
  });

  it.each<[Metric, number]>([
    ['cpu', 1.5],
    ['throttled', 0.25],
    ['mem', 64 * 1024 ** 2],
    ['anon', 40],
    ['file', 20],
    ['read', 11],
    ['write', 12],
    ['rx', 13],
    ['tx', 14],
    ['psi-cpu', 1],
    ['psi-mem', 2],
    ['psi-io', 3],
    ['pids', 5],
  ])('of %s has its figure, and NaN where that is denied', (metric, value) => {
    expect(watched([0, busy], [1, closed]).series(KEY, metric)).toEqual([value, NONE]);
  });

  it('is there for the host', () => {
    const history = new History();
    const average = { avg10: 4, avg60: 0, avg300: 0, totalUsec: 0 };
    const first = at(0, [], { hostCpuRatio: 0.5 });
    const pressure = { cpu: { some: average }, memory: { some: average }, io: { some: average } };
    history.add({ ...first, model: { ...first.model, host: { ...first.model.host, pressure } } });
    history.add(at(1, [], { hostCpuRatio: 0.25 }));
    expect(history.hostSeries('cpu')).toEqual([0.5, 0.25]);
    expect(history.hostSeries('memUsed')).toEqual([11 * 1024 ** 3, 11 * 1024 ** 3]);
    for (const metric of ['psi-cpu', 'psi-mem', 'psi-io'] as const)
      expect(history.hostSeries(metric)).toEqual([4, NONE]);
  });
});

describe('the past', () => {
  const killed = (oomKills: number, changes: Partial<Container> = {}) =>
    container('db', { memory: { ...memoryOf(64, 128), oomKills }, ...changes });
  const unknown = container('db', {
    memory: { accounting: 'processes', currentBytes: 1, limitBytes: 'max', effectiveLimitBytes: 'max' },
  });
  const restarted = (seconds: number, changes: Partial<Container> = {}) =>
    container('db', {
      initPid: 20_000 + seconds,
      startedAt: new Date(NOW_MS + seconds * SECOND).toISOString(),
      ...changes,
    });
  const frozen = container('db', { state: 'frozen' });
  const ms = (seconds: number) => NOW_MS + seconds * SECOND;

  it.each([
    [
      'tells kills before from kills since',
      watched([0, killed(5)], [1, killed(5)], [2, killed(7)]),
      { oomKillsBefore: 5, oomKillsSince: 2, lastOomMs: ms(2) },
    ],
    [
      'counts on when the cgroup was made anew',
      watched([0, killed(5)], [1, killed(2)]),
      { oomKillsBefore: 5, oomKillsSince: 2, lastOomMs: ms(1) },
    ],
    [
      'knows of no kills where there is no count',
      watched([0, unknown]),
      { oomKillsBefore: undefined, oomKillsSince: 0 },
    ],
    [
      'takes the count for kills before when it comes late',
      watched([0, unknown], [1, killed(3)]),
      { oomKillsBefore: 3, oomKillsSince: 0 },
    ],
    [
      'saw all kills of what started while watching',
      watched([0], [2, restarted(1, { memory: killed(1).memory })]),
      { oomKillsBefore: 0, oomKillsSince: 1, lastOomMs: ms(2) },
    ],
    [
      'counts restarts',
      watched([0, container('db')], [5, restarted(4)], [6, restarted(4)], [9, restarted(8)]),
      { restarts: 2, lastRestartMs: ms(9) },
    ],
    [
      'of a restart with samples in between',
      watched([0, container('db')], [1], [2], [3, restarted(2)]),
      { restarts: 1, lastRestartMs: ms(3) },
    ],
    [
      'takes no older process for a restart',
      watched([0, container('db')], [1, restarted(-60)]),
      { restarts: 0 },
    ],
    [
      'knows since when it is frozen',
      watched([0, container('db')], [1, { ...frozen, state: 'freezing' }], [2, frozen]),
      { frozenSinceMs: ms(1) },
    ],
    [
      'forgets that when it is thawed',
      watched([0, container('db')], [1, frozen], [2, container('db')]),
      { frozenSinceMs: undefined },
    ],
    [
      'does not make up since when what was found frozen is',
      watched([0, frozen], [1, frozen]),
      { frozenSinceMs: undefined },
    ],
    [
      'knows when it first saw it',
      watched([0], [3, container('db')], [4, container('db')]),
      { firstSeenMs: ms(3) },
    ],
  ])('%s', (_name, history, expected) => {
    expect({ frozenSinceMs: undefined, ...history.past(KEY) }).toMatchObject(expected);
  });

  const pressed = (memory: number) => container('db', { pressure: { memory: { someAvg10: memory } } });
  it.each<[string, (second: number) => number, boolean | undefined]>([
    ['doubled in half a minute', (second) => (second < 20 ? 4 : 9), true],
    ['steady', () => 9, false],
    ['doubled but small', (second) => (second < 20 ? 1 : 4), false],
    ['doubled long ago', (second) => (second < 5 ? 4 : 9), false],
  ])('pressure %s', (_name, memory, rising) => {
    const history = new History();
    for (let second = 0; second <= 36; second += 1) history.add(at(second, [pressed(memory(second))]));
    expect(history.past(KEY)?.psiRising).toEqual({ memory: rising });
  });

  it('compares pressure with nothing while there is nothing that old', () => {
    expect(watched([0, pressed(0)], [1, pressed(50)]).past(KEY)?.psiRising).toEqual({});
  });

  it('is forgotten with a container that is gone for long', () => {
    const history = watched([0, cpu(1)]);
    for (let second = 1; second < SPAN; second += 1) history.add(at(second, []));
    expect(history.past(KEY)).toBeDefined();
    history.add(at(SPAN, []));
    expect(history.past(KEY)).toBeUndefined();
  });
});

describe('memory', () => {
  const bytesTaken = (make: (history: History) => void) => {
    const before = process.memoryUsage().arrayBuffers;
    const history = new History();
    make(history);
    return process.memoryUsage().arrayBuffers - before;
  };

  it('is at most 2 MB for 200 containers', () => {
    const containers = Array.from({ length: 200 }, (_, i) => container(`c-${i}`));
    // What is kept is 1.2 MB; rings that were grown out of may still be counted, almost as much again.
    const taken = bytesTaken((history) => {
      for (let second = 0; second < 2 * SPAN; second += 1) history.add(at(second, containers));
    });
    expect(taken).toBeLessThan(2.4 * 1024 ** 2);
  });

  it('is little for containers that are there for one sample', () => {
    const taken = bytesTaken((history) => {
      for (let second = 0; second < SPAN; second += 1)
        history.add(
          at(
            second,
            Array.from({ length: 20 }, (_, i) => container(`c-${second}-${i}`)),
          ),
        );
    });
    expect(taken).toBeLessThan(3 * 1024 ** 2);
  });

  it('is nothing for those that were never measured', () => {
    const history = watched([0, container('db', { state: 'exited', exitCode: 1 })]);
    expect(history.past(KEY)).toBeUndefined();
  });
});

describe('a container that did not change', () => {
  /** Calm, under pressure, after an OOM kill, and away. */
  const states: readonly (Container | undefined)[] = [
    cpu(1),
    container('db', { pressure: { memory: { someAvg10: 20 } } }),
    container('db', { memory: { ...memoryOf(64, 128), oomKills: 1 } }),
    undefined,
  ];
  const samples = fc.array(
    fc.record({ afterSeconds: fc.constantFrom(1, 1, 1, 1, 5, 400), state: fc.nat(states.length - 1) }),
    { maxLength: 2 * SPAN },
  );

  it('is remembered, and in trouble, as if all of it had been told again', () => {
    fc.assert(
      fc.property(samples, (steps) => {
        const [same, told] = [[] as Frame[], [] as Frame[]];
        let seconds = 0;
        for (const { afterSeconds, state } of steps) {
          seconds += afterSeconds;
          const there = states[state];
          same.push(at(seconds, there === undefined ? [] : [there]));
          told.push(at(seconds, there === undefined ? [] : [{ ...there }]));
        }
        expect(seenOf(same)).toEqual(seenOf(told));
      }),
      { numRuns: 30 },
    );
  });

  function seenOf(frames: readonly Frame[]) {
    const troubles: unknown[] = [];
    let state = emptyState(SMALL);
    for (const each of frames) {
      state = withFrame(state, each, each.model.takenAtMs);
      troubles.push([...state.troubles]);
    }
    const { history } = state;
    return {
      troubles,
      past: history.past(KEY),
      series: METRICS.map((metric) => history.series(KEY, metric)),
    };
  }
});
