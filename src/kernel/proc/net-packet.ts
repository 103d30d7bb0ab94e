/**
 * `/proc/PID/net/packet`: a header, then one line per packet socket of that network namespace: "sk refcount type protocol
 * interface running rmem uid inode". They see traffic below IP: sniffers and DHCP clients.
 * @see packet(7), net/packet/af_packet.c packet_seq_show
 */
import { parseInteger } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { splitBlanks, splitLines } from './lines.ts';

export interface PacketSocket {
  /** Ethernet protocol, 3 (ETH_P_ALL) for every one. */
  readonly protocol: number;
  /** 0 for every interface. */
  readonly interfaceIndex: number;
  readonly rxQueue: number;
  readonly uid: number;
  readonly inode: number;
}

const FILE = '/proc/PID/net/packet';

/** @throws {KernelParseError} without the header, or on a malformed line */
export function parsePacketSockets(text: string): PacketSocket[] {
  const [header, ...lines] = splitLines(text);
  if (!header?.startsWith('sk ')) throw new KernelParseError(FILE, 'no header line', header);
  return lines.map((line) => {
    const [, , , protocol = '', index = '', , rmem = '', uid = '', inode = ''] = splitBlanks(line);
    if (!/^[0-9a-f]{4}$/.test(protocol)) throw new KernelParseError(FILE, 'expected 9 columns', line);
    return {
      protocol: Number.parseInt(protocol, 16),
      interfaceIndex: parseInteger(index, FILE),
      rxQueue: parseInteger(rmem, FILE),
      uid: parseInteger(uid, FILE),
      inode: parseInteger(inode, FILE),
    };
  });
}
