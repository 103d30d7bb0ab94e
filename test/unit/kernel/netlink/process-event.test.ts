// What is said to the kernel's process connector and what it answers, byte by byte.
import { describe, expect, it } from 'vitest';
import { encodeMessage, encodeU32, NLMSG_DONE } from '../../../../src/kernel/netlink/message.ts';
import {
  type Answer,
  decodeAnswers,
  encodeSubscription,
  endOf,
} from '../../../../src/kernel/netlink/process-event.ts';
import { survivesBytes } from '../survives.ts';

const words = (...values: readonly number[]) => Buffer.concat(values.map((value) => encodeU32(value)));

/** cn_msg (index, value, sequence, acknowledged, length), then what, cpu, a timestamp of 64 bits, and the data. */
const event = (what: number, data: readonly number[], { acknowledged = 0, index = 1 } = {}) =>
  encodeMessage(NLMSG_DONE, 0, 7, words(index, 1, 7, acknowledged, 40, what, 1, 5, 6, ...data));

const EXEC = 2;

describe('an answer', () => {
  it.each<[string, Uint8Array, Answer[]]>([
    ['yes', event(0, [0], { acknowledged: 78 }), [{ token: 77, errno: 0 }]],
    ['a refusal', event(0, [1], { acknowledged: 78 }), [{ token: 77, errno: 1 }]],
    ['an event', event(EXEC, [42, 42]), []],
    ['another connector', event(0, [0], { acknowledged: 78, index: 5 }), []],
    ['nothing', new Uint8Array(), []],
  ])('%s', (_name, datagram, expected) => {
    expect(decodeAnswers(datagram)).toEqual(expected);
  });

  survivesBytes(decodeAnswers, event(0, [0], { acknowledged: 78 }), event(EXEC, [42, 42]));
});

it.each([
  [0, { exitCode: 0 }],
  [0x300, { exitCode: 3 }],
  [0xff00, { exitCode: 255 }],
  [9, { exitSignal: 9 }],
  // A core was dumped.
  [0x8b, { exitSignal: 11 }],
])('status %i is %o', (status, expected) => {
  expect(endOf(status)).toEqual(expected);
});

it.each([
  ['a subscription', true, 1],
  ['the end of one', false, 2],
])('%s is a message of 40 bytes', (_name, isWanted, operation) => {
  const message = Buffer.from(encodeSubscription(isWanted, 77));
  const rest = Buffer.from(new Uint16Array([4, 0]).buffer);
  const header = words(40, NLMSG_DONE, 0, 0, 1, 1, 0, 77);
  expect(message).toEqual(Buffer.concat([header, rest, words(operation)]));
});
