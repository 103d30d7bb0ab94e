import { describe, expect, test } from 'vitest';
import { parsePressure } from '../../../../src/kernel/cgroup/pressure.ts';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

const BOTH = fixture('cgroup/linux-6.1-v2/cpu.pressure');
const ZERO = { avg10: 0, avg60: 0, avg300: 0, totalUsec: 0 };

describe('parsePressure', () => {
  test('some and full, "0 at the top" (6.1)', () => {
    expect(parsePressure(BOTH)).toEqual({
      some: { avg10: 0.03, avg60: 0.08, avg300: 0.45, totalUsec: 5104758 },
      full: ZERO,
    });
  });

  test('"the `full` line of cpu is absent on old kernels": unknown, not 0 (5.10)', () => {
    const pressure = parsePressure(fixture('cgroup/linux-5.10-v2/cpu.pressure'));
    expect(pressure.some).toEqual({ avg10: 1.53, avg60: 0.8, avg300: 12.25, totalUsec: 5104758 });
    expect(pressure).not.toHaveProperty('full');
  });

  test('"irq has only `full`" (6.1)', () => {
    const pressure = parsePressure(fixture('cgroup/linux-6.1-v2/irq.pressure'));
    expect(pressure).toEqual({ full: { avg10: 0, avg60: 0.01, avg300: 0, totalUsec: 777 } });
  });

  test('"Use differences of `total`": exact beyond 2^53', () => {
    const text = BOTH.replace('total=5104758', 'total=9007199254740993');
    expect(parsePressure(text).some?.totalUsec).toBe(9007199254740993n);
  });

  test('a third kind of line is skipped', () => {
    expect(parsePressure(`${BOTH}most avg10=9.00 avg60=9.00 avg300=9.00 total=9\n`)).toEqual(
      parsePressure(BOTH),
    );
  });

  test.each([
    '',
    '\n',
    'some avg10=0.00\n',
    'some avg10=x avg60=0.00 avg300=0.00 total=0\n',
    'some 1 2 3 4\n',
  ])('%j is refused', (text) => {
    expect(() => parsePressure(text)).toThrow(KernelParseError);
  });

  survives(parsePressure, BOTH);
});
