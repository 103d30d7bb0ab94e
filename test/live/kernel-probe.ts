// Processes that do odd things on purpose (kernel-probe.c), and what the kernel answers to a single call.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { lastErrno, libcFunction } from '../../src/sys/koffi.ts';
import type { Lab } from '../lab/index.ts';
import { compiled } from '../load/tool.ts';

export interface Probe {
  readonly pid: number;
  /** The next line it says; fails when it ends instead. */
  line(): Promise<string>;
  /** A line on its standard input. */
  tell(line: string): void;
  /** Lets it end, and waits until it is gone. */
  end(): Promise<void>;
}

/** Any command that says a line when it is ready and ends when its standard input does, or is killed with the lab. */
export function start(lab: Lab, argv: readonly string[]): Probe {
  const [command = '', ...words] = argv;
  const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const { pid } = lab.track(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid,
    async line() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${argv.join(' ')} ended without a word`);
      return value;
    },
    tell: (line) => void child.stdin.write(`${line}\n`),
    async end() {
      child.stdin.end();
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export function probe(lab: Lab, ...words: readonly string[]): Probe {
  return start(lab, [compiled('kernel-probe', ['test/live/kernel-probe.c']), ...words]);
}

/** What a call that should fail fails with. */
export function errnoOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
  return 'no error';
}

export const read = (path: string): string => readFileSync(path, 'latin1');
export const link = (path: string): string => readlinkSync(path);
export const pids = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name));
/** Those of which this is true; one that ended, is a zombie or may not be looked at is none of them. */
export const pidsWhere = (isIt: (pid: string) => boolean): string[] =>
  pids().filter((pid) => {
    try {
      return isIt(pid);
    } catch {
      return false; // gone while we looked, or nothing to be seen
    }
  });
/** 12 of `net:[12]`. */
export const inodeOf = (path: string): number => Number(/\[(\d+)\]/.exec(link(path))?.[1]);
export const field = (pid: number | string, name: string): string =>
  new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(read(`/proc/${pid}/status`))?.[1] ?? '';

/** The result of an ioctl that returns a descriptor, a number or nothing; or the name of its errno. */
export function ioctl(fd: number, request: number, into = Buffer.alloc(64)): number | string {
  const result = libcFunction('int ioctl(int fd, ulong request, void *into)')(fd, request, into);
  return result < 0 ? lastErrno() : result;
}

export function syscall(number: number, ...args: number[]): number | string {
  const [a = 0, b = 0, c = 0, d = 0] = args;
  const result = Number(
    libcFunction('long syscall(long number, long a, long b, long c, long d)')(number, a, b, c, d),
  );
  return result < 0 ? lastErrno() : result;
}
