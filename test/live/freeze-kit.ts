// What the kernel says of a container's freezer, of what runs in it, and of watchdogs; and Porthole as a process that can be killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { WATCHDOG_COMM } from '../../src/actions/watchdog/program.ts';
import { buildOnce } from '../../src/build/bundle.mjs';
import { hierarchyOf, type Lab, type LabContainer } from '../lab/index.ts';
import { waitFor } from '../lab/wait.ts';

/** Forks all the time, two processes at once, and none of them for long. */
export const STORM = ['/bin/sh', '-c', 'while :; do (sleep 0.001 & sleep 0.001 & wait) & wait; done'];

const BUSY = ['/bin/sh', '-c', 'while :; do :; done & while :; do :; done'];

/** A container of docker with two processes that never rest. */
export async function frozenWeb(lab: Lab): Promise<LabContainer> {
  const engine = await lab.docker();
  return engine.run({ name: 'frozen-web', cmd: BUSY, args: ['--cpus', '0.2'] });
}

export function freezerDirectory(pid: number): string {
  const { mountPoint = '' } = hierarchyOf('freezer') ?? {};
  return `${mountPoint}${/:freezer:(.*)/.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1]}`;
}

export const stateIn = (directory: string) => readFileSync(`${directory}/freezer.state`, 'utf8').trim();

export const target = (container: LabContainer) => String(container.initPid);
export const state = (container: LabContainer) => stateIn(freezerDirectory(container.initPid));

/** Clock ticks that everything in the cgroup has used: it stands still while that is frozen. */
export function ticksIn(directory: string): number {
  const pids = readFileSync(`${directory}/cgroup.procs`, 'utf8').trim().split('\n').map(Number);
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return sum + Number(fields[11]) + Number(fields[12]);
  }, 0);
}

/** Pids of those that will write to the freezer of a cgroup in or below one of these directories; zombies are left out. */
export function watchdogs(...directories: readonly string[]): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      if (!readFileSync(`/proc/${name}/stat`, 'latin1').includes(`(${WATCHDOG_COMM}) S`)) return [];
      const held = readdirSync(`/proc/${name}/fd`).map((fd) => readlinkSync(`/proc/${name}/fd/${fd}`));
      const isOurs = held.some((file) => directories.some((directory) => file.startsWith(`${directory}/`)));
      return isOurs ? [Number(name)] : [];
    } catch {
      return []; // ENOENT, ESRCH: it has ended
    }
  });
}

/** Watchdogs of these containers: others may have theirs on this host. */
export const watchdogsOf = (containers: readonly LabContainer[]) =>
  watchdogs(...containers.map(({ initPid }) => freezerDirectory(initPid)));

/** For afterEach: whatever a test did, they run, and nothing waits to thaw them. */
export function release(containers: readonly LabContainer[]): void {
  for (const { initPid } of containers) writeFileSync(`${freezerDirectory(initPid)}/freezer.state`, 'THAWED');
  for (const pid of watchdogsOf(containers)) process.kill(pid, 'SIGTERM');
}

export interface Running {
  readonly child: ChildProcess;
  /** Its status, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** Porthole, to be killed or waited for. */
export async function startPorthole(args: readonly string[]): Promise<Running> {
  const child = spawn(process.execPath, [await buildOnce(), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit').then(([status, signal]) => (status ?? signal) as number | string);
  return { child, ended };
}

/** How long it takes, in milliseconds. */
export async function until(condition: () => boolean, what: string, deadlineMs?: number): Promise<number> {
  const started = performance.now();
  await waitFor(condition, what, deadlineMs);
  return performance.now() - started;
}
