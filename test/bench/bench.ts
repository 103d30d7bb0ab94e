/**
 * The comparisons. All commands of one comparison take turns (A B A B), so that what else the machine does hits each of
 * them; medians are compared. A figure never fails the run, but what cannot be measured does.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startHost, sweepLoad } from '../load/load.ts';
import { compiled } from '../load/tool.ts';
import { type Figures, figuresOf, type Line, median } from './figures.ts';

export interface BenchOptions {
  readonly isQuick: boolean;
  /** The built start file of Porthole, and the bundle of in-process.ts. */
  readonly porthole: string;
  readonly inProcess: string;
  /** Called before each step, for people who wait. */
  readonly progress: (text: string) => void;
}

export interface BenchResult {
  readonly processes: number;
  readonly containers: number;
  readonly reads: { readonly porthole: Reads; readonly c: Reads };
  readonly figures: readonly Figures[];
}

/** How many of each kind of file one scan read. */
export type Reads = Readonly<Record<string, number>>;

interface Command {
  readonly what: string;
  readonly words: readonly string[];
  readonly output: 'null' | 'pipe';
  readonly against?: string;
  readonly target?: number;
}

const START_TARGET = 1.3;
const PS_TARGET = 0.6;
const SCAN_TARGET = 1.3;
/** The lines whose targets are for the full size: on a small host, starting up outweighs the work. */
const SIZED_LINES = ['b', 'c'];
/** Processes come and go between two counts of the files; a burst of them is no reason to give up. */
const READS_TOLERANCE = 0.02;
const READS_TRIES = 10;
const WARM_SCANS = 6;
/** The first turns fill the kernel's caches and are not counted. */
const IGNORED_ROUNDS = 1;
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;
const STEP_DEADLINE_MS = 120_000;
const NAMESPACE_COLUMNS = 'cgroupns,ipcns,mntns,netns,pidns,timens,userns,utsns';

export async function bench({ isQuick, porthole, inProcess, progress }: BenchOptions): Promise<BenchResult> {
  const size = isQuick ? { processes: 1000, containers: 50 } : { processes: 5000, containers: 200 };
  sweepLoad();
  progress('start-up');
  const lines = wholeProcesses('a', isQuick ? 11 : 31, [
    {
      what: 'porthole --version',
      words: [porthole, '--version'],
      output: 'null',
      against: 'node -e 0',
      target: START_TARGET,
    },
    { what: 'node -e 0', words: [process.execPath, '-e', '0'], output: 'null' },
  ]);
  progress(`making ${size.processes} processes in ${size.containers} containers`);
  const load = await startHost({ ...size, hasNet: true });
  try {
    progress('scan');
    const reads = equalReads(inProcess);
    lines.push(...scans(isQuick ? 7 : 15, inProcess));
    progress('whole sample');
    lines.push(...samples(isQuick ? 3 : 7, inProcess));
    progress('whole processes');
    lines.push(...wholeProcesses('b', isQuick ? 5 : 11, listings(porthole)));
    return { ...size, reads, figures: figuresOf(inOrder(isQuick ? lines.map(withoutSizedTarget) : lines)) };
  } finally {
    await load.stop();
  }
}

function withoutSizedTarget(line: Line): Line {
  const { target: _, ...rest } = line;
  return SIZED_LINES.includes(line.id) ? rest : line;
}

function listings(porthole: string): Command[] {
  const json = (output: 'null' | 'pipe'): Command[] => [
    {
      what: `porthole ps --json (${output})`,
      words: [porthole, 'ps', '--json'],
      output,
      against: `lsns -J (${output})`,
      target: PS_TARGET,
    },
    { what: `lsns -J (${output})`, words: ['lsns', '-J'], output },
  ];
  return [
    ...json('null'),
    ...json('pipe'),
    { what: 'porthole ps', words: [porthole, 'ps'], output: 'pipe', against: 'lsns -J (pipe)' },
    {
      what: 'ps -eo pid,ppid,comm,*ns',
      words: ['ps', '-eo', `pid,ppid,comm,${NAMESPACE_COLUMNS}`],
      output: 'pipe',
      against: 'lsns -J (pipe)',
    },
  ];
}

/** The first scan of a fresh process, and what it settles at once the compiler has seen it. */
function scans(rounds: number, inProcess: string): Line[] {
  const ours = { cold: new Series(), warm: new Series() };
  const theirs = { cold: new Series(), warm: new Series() };
  for (let round = -IGNORED_ROUNDS; round < rounds; round += 1) {
    const node = nodeAnswer(inProcess, 'scan', 1 + WARM_SCANS);
    const c = cScan(1 + WARM_SCANS);
    if (round < 0) continue;
    ours.cold.takeFirst(numbersOf(node, 'msEach'), numbersOf(node, 'cpuMsEach'));
    ours.warm.takeLater(numbersOf(node, 'msEach'), numbersOf(node, 'cpuMsEach'));
    theirs.cold.takeFirst(c.msEach, c.cpuMsEach);
    theirs.warm.takeLater(c.msEach, c.cpuMsEach);
  }
  const later = `median of the next ${WARM_SCANS}`;
  return [
    {
      id: 'c',
      what: 'scan, cold (first in a fresh process)',
      ...ours.cold,
      against: 'C, cold',
      target: SCAN_TARGET,
    },
    { id: 'c', what: 'C, cold', ...theirs.cold },
    { id: 'c', what: `scan, warm (${later})`, ...ours.warm, against: 'C, warm' },
    { id: 'c', what: 'C, warm', ...theirs.warm },
  ];
}

/** One figure a round, out of a process that measured several times. */
class Series {
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

function samples(rounds: number, inProcess: string): Line[] {
  const cold = { sample: [] as number[], model: [] as number[] };
  const warm = { sample: [] as number[], model: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const answer = nodeAnswer(inProcess, 'sample', 1 + WARM_SCANS);
    const [sample = Number.NaN, ...laterSamples] = numbersOf(answer, 'sampleMs');
    const [model = Number.NaN, ...laterModels] = numbersOf(answer, 'modelMs');
    cold.sample.push(sample);
    cold.model.push(model);
    warm.sample.push(median(laterSamples));
    warm.model.push(median(laterModels));
  }
  return [
    { id: 'd', what: 'whole sample, cold', wallMs: cold.sample },
    { id: 'd', what: 'model of it, cold', wallMs: cold.model },
    { id: 'd', what: 'whole sample, warm', wallMs: warm.sample },
    { id: 'd', what: 'model of it, warm', wallMs: warm.model },
  ];
}

function wholeProcesses(id: string, rounds: number, commands: readonly Command[]): Line[] {
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

function cScan(times: number): { msEach: number[]; cpuMsEach: number[]; reads: Reads } {
  const text = run(compiled('scan', ['test/bench/scan.c']), [String(times)]);
  const each = [...text.matchAll(/^nsec (\d+) (\d+)$/gm)];
  const msEach = each.map(([, wall]) => Number(wall) / 1e6);
  const cpuMsEach = each.map(([, , cpu]) => Number(cpu) / 1e6);
  const last = /^processes .*$/m.exec(text)?.[0] ?? '';
  const reads = Object.fromEntries(
    [...last.matchAll(/(\w+) (\d+)/g)].map(([, name, n]) => [name, Number(n)]),
  );
  return { msEach, cpuMsEach, reads };
}

/** What the scan asks of the kernel, by kind of file, as strace sees it. */
function portholeReads(inProcess: string): Reads {
  const directory = mkdtempSync(join(tmpdir(), 'porthole-bench-'));
  try {
    const log = join(directory, 'strace.log');
    const trace = ['-f', '-qq', '-e', 'trace=openat,readlinkat', '-e', 'signal=none', '-o', log];
    const answer = run('strace', [...trace, process.execPath, inProcess, 'scan', '1']);
    const { processes } = JSON.parse(answer) as { processes: number };
    const reads: Record<string, number> = { processes };
    for (const [, kind = ''] of readFileSync(log, 'latin1').matchAll(PROCESS_FILE)) {
      reads[kind] = (reads[kind] ?? 0) + 1;
    }
    return reads;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Names relative to a process's directory. */
const PROCESS_FILE = /(?:openat|readlinkat)\(\d+, "(stat|cgroup|ns|root)[/"]/g;

/** @throws when the two scans never did the same work: their times would say nothing */
function equalReads(inProcess: string): BenchResult['reads'] {
  for (let tried = 1; ; tried += 1) {
    const reads = { porthole: portholeReads(inProcess), c: cScan(1).reads };
    const kind = differentKind(reads.porthole, reads.c);
    if (kind === undefined) return reads;
    if (tried < READS_TRIES) continue;
    throw new Error(
      `the scans differ: ${kind} was read ${reads.porthole[kind]} times here and ${reads.c[kind]} times in C`,
    );
  }
}

function differentKind(ours: Reads, theirs: Reads): string | undefined {
  return Object.entries(theirs).find(
    ([kind, expected]) => Math.abs((ours[kind] ?? 0) - expected) > expected * READS_TOLERANCE,
  )?.[0];
}

function nodeAnswer(inProcess: string, what: string, times: number): Record<string, unknown> {
  return JSON.parse(run(process.execPath, [inProcess, what, String(times)]));
}

function numbersOf(answer: Record<string, unknown>, name: string): number[] {
  const value = answer[name];
  if (!Array.isArray(value)) throw new Error(`in-process.ts gave no ${name}`);
  return value.map(Number);
}

/** The start file names its interpreter through PATH: the one that runs us. */
function run(file: string, words: readonly string[]): string {
  return execFileSync(file, words, {
    encoding: 'utf8',
    maxBuffer: MOST_OUTPUT_BYTES,
    timeout: STEP_DEADLINE_MS,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` },
  });
}

function inOrder(lines: readonly Line[]): Line[] {
  return [...lines].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}
