// Runs a program under strace and compares what it saw with what the program says of itself.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { explain, type Line } from '../../src/launch/explain.ts';
import { image } from '../../src/launch/image.ts';
import type { Program } from '../../src/launch/program.ts';
import { start } from '../../src/launch/run.ts';
import { QUIET } from './launch-kit.ts';

export const cannotTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status !== 0;

/** The calls of each process, in the order in which the processes appear; those of the command itself are not there. */
export async function traced(
  p: Program,
  directory: string,
  descriptors: readonly number[],
): Promise<{ calls: string[][]; failure: string; status: unknown }> {
  const path = join(directory, 'image');
  const output = join(directory, 'trace');
  writeFileSync(path, image(p), { mode: 0o700 });
  const argv = ['strace', '-f', '-v', '-q', '-a0', '-s65536', '-o', output, path];
  const options = { ...QUIET, stdio: ['ignore', 'ignore', 'ignore'], descriptors } as const;
  const launched = start(p, options, { file: 'strace', argv });
  const [started, status] = await Promise.all([launched.started, launched.ended]);
  const failure = started.ok ? '' : started.error.message;
  return { calls: callsOf(readFileSync(output, 'utf8')), failure, status };
}

function callsOf(trace: string): string[][] {
  const byPid = new Map<string, { calls: string[]; unfinished: string; isCommand: boolean }>();
  for (const line of trace.trim().split('\n')) {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.startsWith('---') || rest.startsWith('+++')) continue;
    const state = byPid.get(pid) ?? { calls: [], unfinished: '', isCommand: false };
    byPid.set(pid, state);
    if (state.isCommand) continue;
    const cut = / <unfinished \.\.\.>$/.exec(rest);
    if (cut !== null) {
      state.unfinished = rest.slice(0, cut.index);
      continue;
    }
    const whole = state.unfinished + rest.replace(/^<\.\.\. \w+ resumed>/, '');
    state.unfinished = '';
    const [, call = whole, result = ''] =
      /^(.*\)) += (.*)$/.exec(whole) ?? /^(.*\)) += (\?)$/.exec(whole) ?? [];
    // strace's way to say that it knows no flag that is 0.
    state.calls.push(call.replace('0 /* MS_??? */', '0'));
    // The first execve of all is that of the stub.
    if (/^execve/.test(call) && result === '0' && state.calls.length > 1) state.isCommand = true;
    if (/^execve/.test(call) && byPid.size > 1 && result === '0') state.isCommand = true;
  }
  return [...byPid.values()].map(({ calls }, i) => (i === 0 ? calls.slice(1) : calls));
}

function explained(p: Program): Line[][] {
  const byProcess = new Map<string, Line[]>();
  for (const line of explain(p)) byProcess.set(line.process, [...(byProcess.get(line.process) ?? []), line]);
  return [...byProcess.values()];
}

/** What the run alone can tell is anything. */
function pattern(call: string): RegExp {
  const parts = call.split(/<[^<>]*>/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  // In a list of capabilities `<` stands twice.
  return new RegExp(`^${parts.join('.*')}$`);
}

/** `directory` is for files of this run. Fails where the two differ. */
export async function compareWithStrace(
  p: Program,
  status: unknown,
  directory: string,
  descriptors: readonly number[] = [],
): Promise<void> {
  const wanted = explained(p).map((lines) => lines.map(({ call }) => call));
  const run = await traced(p, directory, descriptors);
  expect(run.failure).toBe('');
  expect(
    run.calls.map((calls) => calls.map((call, i) => adapted(call, wanted, run.calls.indexOf(calls), i))),
  ).toEqual(wanted);
  expect(run.status).toEqual(status);
}

/** The words of explain where they fit what strace saw, so that a difference is shown beside what is right. */
function adapted(call: string, wanted: string[][], process: number, index: number): string {
  const line = wanted[process]?.[index];
  return line !== undefined && pattern(line).test(call) ? line : call;
}
