/** io.stat (v2) and blkio.throttle.io_service_bytes (v1). */
import { describe, expect, test } from 'vitest';
import { parseBlkioBytes, parseIoStat } from '../../../../src/kernel/cgroup/io-stat.ts';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

const V2 = fixture('cgroup/linux-6.1-v2/io.stat');
const NONE = { readBytes: 0, writeBytes: 0, readOps: 0, writeOps: 0 };
const KEYS = 'rbytes=1 wbytes=2 rios=3 wios=4';
const FOUR = { readBytes: 1, writeBytes: 2, readOps: 3, writeOps: 4 };

describe('parseIoStat', () => {
  test('the example of cgroup-v2.rst', () => {
    expect(parseIoStat(V2)).toEqual([
      {
        device: '8:16',
        readBytes: 1459200,
        writeBytes: 314773504,
        readOps: 192,
        writeOps: 353,
        discardBytes: 0,
        discardOps: 0,
      },
      {
        device: '8:0',
        readBytes: 90430464,
        writeBytes: 299008000,
        readOps: 8950,
        writeOps: 1252,
        discardBytes: 50331648,
        discardOps: 3021,
      },
    ]);
  });

  test.each([
    ['"io.stat can be empty"', '', []],
    ['"hold a device without keys": all of them are 0', '254:0 \n', [{ device: '254:0', ...NONE }]],
    [
      'without keys and without a newline of its own',
      `254:1 254:0 ${KEYS}\n`,
      [
        { device: '254:1', ...NONE },
        { device: '254:0', ...FOUR },
      ],
    ],
    ['"carry extra keys"', `8:0 ${KEYS} cost.vrate=100.00 depth=max\n`, [{ device: '8:0', ...FOUR }]],
    ['no discards before 4.20: unknown, not 0', `8:0 ${KEYS}\n`, [{ device: '8:0', ...FOUR }]],
    ['a last line that is whole but for its newline counts', `8:0 ${KEYS}`, [{ device: '8:0', ...FOUR }]],
    ['"or end in a cut line": within a key', `8:0 ${KEYS}\n8:16 rbytes=1 wby`, [{ device: '8:0', ...FOUR }]],
    ['"or end in a cut line": within the device', `8:0 ${KEYS}\n8`, [{ device: '8:0', ...FOUR }]],
    ['"or end in a cut line": a key too few', `8:0 ${KEYS}\n8:16 rbytes=1`, [{ device: '8:0', ...FOUR }]],
  ])('%s', (_, text, expected) => {
    expect(parseIoStat(text)).toEqual(expected);
  });

  test('"or end in a cut line": a file of two devices', () => {
    expect(parseIoStat(fixture('broken/io.stat-cut')).map(({ device }) => device)).toEqual(['8:16']);
  });

  test('"a device without keys" and "extra keys" in one file (5.10)', () => {
    expect(parseIoStat(fixture('cgroup/linux-5.10-v2/io.stat'))).toEqual([
      { device: '254:0', ...NONE },
      {
        device: '8:0',
        readBytes: 4096,
        writeBytes: 0,
        readOps: 1,
        writeOps: 0,
        discardBytes: 0,
        discardOps: 0,
      },
    ]);
  });

  test('values beyond 2^53 stay exact', () => {
    expect(parseIoStat('8:0 rbytes=18446744073709551615\n')[0]?.readBytes).toBe(18446744073709551615n);
  });

  test.each(['\n', 'sda rbytes=1\n', '8:0 rbytes\n', '8:0 rbytes=x\n', 'rbytes=1\n', '8:0 =1\n'])(
    '%j is refused',
    (text) => {
      expect(() => parseIoStat(text)).toThrow(KernelParseError);
    },
  );

  survives(parseIoStat, V2, fixture('cgroup/linux-5.10-v2/io.stat'));
});

describe('parseBlkioBytes', () => {
  // dd wrote 20 MiB past the page cache and read them back; the rest of the reads was dd itself.
  test.each(['io_service_bytes', 'io_service_bytes_recursive'])('blkio.throttle.%s (6.18)', (file) => {
    expect(parseBlkioBytes(fixture(`cgroup/linux-6.18-v1/blkio.throttle.${file}`))).toEqual([
      { device: '254:0', readBytes: 21176320, writeBytes: 20971520 },
    ]);
  });

  test('several devices (4.19)', () => {
    expect(parseBlkioBytes(fixture('cgroup/linux-4.19-v1/blkio.throttle.io_service_bytes'))).toEqual([
      { device: '8:16', readBytes: 4096, writeBytes: 8192 },
      { device: '8:0', readBytes: 1, writeBytes: 2 },
    ]);
  });

  test.each([
    [
      '"operation names in either case"',
      '8:0 read 4\n8:0 WRITE 5\n',
      [{ device: '8:0', readBytes: 4, writeBytes: 5 }],
    ],
    ['only "Total N": nothing was counted', fixture('cgroup/linux-6.18-v1/blkio.bfq.io_service_bytes'), []],
    ['empty', '', []],
    [
      'other operations are not reads',
      '8:0 Discard 4\n8:0 Total 4\n',
      [{ device: '8:0', readBytes: 0, writeBytes: 0 }],
    ],
  ])('%s', (_, text, expected) => {
    expect(parseBlkioBytes(text)).toEqual(expected);
  });

  test.each(['8:0\n', '8:0 Read\n', '8:0 Read x\n', 'sda Read 1\n', '8:0 Read 1 2\n', 'Total 1 2\n', '\n'])(
    '%j is refused',
    (text) => {
      expect(() => parseBlkioBytes(text)).toThrow(KernelParseError);
    },
  );

  survives(parseBlkioBytes, fixture('cgroup/linux-4.19-v1/blkio.throttle.io_service_bytes'));
});
