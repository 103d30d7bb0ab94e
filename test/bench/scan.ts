/**
 * The scan of all processes, timed inside the process, beside a C program that asks the kernel the same; and the whole
 * sample. The two scans must read the same, or their times would say nothing.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compiled } from '../load/tool.ts';
import { type Line, median } from './figures.ts';
import { IGNORED_ROUNDS, nodeAnswer, numbersOf, run, Series } from './measure.ts';

/** How many of each kind of file one scan read. */
export type Reads = Readonly<Record<string, number>>;

export interface BothReads {
  readonly porthole: Reads;
  readonly c: Reads;
}

const SCAN_TARGET = 1.3;
/** Processes come and go between two counts of the files; a burst of them is no reason to give up. */
const READS_TOLERANCE = 0.02;
const READS_TRIES = 10;
const WARM_SCANS = 6;

/** The first scan of a fresh process, and what it settles at once the compiler has seen it. */
export function scans(rounds: number, inProcess: string): Line[] {
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

export function samples(rounds: number, inProcess: string): Line[] {
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
export function equalReads(inProcess: string): BothReads {
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
