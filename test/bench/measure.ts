/** How single figures are taken: whole processes through the stopwatch, and one fresh process of in-process.ts. */
import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { compiled } from '../load/tool.ts';
import { type Line, median } from './figures.ts';

export interface HostSize {
  readonly processes: number;
  readonly containers: number;
}

export interface Command {
  readonly what: string;
  readonly words: readonly string[];
  readonly output: 'null' | 'pipe';
  readonly against?: string;
  readonly target?: number;
}

/** The first turns fill the kernel's caches and are not counted. */
export const IGNORED_ROUNDS = 1;
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;
const STEP_DEADLINE_MS = 120_000;

export function wholeProcesses(id: string, rounds: number, commands: readonly Command[]): Line[] {
  const measured = commands.map((command) => ({ command, wallMs: [] as number[], cpuMs: [] as number[] }));
  for (let round = -IGNORED_ROUNDS; round < rounds; round += 1) {
    for (const { command, wallMs, cpuMs } of measured) {
      const { wall, cpu } = timed(command);
      if (round < 0) continue;
      wallMs.push(wall);
      cpuMs.push(cpu);
    }
  }
  return measured.map(({ command: { what, against, target }, wallMs, cpuMs }) => ({
    id,
    what,
    wallMs,
    cpuMs,
    ...(against !== undefined && { against }),
    ...(target !== undefined && { target }),
  }));
}

/** @throws when the command fails: a failure is quick, and would look like a good figure */
function timed({ words, output }: Command): { wall: number; cpu: number } {
  const stopwatch = compiled('stopwatch', ['test/bench/stopwatch.c']);
  const [wall, cpu, status, bytes] = run(stopwatch, [output, ...words])
    .trim()
    .split(' ')
    .map(Number);
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}`);
  if (output === 'pipe' && bytes === 0) throw new Error(`${words.join(' ')} printed nothing`);
  return { wall: Number(wall) / 1e6, cpu: Number(cpu) / 1e6 };
}

/** One figure a round, out of a process that measured several times. */
export class Series {
  readonly wallMs: number[] = [];
  readonly cpuMs: number[] = [];

  takeFirst([wall = Number.NaN]: readonly number[], [cpu = Number.NaN]: readonly number[]): void {
    this.wallMs.push(wall);
    this.cpuMs.push(cpu);
  }

  takeLater([, ...wall]: readonly number[], [, ...cpu]: readonly number[]): void {
    this.wallMs.push(median(wall));
    this.cpuMs.push(median(cpu));
  }
}

export function nodeAnswer(
  inProcess: string,
  what: string,
  ...words: readonly (string | number)[]
): Record<string, unknown> {
  return JSON.parse(run(process.execPath, [inProcess, what, ...words.map(String)]));
}

export function numbersOf(answer: Record<string, unknown>, name: string): number[] {
  const value = answer[name];
  if (!Array.isArray(value)) throw new Error(`in-process.ts gave no ${name}`);
  return value.map(Number);
}

/** The start file names its interpreter through PATH: the one that runs us. */
export function run(file: string, words: readonly string[]): string {
  return execFileSync(file, words, {
    encoding: 'utf8',
    maxBuffer: MOST_OUTPUT_BYTES,
    timeout: STEP_DEADLINE_MS,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` },
  });
}
