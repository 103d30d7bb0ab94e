import { describe, expect, test } from 'vitest';
import { hardwareText, ipv4Text, ipv6Text } from '../../../src/kernel/ip-address.ts';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(/[^0-9a-f]/g, ''), 'hex');

describe('ipv6Text', () => {
  test.each([
    ['nothing but zeros', '00000000 00000000 00000000 00000000', '::'],
    ['loopback', '00000000 00000000 00000000 00000001', '::1'],
    ['the longest run of zeros', '20010db8 00010000 00000000 00000001', '2001:db8:1::1'],
    ['the first of two runs', '20010db8 00000000 00010000 00000001', '2001:db8::1:0:0:1'],
    ['a single zero stays', '20010db8 00000001 00020003 00040005', '2001:db8:0:1:2:3:4:5'],
    ['zeros at the end', 'fe800000 00000000 00000000 00000000', 'fe80::'],
    ['no zeros', '20010db8 00010002 00030004 00050006', '2001:db8:1:2:3:4:5:6'],
    ['mapped from IPv4', '00000000 00000000 0000ffff c0000209', '::ffff:192.0.2.9'],
  ])('%s', (_, hex, expected) => {
    expect(ipv6Text(bytes(hex))).toBe(expected);
  });
});

test('ipv4Text', () => expect(ipv4Text(bytes('c0000209'))).toBe('192.0.2.9'));
test('hardwareText', () => expect(hardwareText(bytes('02fc00000a01'))).toBe('02:fc:00:00:0a:01'));
