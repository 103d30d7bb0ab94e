import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DeviceCheck,
  programsOf,
  settingOfPrograms,
  withCheck,
} from '../../../../src/model/limits/bpf-devices.ts';

/** What somebody does with a device, as the kernel hands it to a program. */
interface Attempt {
  readonly type: 'b' | 'c';
  readonly major: number;
  readonly minor: number;
  readonly access: string;
}

const MASK: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };
const maskOf = (access: string) => [...access].reduce((sum, each) => sum | (MASK[each] ?? 0), 0);

/** The few instructions there are, as the kernel runs them (Documentation/bpf/standardization/instruction-set.rst). */
function runs(instructions: Buffer, { type, major, minor, access }: Attempt): boolean {
  const context = new DataView(new ArrayBuffer(12));
  context.setUint32(0, (maskOf(access) << 16) | (type === 'b' ? 1 : 2), true);
  context.setUint32(4, major, true);
  context.setUint32(8, minor, true);
  const registers = new Map<number, number>();
  const value = (register: number) => {
    const known = registers.get(register);
    if (known === undefined) throw new Error(`r${register} is read before it is written`);
    return known;
  };
  for (let at = 0; at < instructions.length; at += 8) {
    const [op, both] = [instructions.readUInt8(at), instructions.readUInt8(at + 1)];
    const [into, from] = [both & 15, both >> 4];
    const [offset, number] = [instructions.readInt16LE(at + 2), instructions.readInt32LE(at + 4)];
    if (op === 0x61 && from === 1) registers.set(into, context.getUint32(offset, true));
    else if (op === 0xbc) registers.set(into, value(from) >>> 0);
    else if (op === 0x54) registers.set(into, (value(into) & number) >>> 0);
    else if (op === 0x74) registers.set(into, value(into) >>> number);
    else if (op === 0xb7) registers.set(into, number);
    else if (op === 0x15) at += value(into) === number ? offset * 8 : 0;
    else if (op === 0x55) at += value(into) === number ? 0 : offset * 8;
    else if (op === 0x95) return value(0) !== 0;
    else throw new Error(`no instruction 0x${op.toString(16)}`);
  }
  throw new Error('ran beyond the end');
}

/** All programs must allow it. */
const decides = (setting: string, attempt: Attempt) =>
  programsOf(setting).every(({ instructions }) => runs(instructions, attempt));

const isMeant = ({ type, major, minor }: DeviceCheck, attempt: Attempt) =>
  (type === 'a' || type === attempt.type) &&
  (major === '*' || major === attempt.major) &&
  (minor === '*' || minor === attempt.minor);

/** What checks mean, the last one first. */
function means(checks: readonly DeviceCheck[], attempt: Attempt): boolean {
  for (const check of [...checks].reverse()) {
    if (!isMeant(check, attempt)) continue;
    const wanted = [...attempt.access];
    if (check.allows && wanted.every((each) => check.access.includes(each))) return true;
    if (!check.allows && wanted.some((each) => check.access.includes(each))) return false;
  }
  return true;
}

const number = fc.constantFrom(0, 1, 5, 229, 4095);
const access = fc.constantFrom('r', 'w', 'm', 'rw', 'rm', 'wm', 'rwm');
const any = fc.oneof(fc.constant('*' as const), number);
const check: fc.Arbitrary<DeviceCheck> = fc.record({
  type: fc.constantFrom('a', 'b', 'c'),
  major: any,
  minor: any,
  access,
  allows: fc.boolean(),
});
const attempts: fc.Arbitrary<Attempt> = fc.record({
  type: fc.constantFrom('b', 'c'),
  major: number,
  minor: number,
  access,
});

const ZERO: DeviceCheck = { type: 'c', major: 1, minor: 5, access: 'rwm', allows: false };
const toZero: Attempt = { type: 'c', major: 1, minor: 5, access: 'r' };

describe('a check before what was there', () => {
  it('decides as the checks mean, whichever and however many', () => {
    fc.assert(
      fc.property(
        fc.array(check, { maxLength: 5 }),
        fc.array(attempts, { maxLength: 20 }),
        (checks, tried) => {
          const first: DeviceCheck = { type: 'c', major: 250, minor: 250, access: 'm', allows: false };
          const setting = [first, ...checks].reduce(withCheck, '');
          for (const attempt of tried)
            expect(decides(setting, attempt)).toBe(means([first, ...checks], attempt));
        },
      ),
    );
  });

  it('denies by one program of several, and allows in all', () => {
    const one = withCheck('', ZERO);
    const two = `${one} ${one}`;
    const allowed = withCheck(two, { ...ZERO, allows: true });
    expect(decides(two, toZero)).toBe(false);
    expect(decides(allowed, toZero)).toBe(true);
    const denied = withCheck(two, { ...ZERO, minor: 3 });
    expect(programsOf(denied)[1]).toEqual(programsOf(two)[1]);
    expect(decides(denied, { ...toZero, minor: 3 })).toBe(false);
  });

  it('where there is no program everything is allowed already', () => {
    expect(withCheck('', { ...ZERO, allows: true })).toBe('');
  });

  it('keeps what it finds, and how it was attached', () => {
    const setting = withCheck('0:twAAAAEAAACVAAAAAAAAAA==', ZERO);
    const [program] = programsOf(setting);
    expect(program?.flags).toBe(0);
    expect(program?.instructions.subarray(-16).toString('base64')).toBe('twAAAAEAAACVAAAAAAAAAA==');
    expect(settingOfPrograms(programsOf(setting))).toBe(setting);
  });
});
