// Running programs for either processor: this machine's by itself, the other one's by qemu's user mode, if it is installed.
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it } from 'vitest';
import type { Ending, Started } from '../../src/launch/ending.ts';
import { image } from '../../src/launch/image.ts';
import type { Processor } from '../../src/launch/parameters.ts';
import { type Program, program } from '../../src/launch/program.ts';
import { type Launched, type LaunchOptions, launch, start } from '../../src/launch/run.ts';
import { emulatorOf } from '../lab/emulator.ts';

export interface Runner {
  readonly name: string;
  readonly processor: Processor;
  /** Why it cannot be used here; empty when it can. */
  readonly missing: string;
  readonly launch: (p: Program, options: LaunchOptions) => Promise<Launched>;
}

export const RUNNERS: readonly Runner[] = (['x64', 'arm64'] as const).map((processor) => {
  const { missing, command } = emulatorOf(processor);
  if (command === undefined && missing === '') return { name: processor, processor, missing, launch };
  const name = `${processor} under ${command ?? 'qemu'}`;
  return { name, processor, missing, launch: (p, options) => emulated(p, options, command ?? '') };
});

export interface ForRunner {
  readonly runner: Runner;
  /** Skipped where the runner is missing. */
  readonly test: ReturnType<typeof it.skipIf>;
  /** Skipped under qemu as well. */
  readonly testHere: ReturnType<typeof it.skipIf>;
  readonly make: () => Program;
}

/** Tests for either processor, under its name, and why they are skipped, if they are. */
export function describeRunners(tests: (each: ForRunner) => void): void {
  describe.each(RUNNERS.map((runner) => [runner.name + runner.missing, runner] as const))(
    '%s',
    (_name, runner) => {
      const { processor, missing } = runner;
      tests({
        runner,
        test: it.skipIf(missing !== ''),
        testHere: it.skipIf(missing !== '' || processor !== process.arch),
        make: () => program('test', processor),
      });
    },
  );
}

async function emulated(p: Program, options: LaunchOptions, emulator: string): Promise<Launched> {
  const directory = mkdtempSync(join(tmpdir(), 'porthole-launch-test-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  const path = join(directory, 'image');
  writeFileSync(path, image(p), { mode: 0o700 });
  const launched = start(p, options, { file: emulator, argv: [emulator, path] });
  void launched.ended.then(remove);
  return launched;
}

export interface Result {
  readonly started: Started;
  readonly ended: Ending;
  readonly stdout: string;
  readonly stderr: string;
  readonly reports: readonly (readonly [string, number])[];
}

export const QUIET = { target: 'test', leftAs: 'nothing was changed' } as const;

const running = new Set<Launched>();

/** For afterEach: a test that failed has perhaps not seen the end of what it started. */
export function killRunning(): void {
  for (const { pid, child } of running) {
    for (const each of descendants(pid)) process.kill(each, 'SIGKILL');
    child.kill('SIGKILL');
  }
}

function descendants(pid: number): number[] {
  return children(pid).flatMap((each) => [...descendants(each), each]);
}

/** Runs it to its end. */
export async function run(
  runner: Runner,
  p: Program,
  options: Partial<LaunchOptions> & { readonly meanwhile?: (launched: Launched) => unknown } = {},
): Promise<Result> {
  const reports: [string, number][] = [];
  const launched = await runner.launch(p, {
    ...QUIET,
    stdio: ['ignore', 'pipe', 'pipe'],
    onReport: (label, value) => reports.push([label, value]),
    ...options,
  });
  running.add(launched);
  void launched.ended.then(() => running.delete(launched));
  const read = (stream: Readable | null) => (stream === null ? '' : text(stream));
  const [started, ended, stdout, stderr] = await Promise.all([
    launched.started,
    launched.ended,
    read(launched.child.stdout),
    read(launched.child.stderr),
    options.meanwhile?.(launched),
  ]);
  return { started, ended, stdout, stderr, reports };
}

/** A program that runs a shell script, and waits for it. */
export function shell(runner: Runner, script: string, argv: readonly string[] = []): Program {
  const p = program('test', runner.processor);
  p.fork('fork', (child) => p.passOn('wait', child));
  p.exec('exec', p.string('/bin/sh'), p.strings(['sh', '-c', script, ...argv]), p.strings([]));
  return p;
}

export function descriptors(): string[] {
  return readdirSync('/proc/self/fd').sort();
}

/** Processes that are its children, dead or alive. Of one that has ended meanwhile there are none, nor of a thread of it. */
export function children(pid = process.pid): number[] {
  return (whileThere(() => readdirSync(`/proc/${pid}/task`)) ?? [])
    .flatMap((tid) => whileThere(() => readFileSync(`/proc/${pid}/task/${tid}/children`, 'utf8')) ?? '')
    .flatMap((listed) => listed.trim().split(' '))
    .filter((each) => each !== '')
    .map(Number);
}

function whileThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH'].includes(String(error.code)))
      return undefined;
    throw error;
  }
}

/** Its letter in /proc; empty when it has gone meanwhile. */
export function stateOf(pid: number): string {
  const status = whileThere(() => readFileSync(`/proc/${pid}/status`, 'utf8')) ?? '';
  return /^State:\t(\S)/m.exec(status)?.[1] ?? '';
}

/** The first line it prints: it is ready. */
export async function firstLine(launched: Launched): Promise<string> {
  const { stdout } = launched.child;
  if (stdout === null) throw new Error('its stdout is no pipe');
  const [chunk] = await once(stdout, 'data');
  stdout.unshift(chunk);
  return String(chunk).split('\n')[0] ?? '';
}
