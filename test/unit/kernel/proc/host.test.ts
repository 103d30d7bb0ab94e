/** The host's own small files: meminfo, uptime, loadavg, stat. */
import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { parseHostStat } from '../../../../src/kernel/proc/host-stat.ts';
import { parseLoadavg } from '../../../../src/kernel/proc/loadavg.ts';
import { parseMeminfo } from '../../../../src/kernel/proc/meminfo.ts';
import { parseUptime } from '../../../../src/kernel/proc/uptime.ts';
import { fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

describe('parseMeminfo', () => {
  const real = fixture('proc/linux-6.18/host-meminfo');

  test('kB become bytes, counts of pages stay counts (Linux 6.18)', () => {
    const values = parseMeminfo(real);
    expect(values.get('MemTotal')).toBe(24684096 * 1024);
    expect(values.get('VmallocTotal')).toBe(34359738367 * 1024);
    expect(values.get('Hugepagesize')).toBe(2048 * 1024);
    expect(values.get('Active(anon)')).toBeGreaterThan(0);
    expect(parseMeminfo('HugePages_Total:      12\n').get('HugePages_Total')).toBe(12);
  });

  test.each(['MemTotal: many kB\n', 'MemTotal: 12 MB\n', 'MemTotal:\n', 'MemTotal: -1 kB\n'])(
    '%j is refused',
    (text) => {
      expect(() => parseMeminfo(text)).toThrow(KernelParseError);
    },
  );

  survives(parseMeminfo, real);
});

describe('parseUptime', () => {
  test('seconds with decimals', () => {
    expect(parseUptime('679.07 1314.24\n')).toEqual({ uptimeSeconds: 679.07, idleSeconds: 1314.24 });
  });

  test.each(['', '\n', '679.07\n', '679 1314\n', '1.0 2.0 3.0\n', '1.0 2.0\n1.0 2.0\n', '-1.00 2.00\n'])(
    '%j is refused',
    (text) => {
      expect(() => parseUptime(text)).toThrow(KernelParseError);
    },
  );

  survives(parseUptime, fixture('proc/linux-6.18/host-uptime'));
});

describe('parseLoadavg', () => {
  test('three averages, runnable of all tasks, last pid', () => {
    expect(parseLoadavg('0.20 0.18 12.00 1/80 11206\n')).toEqual({
      load1: 0.2,
      load5: 0.18,
      load15: 12,
      runnable: 1,
      tasks: 80,
      lastPid: 11206,
    });
  });

  test.each(['', '0.20 0.18 0.12\n', '0.20 0.18 0.12 1 80 3\n'])('%j is refused', (text) => {
    expect(() => parseLoadavg(text)).toThrow(KernelParseError);
  });

  survives(parseLoadavg, fixture('proc/linux-6.18/host-loadavg'));
});

describe('parseHostStat', () => {
  const real = fixture('proc/linux-6.18/host-stat');

  test('the total, without counting guests twice; cores online; boot time', () => {
    const text =
      'cpu  1 2 4 8 16 32 64 128 256 512\ncpu0 1 2 4 8 16 32 64 128 0 0\ncpu3 0 0 0 0 0 0 0 0 0 0\nbtime 7\n';
    expect(parseHostStat(text)).toEqual({
      bootTimeSeconds: 7,
      cpus: 2,
      total: {
        userTicks: 1,
        niceTicks: 2,
        systemTicks: 4,
        idleTicks: 8,
        iowaitTicks: 16,
        irqTicks: 32,
        softirqTicks: 64,
        stealTicks: 128,
        busyTicks: 1 + 2 + 4 + 32 + 64 + 128,
      },
    });
  });

  test('unknown lines are skipped (Linux 6.18)', () => {
    const stat = parseHostStat(real);
    expect(stat.cpus).toBe(2);
    expect(stat.bootTimeSeconds).toBeGreaterThan(1_500_000_000);
    expect(stat.total.idleTicks).toBeGreaterThan(stat.total.busyTicks);
  });

  test('no btime line is unknown, not 0', () => {
    expect(parseHostStat('cpu  1 2 3 4 5 6 7 8\n')).not.toHaveProperty('bootTimeSeconds');
  });

  test.each([
    '',
    'cpu0 1 2 3 4 5 6 7 8\n',
    'cpu  1 2 3\n',
    'cpu  1 2 3 4 5 6 7 x\n',
    'cpu  1 2 3 4 5 6 7 8\nbtime x\n',
  ])('%j is refused', (text) => {
    expect(() => parseHostStat(text)).toThrow(KernelParseError);
  });

  survives(parseHostStat, real);
});
