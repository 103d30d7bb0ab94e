import { describe, expect, it } from 'vitest';
import type { Container } from '../../../src/model/host-model.ts';
import type { ContainerPast } from '../../../tui/history.ts';
import { troublesOf, worstLevel } from '../../../tui/trouble.ts';
import { container, memoryOf, NOW_MS } from './fabricate.ts';

const MINUTE = 60_000;

function past(changes: Partial<ContainerPast> = {}): ContainerPast {
  return { firstSeenMs: 0, oomKillsBefore: 0, oomKillsSince: 0, restarts: 0, psiRising: {}, ...changes };
}

function found(changes: Partial<Container>, seen: ContainerPast | undefined = past()): string[] {
  return troublesOf(container('db', changes), seen, NOW_MS).map(({ level, reason }) => `${level}: ${reason}`);
}

const inherited = { ...memoryOf(90, 100), limitBytes: 'max', limitedBy: '/docker' } as const;
const ofHost = { ...memoryOf(99, 100), limitBytes: 'max', limitedBy: 'host' } as const;
const denied = { unknown: 'denied', path: '/sys/fs/cgroup/x', errno: 'EACCES' } as const;

describe('a state is', () => {
  it.each<[string, Partial<Container>, string[]]>([
    ['no trouble', {}, []],
    ['79 % of memory', { memory: memoryOf(79, 100) }, []],
    ['80 % of memory', { memory: memoryOf(80, 100) }, ['watch: memory 80.0% of its limit']],
    ['95 % of memory', { memory: memoryOf(95, 100) }, ['act: memory 95.0% of its limit']],
    ['an inherited limit', { memory: inherited }, ['watch: memory 90.0% of the limit by an ancestor']],
    ["the host's memory", { memory: ofHost }, []],
    ['throttled in 0.9 %', { cpu: { usageUsec: 1, throttledRatio: 0.009 } }, []],
    [
      'throttled in 1 %',
      { cpu: { usageUsec: 1, throttledRatio: 0.01 } },
      ['watch: throttled 1.0% of the time'],
    ],
    [
      'throttled in 25 %',
      { cpu: { usageUsec: 1, throttledRatio: 0.25 } },
      ['act: throttled 25.0% of the time'],
    ],
    ['79 of 100 pids', { pidsCount: 79, pidsLimit: 100, effectivePidsLimit: 100 }, []],
    [
      '80 of 100 pids',
      { pidsCount: 80, pidsLimit: 100, effectivePidsLimit: 100 },
      ['watch: pids 80.0% of its limit'],
    ],
    [
      '90 of 100 pids',
      { pidsCount: 90n, pidsLimit: 100n, effectivePidsLimit: 100n },
      ['act: pids 90.0% of its limit'],
    ],
    [
      'pids of an ancestor',
      { pidsCount: 10, pidsLimit: 'max', effectivePidsLimit: 10 },
      ['act: pids 100.0% of the limit by an ancestor'],
    ],
    ['pids that may not be read', { pidsCount: denied, pidsLimit: 10, effectivePidsLimit: 10 }, []],
    [
      'pressure below all marks',
      { pressure: { cpu: { someAvg10: 39 }, memory: { someAvg10: 9, fullAvg10: 9 }, io: { someAvg10: 19 } } },
      [],
    ],
    [
      'pressure at all marks',
      {
        pressure: { cpu: { someAvg10: 40 }, memory: { someAvg10: 10, fullAvg10: 10 }, io: { someAvg10: 20 } },
      },
      [
        'act: stalled on memory 10.0% of the time',
        'watch: memory pressure 10.0%',
        'watch: io pressure 20.0%',
        'watch: cpu pressure 40.0%',
      ],
    ],
    ['pressure that may not be read', { pressure: denied }, []],
    ['an ended init', { state: 'exited-init' }, ['act: its init has ended']],
    ['a good end', { state: 'exited', exitCode: 0 }, []],
    ['a bad end', { state: 'exited', exitCode: 137 }, ['watch: exited with 137']],
    ['an end by a signal', { state: 'exited', exitSignal: 9 }, ['watch: ended by signal 9']],
    ['frozen', { state: 'frozen' }, ['watch: frozen']],
    [
      'freezing by an ancestor',
      { state: 'freezing', frozenBy: '/machine.slice' },
      ['watch: freezing by an ancestor /machine.slice'],
    ],
  ])('%s', (_name, changes, expected) => {
    expect(found(changes)).toEqual(expected);
  });
});

describe('what happened is', () => {
  it.each<[string, Partial<Container>, Partial<ContainerPast>, string[]]>([
    ['one kill', {}, { oomKillsSince: 1, lastOomMs: NOW_MS - 5000 }, ['act: 1 OOM kill, last 5s ago']],
    [
      'kills before and since',
      {},
      { oomKillsBefore: 5, oomKillsSince: 2, lastOomMs: NOW_MS - 3 * MINUTE },
      ['act: 2 OOM kills, last 3m ago', 'watch: 5 OOM kills before'],
    ],
    ['kills that may not be read', {}, { oomKillsBefore: undefined }, []],
    ['two restarts', {}, { restarts: 2, lastRestartMs: NOW_MS - MINUTE }, ['watch: 2 restarts, last 1m ago']],
    ['three restarts', {}, { restarts: 3, lastRestartMs: NOW_MS }, ['act: 3 restarts, last 0s ago']],
    [
      'since when it is frozen',
      { state: 'frozen', frozenBy: '/x' },
      { frozenSinceMs: NOW_MS - 4 * MINUTE },
      ['watch: frozen 4m by an ancestor /x'],
    ],
    [
      'rising pressure',
      { pressure: { memory: { someAvg10: 12.34 }, io: { someAvg10: 20 } } },
      { psiRising: { memory: true, io: false } },
      ['watch: memory pressure 12.3% and rising', 'watch: io pressure 20.0%'],
    ],
    [
      'rising pressure that is small',
      { pressure: { io: { someAvg10: 6 } } },
      { psiRising: { io: true } },
      [],
    ],
  ])('%s', (_name, changes, seen, expected) => {
    expect(found(changes, past(seen))).toEqual(expected);
  });

  it('not dated without a past', () => {
    const killed = { memory: { ...memoryOf(1, 100), oomKills: 3 } };
    expect(troublesOf(container('db', killed)).map(({ level, reason }) => `${level}: ${reason}`)).toEqual([
      'watch: 3 OOM kills',
    ]);
  });
});

it('has what must be done before what is to be watched', () => {
  const troubles = troublesOf(
    container('db', {
      memory: memoryOf(85, 100),
      cpu: { usageUsec: 1, throttledRatio: 0.5 },
      state: 'frozen',
    }),
    past({ oomKillsBefore: 1 }),
    NOW_MS,
  );
  expect(troubles.map(({ about }) => about)).toEqual(['cpu', 'oom', 'memory', 'state']);
  expect(worstLevel(troubles)).toBe('act');
});
