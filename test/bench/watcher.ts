/**
 * Programs that watch a host until they are stopped, side by side over the same seconds, each with settings of its own in a
 * directory that goes with it: what they cost, what they write and what memory they hold. Start-up is part of it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { spawn as spawnInTerminal } from '@lydell/node-pty';
import { compiled } from '../load/tool.ts';

export const SCREEN = { columns: 120, rows: 40 };
const NEWLINE = 10;
/** Output after so long a silence is another update: they come once a second. */
const SILENCE_MS = 200;
const BYTES_PER_KIB = 1024;
/** What a terminal says when it is asked how it is. */
const QUESTION = '\x1b[5n';
const ANSWER = '\x1b[0n';

export interface Watcher {
  readonly what: string;
  readonly words: readonly string[];
  /** `lines`: each line of output is an update, and they are counted. */
  readonly output: 'terminal' | 'pipe' | 'lines';
  /** Files it reads its settings from, below its XDG_CONFIG_HOME. */
  readonly config?: Readonly<Record<string, string>>;
}

export interface Watched {
  readonly wallMs: number;
  /** Of all threads, and of children it waited for. */
  readonly cpuMs: number;
  readonly bytes: number;
  readonly lines: number;
  /** Times it wrote something after a silence. */
  readonly updates: number;
  /** Resident memory of the process that was started, at most and at the end. */
  readonly peakBytes: number;
  readonly rssBytes: number;
}

type Counted = Pick<Watched, 'bytes' | 'lines' | 'updates'>;

/** @throws when one of them ends too early or prints nothing */
export async function watchSideBySide(watchers: readonly Watcher[], seconds: number): Promise<Watched[]> {
  const home = mkdtempSync(join(tmpdir(), 'porthole-bench-'));
  try {
    return await Promise.all(watchers.map((each) => watchWith(each, seconds, home)));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function watchWith(
  { what, words, output, config = {} }: Watcher,
  seconds: number,
  home: string,
): Promise<Watched> {
  const directory = mkdtempSync(join(home, 'watcher-'));
  const report = join(directory, 'report');
  const runner = compiled('for-seconds', ['test/bench/for-seconds.c']);
  const counter = new Counter();
  const run = output === 'terminal' ? inTerminal : inPipe;
  const env = ownEnvironment(directory, config);
  const status = await run(runner, [String(seconds), report, ...words], env, counter);
  if (status !== 0) throw new Error(`${what}: the stopwatch ended with ${status}`);
  const [wall, cpu, isEarly, ended, peakKib, rssKib] = readFileSync(report, 'utf8')
    .trim()
    .split(' ')
    .map(Number);
  if (isEarly !== 0) throw new Error(`${what} ended by itself with ${ended}`);
  const { bytes, lines, updates } = counter;
  if (bytes === 0) throw new Error(`${what} printed nothing`);
  return {
    wallMs: Number(wall) / 1e6,
    cpuMs: Number(cpu) / 1e6,
    bytes,
    lines,
    updates,
    peakBytes: Number(peakKib) * BYTES_PER_KIB,
    rssBytes: Number(rssKib) * BYTES_PER_KIB,
  };
}

/** Nobody's own settings count. */
export function ownEnvironment(
  home: string,
  files: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const config = join(home, 'config');
  mkdirSync(config);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(config, name)), { recursive: true });
    writeFileSync(join(config, name), text);
  }
  return {
    HOME: home,
    XDG_CONFIG_HOME: config,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
  };
}

class Counter implements Counted {
  bytes = 0;
  lines = 0;
  updates = 0;
  #lastAtMs = Number.NEGATIVE_INFINITY;

  take(bytes: number, lines: number): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastAtMs > SILENCE_MS) this.updates += 1;
    this.#lastAtMs = nowMs;
    this.bytes += bytes;
    this.lines += lines;
  }
}

type Run = (
  file: string,
  words: string[],
  env: Record<string, string>,
  counter: Counter,
) => Promise<number | null>;

/** The terminal takes everything at once and answers when it is asked; it does not draw, which would be work of ours. */
const inTerminal: Run = (file, words, env, counter) => {
  const { columns: cols, rows } = SCREEN;
  const terminal = spawnInTerminal(file, words, { name: 'xterm-256color', cols, rows, env });
  terminal.onData((text) => {
    counter.take(Buffer.byteLength(text), 0);
    if (text.includes(QUESTION)) terminal.write(ANSWER);
  });
  return new Promise((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
};

const inPipe: Run = (file, words, env, counter) => {
  const child: ChildProcess = spawn(file, words, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout?.on('data', (chunk: Buffer) => {
    let lines = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1;
    counter.take(chunk.length, lines);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
};
