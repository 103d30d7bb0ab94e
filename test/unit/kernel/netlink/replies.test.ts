/** What Linux 6.18 answered in a namespace with lo, a veth in a bridge, and a tun device. */
import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { decodeAddress, encodeAddressDump } from '../../../../src/kernel/netlink/address.ts';
import { decodeLink, encodeLinkDump } from '../../../../src/kernel/netlink/link.ts';
import {
  decodeMessages,
  encodeAttribute,
  encodeMessage,
  encodeU32,
} from '../../../../src/kernel/netlink/message.ts';
import { decodeNsid, encodeNsidQuestion } from '../../../../src/kernel/netlink/nsid.ts';
import { fixtureBytes } from '../fixture.ts';
import { survivesBytes } from '../survives.ts';

const LINKS = fixtureBytes('netlink/linux-6.18/links');
const ADDRESSES = fixtureBytes('netlink/linux-6.18/addresses');
const linksIn = (bytes: Uint8Array) => decodeMessages(bytes).flatMap((each) => decodeLink(each) ?? []);
const addressesIn = (bytes: Uint8Array) => decodeMessages(bytes).flatMap((each) => decodeAddress(each) ?? []);

const reply = (type: number, ...parts: Uint8Array[]) => {
  const [message] = decodeMessages(encodeMessage(type, 0, 1, ...parts));
  if (message === undefined) throw new Error('no message');
  return message;
};

describe('links', () => {
  const [lo, veth, bridge, tun] = linksIn(LINKS);

  test('lo: no driver, so the kind of its hardware', () => {
    expect(lo).toEqual({
      index: 1,
      name: 'lo',
      kind: 'loopback',
      mac: '00:00:00:00:00:00',
      mtu: 65536,
      state: 'UNKNOWN',
      flags: ['LOOPBACK', 'UP', 'LOWER_UP'],
      counters: {
        rxBytes: 0,
        rxPackets: 0,
        rxErrors: 0,
        rxDropped: 0,
        txBytes: 0,
        txPackets: 0,
        txErrors: 0,
        txDropped: 0,
      },
    });
  });

  test('a veth: its other end, in namespace 0 as this one counts, and the bridge it is in', () => {
    expect(veth).toMatchObject({
      index: 2,
      name: 'veth0',
      kind: 'veth',
      mac: '02:00:00:00:00:01',
      state: 'UP',
      alias: 'to {eth0}',
      linkIndex: 2,
      linkNetnsid: 0,
      masterIndex: 3,
    });
    expect(veth?.flags).toEqual(['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP']);
  });

  test('a bridge, and a tun device without a hardware address', () => {
    expect(bridge).toMatchObject({ name: 'br0', kind: 'bridge', state: 'UP' });
    expect(bridge?.linkIndex).toBeUndefined();
    expect(tun).toMatchObject({ name: 'tun0', kind: 'tun', state: 'DOWN' });
    expect(tun?.mac).toBeUndefined();
    expect(tun?.flags).toEqual(['POINTOPOINT', 'MULTICAST', 'NOARP']);
  });

  test('up without a carrier says so', () => {
    const header = Uint8Array.of(0, 0, 1, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0);
    const message = reply(16, header, encodeAttribute(3, Buffer.from('x\0')));
    expect(decodeLink(message)).toMatchObject({ index: 9, kind: 'ether', flags: ['NO-CARRIER', 'UP'] });
  });

  test.each<[string, number[], string]>([
    ['ipip', [0, 3], '192.0.2.9'],
    ['ether', [1, 0], 'c0:00:02:09'],
  ])('the hardware address of %s', (kind, hardware, mac) => {
    const header = Uint8Array.of(0, 0, ...hardware, ...new Array(12).fill(0));
    const address = encodeAttribute(1, Uint8Array.of(192, 0, 2, 9));
    const message = reply(16, header, address, encodeAttribute(3, Buffer.from('t\0')));
    expect(decodeLink(message)).toMatchObject({ kind, mac });
  });

  test('one without a name is refused, another message is not one', () => {
    expect(() => decodeLink(reply(16, new Uint8Array(16)))).toThrow(KernelParseError);
    expect(decodeLink(reply(20, new Uint8Array(16)))).toBeUndefined();
  });

  test('are asked for with a dump', () => {
    expect(decodeMessages(encodeLinkDump(4))).toMatchObject([{ type: 18, flags: 0x301, sequence: 4 }]);
  });

  survivesBytes(linksIn, LINKS);
});

describe('addresses', () => {
  test('of every interface, its own and not the other end of a point-to-point link', () => {
    expect(addressesIn(ADDRESSES)).toEqual([
      { index: 1, address: { address: '127.0.0.1', prefix: 8, family: 'inet', scope: 'host' } },
      { index: 3, address: { address: '192.0.2.1', prefix: 24, family: 'inet', scope: 'global' } },
      { index: 4, address: { address: '192.0.2.5', prefix: 32, family: 'inet', scope: 'global' } },
      { index: 1, address: { address: '::1', prefix: 128, family: 'inet6', scope: 'host' } },
      { index: 2, address: { address: 'fe80::ff:fe00:1', prefix: 64, family: 'inet6', scope: 'link' } },
      { index: 3, address: { address: '2001:db8::1:0:0:1', prefix: 64, family: 'inet6', scope: 'global' } },
      { index: 3, address: { address: 'fe80::ff:fe00:3', prefix: 64, family: 'inet6', scope: 'link' } },
    ]);
  });

  test('of a wrong length are refused, other families are none', () => {
    const short = encodeAttribute(1, Uint8Array.of(1, 2, 3));
    expect(() => decodeAddress(reply(20, Uint8Array.of(2, 24, 0, 0, 1, 0, 0, 0), short))).toThrow(
      KernelParseError,
    );
    expect(decodeAddress(reply(20, Uint8Array.of(12, 24, 0, 0, 1, 0, 0, 0), short))).toBeUndefined();
  });

  test('are asked for with a dump', () => {
    expect(decodeMessages(encodeAddressDump(4))).toMatchObject([{ type: 22, flags: 0x301, sequence: 4 }]);
  });

  survivesBytes(addressesIn, ADDRESSES);
});

describe('numbers of other namespaces', () => {
  const answer = (nsid: number) =>
    encodeMessage(88, 0, 1, new Uint8Array(4), encodeAttribute(1, encodeU32(nsid)));
  const nsidIn = (bytes: Uint8Array) => decodeMessages(bytes).map(decodeNsid)[0];

  test.each([
    ['assigned', 3, 3],
    ['assigned first', 0, 0],
    ['not assigned', 0xffffffff, undefined],
  ])('%s', (_, nsid, expected) => {
    expect(nsidIn(answer(nsid))).toBe(expected);
  });

  test('are asked for, never given: RTM_GETNSID without NLM_F_CREATE', () => {
    expect(decodeMessages(encodeNsidQuestion(4, 17))).toMatchObject([{ type: 90, flags: 1, sequence: 4 }]);
  });

  survivesBytes(nsidIn, answer(3));
});
