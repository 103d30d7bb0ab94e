import { describe, expect, it } from 'vitest';
import { WATCHDOG_COMM, watchdogProgram } from '../../../../src/actions/watchdog/program.ts';
import { explain } from '../../../../src/launch/explain.ts';

const words = (plan: Parameters<typeof watchdogProgram>[0]) =>
  explain(watchdogProgram(plan)).map(({ call }) => call);

describe('a watchdog', () => {
  it('has a name that /proc/PID/comm has room for', () => {
    expect(Buffer.byteLength(WATCHDOG_COMM)).toBeLessThanOrEqual(15);
  });

  it('waits for a time, for a process, or for both; signals make it write', () => {
    const waits = (plan: Parameters<typeof watchdogProgram>[0]) =>
      words(plan).find((call) => call.startsWith('ppoll'));
    const values = ['1', '2'];
    expect(waits({ values, afterMilliseconds: 1500, waitsForProcess: false })).toBe(
      'ppoll([{fd=<fd>, events=POLLIN}], 1, {tv_sec=1, tv_nsec=500000000}, NULL, 0)',
    );
    // The pidfd follows the two files.
    expect(waits({ values, afterMilliseconds: undefined, waitsForProcess: true })).toBe(
      'ppoll([{fd=<fd>, events=POLLIN}, {fd=6, events=POLLIN}], 2, NULL, NULL, 0)',
    );
    expect(words({ values, afterMilliseconds: 1, waitsForProcess: false })).toContain(
      'signalfd4(-1, [HUP INT QUIT TERM], 8, 0)',
    );
  });

  it('holds its files and nothing else', () => {
    const closes = (waitsForProcess: boolean) =>
      words({ values: ['a', 'b', 'c'], afterMilliseconds: 1, waitsForProcess }).filter((call) =>
        call.startsWith('close'),
      );
    expect(closes(false)).toEqual(['close_range(7, 4294967295, 0)', 'close_range(0, 2, 0)', 'close(3)']);
    expect(closes(true)[0]).toBe('close_range(8, 4294967295, 0)');
  });

  it('writes each value in one piece, by its length in bytes', () => {
    const writes = words({
      values: ['FROZEN', 'ü', ''],
      afterMilliseconds: 1,
      waitsForProcess: false,
    }).filter((call) => call.startsWith('pwrite64'));
    expect(writes).toEqual([
      'pwrite64(4, "FROZEN", 6, 0)',
      'pwrite64(5, "\\303\\274", 2, 0)',
      'pwrite64(6, "", 0, 0)',
    ]);
  });
});
