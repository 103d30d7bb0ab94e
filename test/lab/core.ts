// What every engine of a lab is built on: running and launching commands, the journal, and the list of what to stop at the end.
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LabProcess } from './container.ts';
import { makeEnclosure } from './enclosure.ts';
import { hierarchies } from './host.ts';
import { Journal } from './journal.ts';
import { isAlive, readText } from './proc.ts';
import { type RunOptions, run, spawnTo } from './run.ts';
import { kill, ownCgroupDirs } from './sweep.ts';
import { waitFor } from './wait.ts';

/** A process that stays, started by us. */
export interface Launched {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly log: string;
  /** Throws, with what it wrote, when it has ended: for use while waiting for something it should do. */
  check(): void;
  isEnded(): boolean;
  /** Waits for its end; until then it keeps us from ending, which a launched process otherwise does not. */
  end(): Promise<void>;
}

interface Stop {
  readonly what: string;
  readonly stop: () => Promise<void>;
}

export class LabCore {
  readonly rootfs: string;
  readonly journal: Journal;
  readonly #stops: Stop[] = [];
  #enclosure: Promise<string[]> | undefined;
  #launches = 0;

  constructor(readonly dir: string) {
    this.rootfs = join(dir, 'rootfs');
    this.journal = new Journal(dir);
    for (const name of ['home', 'tmp', 'log']) mkdirSync(join(dir, name));
  }

  run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
    return run(this.dir, argv, options);
  }

  /** Runs a command where /run and /var/lib are the lab's. Beware: it starts in /. */
  async runEnclosed(argv: readonly string[], options: RunOptions = {}): Promise<string> {
    return this.run(await this.enclosed(argv), options);
  }

  async enclosed(argv: readonly string[]): Promise<string[]> {
    this.#enclosure ??= makeEnclosure(this);
    return [...(await this.#enclosure), ...argv];
  }

  launch(argv: readonly string[], what: string, env: NodeJS.ProcessEnv = {}): Launched {
    this.#launches += 1;
    const log = join(this.dir, 'log', `${this.#launches}-${what.replace(/\W+/g, '-')}.log`);
    const child = spawnTo(this.dir, argv, log, log, env);
    child.once('error', () => undefined); // not started: the missing pid says so, just below
    if (child.pid === undefined) throw new Error(`${argv[0]}: cannot be started: is its package installed?`);
    this.journal.process(child.pid, what);
    child.unref();
    const isEnded = () => child.signalCode !== null || child.exitCode !== null;
    const end = async () => void (await waitFor(isEnded, `the end of ${what} (${child.pid})`, 20_000));
    return { pid: child.pid, argv, log, isEnded, end, check: () => throwIfEnded(child, argv, log) };
  }

  /** Notes a process for the sweep; its stop() kills it and waits until it is gone. */
  process(pid: number, what: string): LabProcess {
    const id = this.journal.process(pid, what);
    if (!id) throw new Error(`${what}: process ${pid} ended at once`);
    const stop = async () => {
      kill(id);
      await waitFor(() => !isAlive(id), `the end of ${what} (${pid})`);
    };
    return { pid: id.pid, starttime: id.starttime, stop };
  }

  /** Notes the cgroups of a container, which it names itself, with those parents that were not there before. */
  claimCgroupsOf(pid: number): void {
    for (const claim of ownCgroupDirs(pid, this.journal)) this.journal.write({ kind: 'cgroup', ...claim });
  }

  /**
   * Notes a directory that an engine will make in every hierarchy, before it does so. `deep`: all below is ours too, unless it
   * is there already: then it is another lab's container of the same name.
   */
  claimCgroup(path: string, deep: boolean): void {
    for (const { mountPoint } of hierarchies()) this.claimCgroupDir(join(mountPoint, path), deep);
  }

  claimCgroupDir(path: string, deep: boolean): void {
    this.journal.write({ kind: 'cgroup', path, deep: deep && !existsSync(path) });
  }

  /** Notes a setting that an engine may change, to be put back. */
  keepSysctl(path: string): void {
    const value = readText(path);
    if (value !== undefined) this.journal.write({ kind: 'sysctl', path, value });
  }

  onClose(what: string, stop: () => Promise<void>): void {
    this.#stops.push({ what, stop });
  }

  /** Stops in reverse order of starting; one failure does not keep the others from being stopped. */
  async stopAll(): Promise<Error[]> {
    const failures: Error[] = [];
    for (const { what, stop } of this.#stops.splice(0).reverse()) {
      await stop().catch((cause: unknown) =>
        failures.push(new Error(`${what}: could not be stopped`, { cause })),
      );
    }
    return failures;
  }
}

function throwIfEnded(child: ChildProcess, argv: readonly string[], log: string): void {
  const status = child.signalCode ?? child.exitCode;
  if (status === null) return;
  throw new Error(`${argv.join(' ')}: ended with ${status}: ${(readText(log) ?? '').slice(-2000).trim()}`);
}
