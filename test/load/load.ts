/**
 * Containers and short-lived processes on this very host, made by load.c and gone when `stop` resolves. Needs root and
 * gcc. If this process dies, so does everything it made; `sweepLoad` then removes the empty cgroups.
 */
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { compiled } from './tool.ts';

/** A host of 10,000 processes is there within 2 s, and gone within 1; these are for a machine on which others work, too. */
const READY_MS = 180_000;
const GONE_MS = 180_000;

export interface LoadContainer {
  /** 64 hex digits, the last segment of its cgroups. */
  readonly id: string;
  readonly initPid: number;
}

export interface HostLoad {
  /** All of them together, inits included. */
  readonly processes: number;
  readonly containers: number;
  /** A net namespace of its own for each. */
  readonly hasNet?: boolean;
  /** One process of each container uses this share of a core. */
  readonly busyPercent?: number;
  /** Hostname of every container, which is its name where no engine knows one; numbered ones without. */
  readonly name?: string;
  /** A memory limit of its own for each. */
  readonly memoryMib?: number;
}

export interface StormLoad {
  readonly perSecond: number;
  readonly seconds: number;
  /** In a container of its own instead of on the host. */
  readonly isContained?: boolean;
}

export interface Load {
  readonly containers: readonly LoadContainer[];
  /** The topmost directories that it made, one in each hierarchy. */
  readonly cgroups: readonly string[];
  /** Ends everything and resolves when the kernel shows nothing of it any more. Safe to call twice. */
  stop(): Promise<void>;
}

export function startHost(host: HostLoad): Promise<Load> {
  const { processes, containers, hasNet, busyPercent, name, memoryMib } = host;
  return start([
    'host',
    String(processes),
    String(containers),
    ...(hasNet === true ? ['--net'] : []),
    ...(busyPercent === undefined ? [] : ['--busy', String(busyPercent)]),
    ...(name === undefined ? [] : ['--name', name]),
    ...(memoryMib === undefined ? [] : ['--memory-mib', String(memoryMib)]),
  ]);
}

export function startStorm({ perSecond, seconds, isContained }: StormLoad): Promise<Load> {
  const contained = isContained === true ? ['--contained'] : [];
  return start(['storm', String(perSecond), String(seconds), ...contained]);
}

/** Removes the empty cgroups of helpers that were killed; returns how many. */
export function sweepLoad(): number {
  const answer = execFileSync(program(), ['sweep'], { encoding: 'utf8' });
  return Number(/^swept (\d+)$/m.exec(answer)?.[1]);
}

function program(): string {
  return compiled('porthole-load', ['test/load/load.c', 'test/load/cgroups.c', 'test/load/cgroups.h']);
}

async function start(words: readonly string[]): Promise<Load> {
  const load = new RunningLoad(spawn(program(), words, { stdio: ['pipe', 'pipe', 'pipe'] }));
  try {
    await load.ready();
  } catch (error) {
    await load.stop();
    throw error;
  }
  return load;
}

class RunningLoad implements Load {
  readonly containers: LoadContainer[] = [];
  readonly cgroups: string[] = [];
  readonly #startTimes = new Map<number, string>();
  readonly #exited: Promise<string>;
  readonly #ready: Promise<void>;
  #complaints = '';

  constructor(readonly child: ChildProcessByStdio<Writable, Readable, Readable>) {
    this.#exited = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(String(code ?? signal)));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints += text;
    });
    // Its end may overtake what we write or close here.
    child.stdin.on('error', () => child.stdin.destroy());
    const lines = createInterface({ input: child.stdout });
    this.#ready = new Promise((resolve) => lines.on('line', (line) => this.#take(line) && resolve()));
  }

  async ready(): Promise<void> {
    const ended = this.#exited.then((status) => {
      throw new Error(`the load ended with ${status} before it was ready: ${this.#complaints.trim()}`);
    });
    await Promise.race([this.#ready, ended, deadline(READY_MS, 'the load to be ready')]);
    for (const { initPid } of this.containers) this.#startTimes.set(initPid, startTime(initPid) ?? '');
  }

  async stop(): Promise<void> {
    this.child.stdin.end();
    const late = deadline(GONE_MS, 'the load to end').catch((error: unknown) => {
      this.child.kill('SIGKILL');
      throw error;
    });
    const status = await Promise.race([this.#exited, late]);
    if (status !== '0') throw new Error(`the load ended with ${status}: ${this.#complaints.trim()}`);
    const left = [
      ...this.cgroups.filter((path) => existsSync(path)),
      ...[...this.#startTimes]
        .filter(([pid, since]) => startTime(pid) === since)
        .map(([pid]) => `process ${pid}`),
    ];
    if (left.length > 0) throw new Error(`the load left behind: ${left.join(', ')}`);
  }

  /** True on the line that says all is there. */
  #take(line: string): boolean {
    const [word, first = '', second] = line.split(' ');
    if (word === 'cgroup') this.cgroups.push(line.slice('cgroup '.length));
    if (word === 'container') this.containers.push({ id: first, initPid: Number(second) });
    return word === 'ready';
  }
}

async function deadline(ms: number, what: string): Promise<never> {
  await sleep(ms, undefined, { ref: false });
  throw new Error(`waited ${ms} ms for ${what}`);
}

/** What tells one process from a later one with its pid; undefined when there is none. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) {
      return undefined;
    }
    throw error;
  }
}
