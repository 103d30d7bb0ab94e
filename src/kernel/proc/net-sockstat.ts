/**
 * `/proc/PID/net/sockstat` and `sockstat6`: "PROTOCOL: name value name value …" a line. How many sockets of each protocol
 * there are in that network namespace; worth asking first, because listing TCP's walks a table of the whole host's.
 * @see proc_pid_net(5), net/ipv4/proc.c sockstat_seq_show
 */
import { parseInteger } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { splitBlanks, splitLines } from './lines.ts';

/** By protocol (`TCP`, `UDP6`, …), then by name (`inuse`, `tw`, …). */
export type SocketCounts = ReadonlyMap<string, ReadonlyMap<string, number>>;

const FILE = '/proc/PID/net/sockstat';

/** @throws {KernelParseError} on a line without a colon, or with something else than pairs */
export function parseSockstat(text: string): SocketCounts {
  return new Map(splitLines(text).map(parseLine));
}

function parseLine(line: string): [string, ReadonlyMap<string, number>] {
  const colon = line.indexOf(':');
  const words = splitBlanks(line.slice(colon + 1));
  if (colon < 1 || words.length % 2 !== 0)
    throw new KernelParseError(FILE, 'expected "PROTOCOL: name value …"', line);
  const counts = new Map<string, number>();
  for (let i = 0; i < words.length; i += 2)
    counts.set(words[i] ?? '', parseInteger(words[i + 1] ?? '', FILE));
  return [line.slice(0, colon), counts];
}
