/**
 * `/proc/stat`: "cpu" and one "cpuN" line per online core in clock ticks since boot, `btime` in seconds since the epoch,
 * `processes` the forks since boot (threads too, of every pid namespace).
 * Other lines (intr is tens of kilobytes on big hosts) are skipped.
 * @see proc_stat(5)
 */
import { parseInteger } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { splitBlanks, splitLines } from './lines.ts';

export interface CpuTicks {
  userTicks: number;
  niceTicks: number;
  systemTicks: number;
  idleTicks: number;
  /** A hint only, and it can step back. */
  iowaitTicks: number;
  irqTicks: number;
  softirqTicks: number;
  stealTicks: number;
  /** user + nice + system + irq + softirq + steal: guest time is already in user. */
  busyTicks: number;
}

export interface HostStat {
  bootTimeSeconds?: number;
  forks?: number;
  cpus: number;
  total: CpuTicks;
}

const FILE = '/proc/stat';

/** @throws {KernelParseError} without a "cpu" line, or when it, `btime` or `processes` is malformed */
export function parseHostStat(text: string): HostStat {
  let total: CpuTicks | undefined;
  let bootTimeSeconds: number | undefined;
  let forks: number | undefined;
  let cpus = 0;
  for (const line of splitLines(text)) {
    if (line.startsWith('cpu ')) total = parseCpu(line);
    else if (line.startsWith('cpu')) cpus++;
    else if (line.startsWith('btime ')) bootTimeSeconds = parseInteger(line.slice(6), FILE);
    else if (line.startsWith('processes ')) forks = parseInteger(line.slice(10), FILE);
  }
  if (total === undefined) throw new KernelParseError(FILE, 'no "cpu" line');
  return {
    cpus,
    total,
    ...(bootTimeSeconds !== undefined && { bootTimeSeconds }),
    ...(forks !== undefined && { forks }),
  };
}

function parseCpu(line: string): CpuTicks {
  const ticks = splitBlanks(line.slice(4)).map((field) => parseInteger(field, FILE));
  // Every kernel since 2.6.11 has these eight; guest and guest_nice follow.
  const [user, nice, system, idle, iowait, irq, softirq, steal] = ticks;
  if (
    user === undefined ||
    nice === undefined ||
    system === undefined ||
    idle === undefined ||
    iowait === undefined ||
    irq === undefined ||
    softirq === undefined ||
    steal === undefined
  ) {
    throw new KernelParseError(FILE, 'expected at least 8 numbers', line);
  }
  return {
    userTicks: user,
    niceTicks: nice,
    systemTicks: system,
    idleTicks: idle,
    iowaitTicks: iowait,
    irqTicks: irq,
    softirqTicks: softirq,
    stealTicks: steal,
    busyTicks: user + nice + system + irq + softirq + steal,
  };
}
