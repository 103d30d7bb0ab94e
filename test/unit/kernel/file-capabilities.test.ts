import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../src/kernel/errors.ts';
import { parseFileCapabilities } from '../../../src/kernel/file-capabilities.ts';
import { CAPABILITIES } from '../../../src/kernel/tables/capabilities.ts';
import { CAPABILITY_MEANINGS } from '../../../src/kernel/tables/capability-meanings.ts';
import { survivesBytes } from './survives.ts';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
/** As getfattr -e hex showed them after setcap on Linux 6.18. */
const NET_RAW_EP = '0100000200200000000000000000000000000000';
const ROOT_1000 = '010000030020000000000000000000000000 0000e8030000'.replace(' ', '');

describe('parseFileCapabilities', () => {
  test.each([
    ['cap_net_raw=ep', NET_RAW_EP, { version: 2, effective: true, permitted: 1n << 13n, inheritable: 0n }],
    [
      'cap_bpf=i, above 32 bits, not effective',
      '0000000200000000000000000000000080000000',
      { version: 2, effective: false, permitted: 0n, inheritable: 1n << 39n },
    ],
    [
      'of a user namespace whose root is 1000',
      ROOT_1000,
      { version: 3, effective: true, permitted: 1n << 13n, inheritable: 0n, rootUid: 1000 },
    ],
    [
      'revision 1, one word each',
      '010000010020000001000000',
      { version: 1, effective: true, permitted: 1n << 13n, inheritable: 1n },
    ],
  ])('%s', (_name, hex, expected) => {
    expect(parseFileCapabilities(bytes(hex))).toEqual(expected);
  });

  test.each([
    ['nothing', ''],
    ['a revision we do not know', `00000004${NET_RAW_EP.slice(8)}`],
    ['revision 3 with the length of 2', `01000003${NET_RAW_EP.slice(8)}`],
    ['one byte too many', `${NET_RAW_EP}00`],
  ])('%s is refused', (_name, hex) => {
    expect(() => parseFileCapabilities(bytes(hex))).toThrow(KernelParseError);
  });

  test('at an offset of its buffer', () => {
    const within = bytes(`ffffff${NET_RAW_EP}`).subarray(3);
    expect(parseFileCapabilities(within).permitted).toBe(1n << 13n);
  });

  describe('survives', () => survivesBytes(parseFileCapabilities, bytes(NET_RAW_EP), bytes(ROOT_1000)));
});

test('every capability with a name has a meaning, and nothing else has', () => {
  expect(Object.keys(CAPABILITY_MEANINGS)).toEqual(CAPABILITIES);
});
