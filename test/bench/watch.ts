/**
 * `porthole ps -w 1 --json` beside other watchers at one update a second: all at once, over the same seconds, by processor
 * time. Start-up and the first sample are part of it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { spawn as spawnInTerminal } from '@lydell/node-pty';
import { startHost } from '../load/load.ts';
import { compiled } from '../load/tool.ts';
import type { Line } from './figures.ts';
import type { HostSize } from './measure.ts';

const HTOP_TARGET = 1;
/** Five times as many containers and processes. */
const GROWTH_TARGET = 5;
const COLUMNS = 120;
const ROWS = 40;
/** A watcher that leaves out updates is cheap for the wrong reason: it is not judged. */
const LEAST_SHARE_OF_UPDATES = 0.9;
const NEWLINE = 10;

interface Watcher {
  readonly what: string;
  readonly words: readonly string[];
  /** `lines`: each line of output is an update, and they are counted. */
  readonly output: 'terminal' | 'pipe' | 'lines';
}

interface Watched {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly bytes: number;
  readonly lines: number;
}

interface WatchContext {
  readonly isQuick: boolean;
  readonly porthole: string;
  readonly progress: (text: string) => void;
}

export async function watches({ isQuick, porthole, progress }: WatchContext): Promise<Line[]> {
  const seconds = isQuick ? 5 : 60;
  const small = isQuick ? { processes: 300, containers: 30 } : { processes: 2000, containers: 200 };
  const large = { processes: small.processes * GROWTH_TARGET, containers: small.containers * GROWTH_TARGET };
  const lines = await watchHost(small, seconds, porthole, progress);
  const later = await watchHost(large, seconds, porthole, progress);
  const [ours, bigger] = [lines[0], later[0]];
  if (ours === undefined || bigger === undefined) throw new Error('nothing was watched');
  const { target, ...alsoBigger } = bigger;
  const grown = {
    ...alsoBigger,
    what: `${bigger.what}, again`,
    against: ours.what,
    ...(target !== undefined && { target: GROWTH_TARGET }),
  };
  return [...lines, alsoBigger, grown, ...later.slice(1)];
}

async function watchHost(
  size: HostSize,
  seconds: number,
  porthole: string,
  progress: (text: string) => void,
): Promise<Line[]> {
  progress(`watch: ${size.processes} processes in ${size.containers} containers for ${seconds} s`);
  const load = await startHost({ ...size, hasNet: true });
  const home = mkdtempSync(join(tmpdir(), 'porthole-bench-'));
  try {
    const watchers = watchersOf(porthole);
    const listed = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;
    const watched = await Promise.all(watchers.map((each) => watchWith(each, seconds, home)));
    return watchers.flatMap((watcher, index) => {
      const one = watched[index];
      return one === undefined ? [] : [lineOf(watcher, one, size, seconds, listed)];
    });
  } finally {
    rmSync(home, { recursive: true, force: true });
    await load.stop();
  }
}

function watchersOf(porthole: string): Watcher[] {
  return [
    {
      what: 'porthole ps -w 1 --json',
      words: [process.execPath, porthole, 'ps', '-w', '1', '--json'],
      output: 'lines',
    },
    { what: 'htop -d 10', words: ['htop', '-d', '10'], output: 'terminal' },
    { what: 'top -b -d 1', words: ['top', '-b', '-d', '1'], output: 'pipe' },
    { what: 'systemd-cgtop -b -d 1', words: ['systemd-cgtop', '-b', '-d', '1', '-n', '0'], output: 'pipe' },
  ];
}

function lineOf(
  { what, output }: Watcher,
  { wallMs, cpuMs, lines }: Watched,
  { processes, containers }: HostSize,
  seconds: number,
  listed: number,
): Line {
  const where = `${containers}/${processes}`;
  const isOurs = output === 'lines';
  const isSlow = isOurs && lines < Math.floor(seconds * LEAST_SHARE_OF_UPDATES);
  const perSecond = `${(cpuMs / seconds).toFixed(1)} ms a second`;
  return {
    id: 'w',
    what: `${what}, ${where}`,
    wallMs: [wallMs],
    cpuMs: [cpuMs],
    judgedBy: 'cpu',
    ...(isOurs && { against: `htop -d 10, ${where}` }),
    ...(isOurs && !isSlow && { target: HTOP_TARGET }),
    note: isOurs
      ? `${perSecond}, ${lines} documents${isSlow ? ', TOO FEW TO JUDGE' : ''}, ${listed} processes in all`
      : perSecond,
  };
}

/** @throws when it ends too early or prints nothing */
async function watchWith({ what, words, output }: Watcher, seconds: number, home: string): Promise<Watched> {
  const directory = mkdtempSync(join(home, 'watcher-'));
  const report = join(directory, 'report');
  const runner = compiled('for-seconds', ['test/bench/for-seconds.c']);
  const counted = { bytes: 0, lines: 0 };
  const run = output === 'terminal' ? inTerminal : inPipe;
  const status = await run(runner, [String(seconds), report, ...words], environmentOf(directory), counted);
  if (status !== 0) throw new Error(`${what}: the stopwatch ended with ${status}`);
  const [wall, cpu, isEarly, ended] = readFileSync(report, 'utf8').trim().split(' ').map(Number);
  if (isEarly !== 0) throw new Error(`${what} ended by itself with ${ended}`);
  if (counted.bytes === 0) throw new Error(`${what} printed nothing`);
  return { wallMs: Number(wall) / 1e6, cpuMs: Number(cpu) / 1e6, ...counted };
}

/** Nobody's own settings of htop and top count. */
function environmentOf(home: string): Record<string, string> {
  const config = join(home, 'config');
  mkdirSync(config);
  return {
    HOME: home,
    XDG_CONFIG_HOME: config,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
  };
}

interface Counted {
  bytes: number;
  lines: number;
}

type Run = (
  file: string,
  words: string[],
  env: Record<string, string>,
  counted: Counted,
) => Promise<number | null>;

const inTerminal: Run = (file, words, env, counted) => {
  const terminal = spawnInTerminal(file, words, { name: 'xterm-256color', cols: COLUMNS, rows: ROWS, env });
  terminal.onData((text) => {
    counted.bytes += text.length;
  });
  return new Promise((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
};

const inPipe: Run = (file, words, env, counted) => {
  const child: ChildProcess = spawn(file, words, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout?.on('data', (chunk: Buffer) => {
    counted.bytes += chunk.length;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) counted.lines += 1;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
};
