import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { parsePidStat } from '../../../../src/kernel/proc/stat.ts';
import { latin1Fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

const REST = ' S 1 2 3 -1 4 64 0 0 0 0 100 7 0 0 -2 -20 12 0 555 8192 -3 18446744073709551615 1 1';

describe('parsePidStat', () => {
  test('reads every field from the place the man page gives it', () => {
    expect(parsePidStat(`42 (sh)${REST}`)).toEqual({
      pid: 42,
      comm: 'sh',
      state: 'S',
      ppid: 1,
      pgrp: 2,
      session: 3,
      ttyNr: -1,
      flags: 64,
      utimeTicks: 100,
      stimeTicks: 7,
      priority: -2,
      nice: -20,
      threads: 12,
      starttimeTicks: 555,
      vsizeBytes: 8192,
      rssPages: -3,
      rsslimBytes: 18446744073709551615n,
      isKernelThread: false,
      isExiting: false,
    });
  });

  test('"Values exceed 2^53 (rsslim) and can be negative": neither is rounded', () => {
    const stat = parsePidStat(`42 (sh)${REST.replace(' 8192 ', ' 9007199254740993 ')}`);
    expect(stat.vsizeBytes).toBe(9007199254740993n);
    expect(stat.rsslimBytes).toBe(18446744073709551615n);
    expect([stat.ttyNr, stat.priority, stat.nice, stat.rssPages]).toEqual([-1, -2, -20, -3]);
  });

  test.each([
    ['spaces', 'a b  c'],
    ['parentheses', 'a) S 1 (b)'],
    ['newlines', 'a\n) R 9\n'],
    ['nothing', ''],
    ['bytes that are not UTF-8', '\xff\xe9'],
    ['more than 15 characters', 'kworker/u16:3-events_unbound'],
  ])('"field 2 may hold …": %s', (_, comm) => {
    expect(parsePidStat(`42 (${comm})${REST}`)).toMatchObject({ pid: 42, comm, state: 'S', ppid: 1 });
  });

  test.each([
    ['"a name set by prctl to `a) S 1\\n(b` makes stat two lines"', 'stat-name-forged', 'a) S 1\n(b'],
    ['"Names can be empty"', 'stat-name-empty', ''],
    ['"bytes that are not UTF-8 … read as latin1"', 'stat-name-not-utf8', 'caf\xe9 \xff\\'],
    ['"kernel workers exceed 15 characters"', 'stat-kworker', 'kworker/R-kvfree_rcu_reclaim'],
  ])('%s (Linux 6.18)', (_, file, comm) => {
    expect(parsePidStat(latin1Fixture(`proc/linux-6.18/${file}`)).comm).toBe(comm);
  });

  test.each([
    ['stat-kthreadd', 'S', true],
    ['stat-kworker', 'I', true],
    ['stat-sleep', 'S', false],
    ['stat-zombie', 'Z', false],
  ])('%s: state %s, kernel thread: %s', (file, state, isKernelThread) => {
    expect(parsePidStat(latin1Fixture(`proc/linux-6.18/${file}`))).toMatchObject({
      state,
      isKernelThread,
      isExiting: state === 'Z',
    });
  });

  test('"A zombie still answers": without memory', () => {
    expect(parsePidStat(latin1Fixture('proc/linux-6.18/stat-zombie'))).toMatchObject({
      vsizeBytes: 0,
      rssPages: 0,
    });
  });

  test.each(['stat-without-parentheses', 'stat-cut', 'stat-letter-for-number'])('%s is refused', (file) => {
    expect(() => parsePidStat(latin1Fixture(`broken/${file}`))).toThrow(KernelParseError);
  });

  survives(parsePidStat, `42 (a) (b)${REST}\n`, latin1Fixture('proc/linux-6.18/stat-name-forged'));
});
