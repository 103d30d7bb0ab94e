import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { parseNetDev } from '../../../../src/kernel/proc/net-dev.ts';
import { fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

const REAL = fixture('proc/linux-6.18/net-dev');
const OLD = fixture('proc/other-kernels/net-dev-2.6');
const HEADER = REAL.split('\n').slice(0, 2).join('\n').concat('\n');

describe('parseNetDev', () => {
  test('takes each number from its column', () => {
    const columns = Array.from({ length: 16 }, (_, index) => index + 100).join(' ');
    expect(parseNetDev(`${HEADER}  eth0: ${columns}\n`)).toEqual([
      {
        name: 'eth0',
        rxBytes: 100,
        rxPackets: 101,
        rxErrors: 102,
        rxDropped: 103,
        txBytes: 108,
        txPackets: 109,
        txErrors: 110,
        txDropped: 111,
      },
    ]);
  });

  test('a device may be called "v|b" (Linux 6.18)', () => {
    expect(parseNetDev(REAL).map(({ name }) => name)).toEqual(['lo', 'v|b', 'veth-a']);
  });

  test('old style: no blank after the colon, and aliases with a colon in the name', () => {
    const [lo, eth0, alias] = parseNetDev(OLD);
    expect(lo).toMatchObject({ name: 'lo', rxBytes: 1024, txPackets: 8 });
    expect(eth0).toMatchObject({
      name: 'eth0',
      rxBytes: 1234567890,
      rxErrors: 1,
      rxDropped: 2,
      txBytes: 987654321,
    });
    expect(alias).toMatchObject({ name: 'eth0:1', rxBytes: 55, txBytes: 66 });
  });

  test('values beyond 2^53 stay exact', () => {
    const [device] = parseNetDev(`${HEADER}e:18446744073709551615${' 0'.repeat(15)}\n`);
    expect(device?.rxBytes).toBe(18446744073709551615n);
  });

  test('a namespace without devices', () => {
    expect(parseNetDev(HEADER)).toEqual([]);
  });

  test.each([
    ['nothing', ''],
    ['one header', `${HEADER.split('\n')[0]}\n`],
    ['too few numbers', `${HEADER}eth0: 1 2 3\n`],
    ['no name', `${HEADER}: ${'0 '.repeat(16)}\n`],
    ['words', `${HEADER}eth0: ${'x '.repeat(16)}\n`],
  ])('%s is refused', (_, text) => {
    expect(() => parseNetDev(text)).toThrow(KernelParseError);
  });

  survives(parseNetDev, REAL, OLD);
});
