// `porthole limit` as tests call it, with a journal of the test's own, and the kernel's files beside what it says.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hierarchies } from '../lab/index.ts';
import { schemaErrors } from '../schema.ts';
import { type Outcome, porthole, type RunOptions } from './porthole.ts';

export class LimitKit {
  readonly directory = mkdtempSync(join(tmpdir(), 'porthole-limit-test-'));
  readonly env = { XDG_STATE_HOME: this.directory, XDG_CONFIG_HOME: this.directory };

  run(target: string | number, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return porthole(['limit', String(target), ...args], { ...options, env: { ...this.env, ...options.env } });
  }

  /** Fails unless it ends with 0. */
  async set(target: string | number, args: readonly string[]): Promise<Outcome> {
    const outcome = await this.run(target, args);
    if (outcome.status !== 0)
      throw new Error(`limit ${args.join(' ')} exited ${outcome.status}: ${outcome.stderr}`);
    return outcome;
  }

  /** The document, which fits its schema. */
  async json(target: string | number, args: readonly string[] = []): Promise<LimitDocument> {
    const { stdout } = await this.set(target, [...args, '--json']);
    const document: LimitDocument = JSON.parse(stdout);
    const errors = schemaErrors('limit', document);
    if (errors.length > 0) throw new Error(`limit --json does not fit its schema: ${errors.join('; ')}`);
    return document;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export interface LimitDocument {
  readonly limits: readonly {
    readonly key: string;
    readonly file: string;
    readonly value: unknown;
    readonly effective: unknown;
    readonly cappedBy?: string;
    readonly use?: number;
    readonly oomKills?: number;
    readonly device?: string;
    readonly ioUse?: unknown;
  }[];
  readonly changes?: readonly {
    readonly key: string;
    readonly file: string;
    readonly from: unknown;
    readonly to: unknown;
    readonly readBack?: unknown;
  }[];
  readonly notes?: readonly string[];
  readonly until?: string;
}

/** Directory of a process's cgroup in the hierarchy of a controller, by /proc alone. */
export function cgroupOf(pid: number, controller: string): string {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  for (const line of lines) {
    const [, names = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const hierarchy = hierarchies().find((each) => each.controllers.includes(controller));
    if (hierarchy !== undefined && names.split(',').includes(controller))
      return join(hierarchy.mountPoint, path);
  }
  throw new Error(`process ${pid} is in no cgroup of ${controller}`);
}

export function kernelFile(pid: number, file: string): string {
  const controller = file.split('.')[0] ?? '';
  return readFileSync(join(cgroupOf(pid, controller), file), 'utf8').trimEnd();
}

const CONTROLLERS = ['memory', 'cpu', 'cpuset', 'pids', 'blkio', 'devices'];
/** What moves by itself. */
const COUNTERS =
  /usage|stat$|stat\.local$|current|failcnt|events|pressure|io_service|io_serviced|tasks$|procs$|peak|oom_control|reset_stats|event_control|force_empty|slabinfo|memory_pressure$/;

/** Every setting of every cgroup of a process, byte by byte. */
export function settingsOf(pid: number): Record<string, string> {
  const found: Record<string, string> = {};
  for (const controller of CONTROLLERS) {
    const directory = cgroupOf(pid, controller);
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory() || COUNTERS.test(entry.name)) continue;
      const path = join(directory, entry.name);
      try {
        found[path] = readFileSync(path, 'latin1');
      } catch {
        found[path] = 'cannot be read';
      }
    }
  }
  return found;
}
