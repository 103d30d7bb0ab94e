// What the kernel's process connector tells, byte by byte.
import { describe, expect, it } from 'vitest';
import { encodeMessage, encodeU32, NLMSG_DONE } from '../../../../src/kernel/netlink/message.ts';
import {
  decodeProcessEvents,
  encodeSubscription,
  type ProcessEvent,
} from '../../../../src/kernel/netlink/process-event.ts';
import { survivesBytes } from '../survives.ts';

const words = (...values: readonly number[]) => Buffer.concat(values.map((value) => encodeU32(value)));

/** cn_msg (index, value, sequence, acknowledged, length), then what, cpu, a timestamp of 64 bits, and the data. */
const event = (what: number, data: readonly number[], { acknowledged = 0, index = 1 } = {}) =>
  encodeMessage(NLMSG_DONE, 0, 7, words(index, 1, 7, acknowledged, 40, what, 1, 5, 6, ...data));

const EXEC = 2;
const EXIT = 0x80000000;

describe('an event', () => {
  it.each<[string, Uint8Array, ProcessEvent[]]>([
    ['fork', event(1, [41, 40, 42, 42]), [{ kind: 'fork', pid: 42, parent: 40 }]],
    ['a new thread', event(1, [40, 40, 43, 40]), []],
    ['exec', event(EXEC, [42, 42]), [{ kind: 'exec', pid: 42 }]],
    ['a new session', event(0x80, [42, 42]), [{ kind: 'change', pid: 42 }]],
    ['another name', event(0x200, [42, 42, 0x61, 0, 0, 0]), [{ kind: 'change', pid: 42 }]],
    ['another name of a thread', event(0x200, [43, 42, 0x61, 0, 0, 0]), []],
    ['exit 0', event(EXIT, [42, 42, 0, 17, 40, 40]), [{ kind: 'exit', pid: 42, exitCode: 0 }]],
    ['exit 3', event(EXIT, [42, 42, 0x300, 17, 40, 40]), [{ kind: 'exit', pid: 42, exitCode: 3 }]],
    ['exit 255', event(EXIT, [42, 42, 0xff00, 17, 40, 40]), [{ kind: 'exit', pid: 42, exitCode: 255 }]],
    ['killed', event(EXIT, [42, 42, 9, 17, 40, 40]), [{ kind: 'exit', pid: 42, exitSignal: 9 }]],
    ['a core dumped', event(EXIT, [42, 42, 0x8b, 17, 40, 40]), [{ kind: 'exit', pid: 42, exitSignal: 11 }]],
    ['the end of a thread', event(EXIT, [43, 42, 0, 17, 40, 40]), []],
    ['a change of user', event(4, [42, 42, 0, 0]), []],
    ['an answer', event(0, [0], { acknowledged: 78 }), [{ kind: 'ack', token: 77, errno: 0 }]],
    ['a refusal', event(0, [1], { acknowledged: 78 }), [{ kind: 'ack', token: 77, errno: 1 }]],
    ['another connector', event(EXEC, [42, 42], { index: 5 }), []],
    ['nothing', new Uint8Array(), []],
  ])('%s', (_name, datagram, expected) => {
    expect(decodeProcessEvents(datagram)).toEqual(expected);
  });

  survivesBytes(decodeProcessEvents, event(EXEC, [42, 42]), event(EXIT, [42, 42, 0x300, 17, 40, 40]));
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
