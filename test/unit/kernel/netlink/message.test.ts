import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import {
  decodeAttributes,
  decodeErrno,
  decodeMessages,
  encodeAttribute,
  encodeMessage,
  encodeU32,
  NLMSG_ERROR,
  text,
  u64,
} from '../../../../src/kernel/netlink/message.ts';
import { survivesBytes } from '../survives.ts';

const latin1 = (of: string) => Buffer.from(of, 'latin1');

describe('messages', () => {
  const one = encodeMessage(18, 0x301, 7, encodeU32(5), encodeAttribute(3, latin1('lo\0')));

  test('are read as they were written, padded to four bytes', () => {
    expect(one.length).toBe(16 + 4 + 8);
    const [message, ...others] = decodeMessages(Buffer.concat([one, one]));
    expect(others).toHaveLength(1);
    expect(message).toMatchObject({ type: 18, flags: 0x301, sequence: 7 });
    expect(text(decodeAttributes(message?.body ?? one, 4).get(3) ?? one)).toBe('lo');
  });

  test.each([
    ['a length below that of a header', encodeU32(15)],
    ['a length beyond the datagram', Buffer.concat([encodeU32(29), one.subarray(4)])],
    ['half a header', one.subarray(0, 6)],
  ])('%s is refused', (_, bytes) => {
    expect(() => decodeMessages(bytes)).toThrow(KernelParseError);
  });

  test('an errno is a positive number', () => {
    const [refusal] = decodeMessages(encodeMessage(NLMSG_ERROR, 0, 7, encodeU32(0xffffffff)));
    expect(refusal === undefined ? undefined : decodeErrno(refusal)).toBe(1);
  });

  survivesBytes(decodeMessages, Buffer.concat([one, one]));
});

describe('attributes', () => {
  const nested = encodeAttribute(18 | 0x8000, encodeAttribute(1, latin1('veth\0')));

  test('their flags are not part of their type', () => {
    const kind = decodeAttributes(decodeAttributes(nested).get(18) ?? nested).get(1);
    expect(text(kind ?? nested)).toBe('veth');
  });

  test.each([
    ['a length below that of a header', Uint8Array.of(3, 0, 1, 0)],
    ['a length beyond the bytes', Uint8Array.of(9, 0, 1, 0, 0, 0, 0, 0)],
  ])('%s is refused', (_, bytes) => {
    expect(() => decodeAttributes(bytes)).toThrow(KernelParseError);
  });

  survivesBytes((bytes) => decodeAttributes(bytes), nested);
});

test.each<[string, number[], number | bigint]>([
  ['small', [1, 0, 0, 0, 0, 0, 0, 0], 1],
  ['the largest a double holds', [255, 255, 255, 255, 255, 255, 31, 0], Number.MAX_SAFE_INTEGER],
  ['one more', [0, 0, 0, 0, 0, 0, 32, 0], 2n ** 53n],
  ['the largest', [255, 255, 255, 255, 255, 255, 255, 255], 2n ** 64n - 1n],
])('a counter: %s', (_, bytes, expected) => {
  expect(u64(Uint8Array.from(bytes), 0)).toBe(expected);
});
