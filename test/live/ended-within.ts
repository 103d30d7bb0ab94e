// A program that should have ended: where its threads are then, instead of a test that waits for it until its own time is over.
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One a line: its name, its state, and what it waits for in the kernel. None of these reads waits for the process's memory. */
export function threadsOf(pid: number): string {
  const said = (tid: string, file: string) => {
    try {
      return readFileSync(`/proc/${pid}/task/${tid}/${file}`, 'latin1').trim();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  const of = (tid: string) => {
    const state = said(tid, 'stat').replace(/^.*\) (.).*$/s, '$1');
    return `${tid} ${said(tid, 'comm')} ${state} ${said(tid, 'wchan')}`;
  };
  return readdirSync(`/proc/${pid}/task`).map(of).join('\n');
}

/** How it ended. One that has not within the time is killed. @throws that it had to be, with its threads */
export async function endedWithin(child: ChildProcess, limitMs: number): Promise<Ending> {
  let late: NodeJS.Timeout | undefined;
  let threads: string | undefined;
  const ending = await new Promise<Ending>((resolve) => {
    const { exitCode: code, signalCode: signal } = child;
    if (code !== null || signal !== null) return resolve({ code, signal });
    child.once('exit', (code, signal) => resolve({ code, signal }));
    late = setTimeout(() => {
      threads = threadsOf(child.pid ?? 0);
      child.kill('SIGKILL');
    }, limitMs);
  });
  clearTimeout(late);
  if (threads !== undefined) throw new Error(`it had not ended after ${limitMs} ms; threads:\n${threads}`);
  return ending;
}
