/**
 * `/proc/loadavg`: "1min 5min 15min runnable/tasks lastpid". The load averages are the host's, whoever reads them; the last
 * pid is of the reader's pid namespace.
 * @see proc_loadavg(5)
 */
import { parseInteger } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { onlyLine } from './lines.ts';

export interface LoadAverage {
  load1: number;
  load5: number;
  load15: number;
  runnable: number;
  /** Processes and threads. */
  tasks: number;
  lastPid: number;
}

const FILE = '/proc/loadavg';
const LINE = /^(\d+\.\d+) (\d+\.\d+) (\d+\.\d+) (\d+)\/(\d+) (\d+)$/;

/** @throws {KernelParseError} on anything else */
export function parseLoadavg(text: string): LoadAverage {
  const line = onlyLine(text, FILE);
  const [, load1, load5, load15, runnable = '', tasks = '', lastPid = ''] = LINE.exec(line) ?? [];
  if (load1 === undefined) throw new KernelParseError(FILE, 'expected five numbers', line);
  return {
    load1: Number(load1),
    load5: Number(load5),
    load15: Number(load15),
    runnable: parseInteger(runnable, FILE),
    tasks: parseInteger(tasks, FILE),
    lastPid: parseInteger(lastPid, FILE),
  };
}
