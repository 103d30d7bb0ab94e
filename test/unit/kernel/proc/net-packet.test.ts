import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { parsePacketSockets } from '../../../../src/kernel/proc/net-packet.ts';
import { fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

const REAL = fixture('proc/linux-6.18/net-packet');
const HEADER = `${REAL.split('\n')[0]}\n`;

describe('parsePacketSockets', () => {
  test('one that takes everything from every interface (Linux 6.18)', () => {
    expect(parsePacketSockets(REAL)).toEqual([
      { protocol: 3, interfaceIndex: 0, rxQueue: 8, uid: 0, inode: 7989707 },
    ]);
  });

  test('none', () => expect(parsePacketSockets(HEADER)).toEqual([]));

  test.each([
    ['nothing', ''],
    ['a cut line', `${HEADER}0000000034baeb89 3      3    0003   0`],
    ['words', `${HEADER}a b c d e f g h i\n`],
  ])('%s is refused', (_, text) => {
    expect(() => parsePacketSockets(text)).toThrow(KernelParseError);
  });

  survives(parsePacketSockets, REAL);
});
