import { describe, expect, it } from 'vitest';
import { limitTexts } from '../../../../src/cli/limit-text.ts';
import { ok, type Reading } from '../../../../src/kernel/reading.ts';
import { copiedWords } from '../../../../src/model/limits/copy.ts';
import type { LimitSnapshot } from '../../../../src/model/limits/snapshot.ts';
import { useBetween } from '../../../../src/model/limits/use.ts';
import { limitRows } from '../../../../src/model/limits/view.ts';

type Texts = Readonly<Record<string, string | Reading<string>>>;

const snapshot = (version: 1 | 2, controller: string, own: Texts): LimitSnapshot => ({
  places: [
    {
      hierarchy: version === 2 ? 'v2' : controller,
      version,
      controllers: [controller],
      own: {
        path: '/a',
        directory: '/cg/a',
        texts: new Map(
          Object.entries(own).map(([name, text]) => [name, typeof text === 'string' ? ok(text) : text]),
        ),
      },
      above: [],
    },
  ],
  host: {},
});
const v2 = (stat: string | Reading<string>, max = '') =>
  snapshot(2, 'io', { 'io.max': max, 'io.stat': stat });
const v1 = (files: Texts) => snapshot(1, 'blkio', { 'blkio.throttle.read_bps_device': '', ...files });
const ioRows = (at: LimitSnapshot) => limitRows(at).filter(({ key }) => key === 'io');
const TEXT = { raw: false, ascii: false };
const texts = (at: LimitSnapshot) => ioRows(at).map((row) => limitTexts(row, TEXT).use);

const DENIED: Reading<string> = { ok: false, why: 'denied', path: '/cg/a/io.stat', errno: 'EACCES' };
const STAT = '8:0 rbytes=1048576 wbytes=4096 rios=40 wios=1 dbytes=0 dios=0\n';
const LIMITED = '8:0 rbps=1048576 wbps=max riops=max wiops=max\n';

describe('what was read and written', () => {
  it.each<[string, LimitSnapshot, readonly string[]]>([
    [
      'on each disk, where none is limited',
      v2(`${STAT}8:16 rbytes=1 wbytes=0 rios=1 wios=0\n`),
      ['8:0 read 1.0M, written 4.0K; 8:16 read 1B, written 0'],
    ],
    ['on the disk that is limited', v2(STAT, LIMITED), ['read 1.0M, written 4.0K']],
    ['on a limited disk that it has not used', v2('', LIMITED), ['read 0, written 0']],
    ['nothing', v2(''), ['0']],
    ['not on disks that only stand in the file', v2('8:16 rbytes=0 wbytes=0 rios=0 wios=0\n'), ['0']],
    ['unknown where the file cannot be read', v2(DENIED), ['?']],
    [
      'by the files of v1',
      v1({
        'blkio.throttle.io_service_bytes_recursive': '8:0 Read 1048576\n8:0 Write 4096\nTotal 1052672\n',
        'blkio.throttle.io_serviced_recursive': '8:0 Read 40\n8:0 Write 1\nTotal 41\n',
      }),
      ['8:0 read 1.0M, written 4.0K'],
    ],
    ['a dash where the kernel has no such file', v1({}), ['–']],
  ])('%s', (_, at, expected) => {
    expect(texts(at)).toEqual(expected);
  });

  it('with operations, for programs', () => {
    const used = [{ device: '8:0', readBytes: 1048576, writeBytes: 4096, readOps: 40, writeOps: 1 }];
    expect(ioRows(v2(STAT))[0]?.ioUse).toEqual(used);
  });

  it('is no limit that another container would be given', () => {
    expect(copiedWords(ioRows(v2(STAT)))).toEqual([]);
  });
});

describe('of two looks', () => {
  const later = v2(
    '8:0 rbytes=3145728 wbytes=4096 rios=60 wios=1\n8:16 rbytes=0 wbytes=8192 rios=0 wios=2\n',
  );

  it('are rates, also of a disk that was not used before', () => {
    expect(useBetween(v2(STAT), later, 2_000_000).io).toMatchObject([
      { device: '8:0', readBytesPerSec: 1048576, writeBytesPerSec: 0, readOpsPerSec: 10, writeOpsPerSec: 0 },
      { device: '8:16', readBytesPerSec: 0, writeBytesPerSec: 4096, readOpsPerSec: 0, writeOpsPerSec: 1 },
    ]);
  });

  it('are written as the limit is', () => {
    const [row] = limitRows(later, useBetween(v2(STAT), later, 2_000_000));
    expect(row && limitTexts(row, TEXT).use).toBe(
      '8:0 rbps=1.0M,wbps=0,riops=10,wiops=0; 8:16 rbps=0,wbps=4.0K,riops=0,wiops=1',
    );
  });

  it('are none where it cannot be read', () => {
    expect(useBetween(v2(DENIED), later, 1)).toEqual({});
  });
});
