import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { parseInetSockets } from '../../../../src/kernel/proc/net-tcp.ts';
import { fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

const TCP = fixture('proc/linux-6.18/net-tcp');
const TCP6 = fixture('proc/linux-6.18/net-tcp6');
const UDP = fixture('proc/linux-6.18/net-udp');
const RAW = fixture('proc/linux-6.18/net-raw');
const HEADER = `${TCP.split('\n')[0]}\n`;

describe('parseInetSockets (Linux 6.18)', () => {
  test('tcp: listening, with the loopback address in the byte order of the host', () => {
    expect(parseInetSockets(TCP)[0]).toEqual({
      localAddress: '127.0.0.1',
      localPort: 8080,
      remoteAddress: '0.0.0.0',
      remotePort: 0,
      state: 'LISTEN',
      rxQueue: 0,
      txQueue: 0,
      inode: 7989693,
      uid: 0,
    });
  });

  test('tcp: every state, bytes that wait, and no inode for what no process has', () => {
    const found = parseInetSockets(TCP).map(({ state, rxQueue, inode }) => [state, rxQueue, inode]);
    expect(found).toEqual([
      ['LISTEN', 0, 7989693],
      ['ESTAB', 0, 7989695],
      ['CLOSE-WAIT', 1, 7989696],
      ['CLOSE-WAIT', 1, 7989697],
      ['TIME-WAIT', 0, 0],
      ['FIN-WAIT-1', 0, 0],
      ['FIN-WAIT-1', 0, 0],
      ['ESTAB', 1000, 7989698],
    ]);
  });

  test('tcp6: four words of the host each, an address mapped from IPv4, one connection not accepted yet', () => {
    const found = parseInetSockets(TCP6);
    expect(
      found.map(({ localAddress, state, rxQueue, inode }) => [localAddress, state, rxQueue, inode]),
    ).toEqual([
      ['::', 'LISTEN', 1, 7989694],
      ['::ffff:127.0.0.1', 'ESTAB', 0, 7989706],
      ['::ffff:127.0.0.1', 'ESTAB', 0, 0],
    ]);
  });

  test('udp: a connected one and one that is not; raw: the protocol in place of the port', () => {
    expect(
      parseInetSockets(UDP).map(({ state, localPort, remotePort }) => [state, localPort, remotePort]),
    ).toEqual([
      ['UNCONN', 5353, 0],
      ['ESTAB', 60230, 5353],
    ]);
    expect(parseInetSockets(RAW)).toMatchObject([{ state: 'UNCONN', localPort: 1 }]);
  });

  test('a state of a newer kernel is named by its number', () => {
    const line = (TCP.split('\n')[1] ?? '').replace(' 0A ', ' 1F ');
    expect(parseInetSockets(`${HEADER}${line}\n`)).toMatchObject([{ state: 'state 31' }]);
  });

  test.each([
    ['nothing', ''],
    ['another file', 'Num RefCount\n'],
    [
      'a line cut before its inode',
      `${HEADER}   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000`,
    ],
    [
      'an address of three words',
      `${HEADER}${(TCP.split('\n')[1] ?? '').replace('0100007F', '0100007F0100007F0100007F')}`,
    ],
  ])('%s is refused', (_, text) => {
    expect(() => parseInetSockets(text)).toThrow(KernelParseError);
  });

  survives(parseInetSockets, TCP, TCP6, UDP, RAW);
});
