import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { parsePidIo } from '../../../../src/kernel/proc/pid-io.ts';
import { fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

const TEXT =
  'rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 18446744073709551615\ncancelled_write_bytes: 7\n';

describe('parsePidIo', () => {
  test('the five in bytes, exact beyond 2^53; calls are left', () => {
    expect(parsePidIo(TEXT)).toEqual({
      rchar: 1,
      wchar: 2,
      readBytes: 5,
      writeBytes: 18446744073709551615n,
      cancelledWriteBytes: 7,
    });
  });

  test('reads a real one (Linux 6.18)', () => {
    expect(parsePidIo(fixture('proc/linux-6.18/io')).rchar).toBeGreaterThan(0);
  });

  test('a key of a newer kernel is skipped', () => {
    expect(parsePidIo(`new_key: x\n${TEXT}`)).toEqual(parsePidIo(TEXT));
  });

  test.each(['', 'rchar: 1\n', TEXT.replace('5', 'x'), TEXT.replace('read_bytes', 'bread_bytes')])(
    '%j is refused',
    (text) => {
      expect(() => parsePidIo(text)).toThrow(KernelParseError);
    },
  );

  survives(parsePidIo, TEXT);
});
