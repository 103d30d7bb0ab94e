// What the tests of `porthole cgroups` share: its document, and two cgroups with limits that hold processes.
import { type ChildProcess, spawn } from 'node:child_process';
import { expect } from 'vitest';
import type { CgroupView } from '../../src/model/cgroup-view.ts';
import type { CgroupsDocument, Entry } from '../cgroups/compare.ts';
import { hierarchies, type Lab, type LabCgroup } from '../lab/index.ts';
import { schemaErrors } from '../schema.ts';
import { type Outcome, porthole, type RunOptions } from './porthole.ts';

export const MIB = 2 ** 20;
/** Where v2 is mounted. */
export const UNIFIED = hierarchies().find(({ controllers }) => controllers.includes(''))?.mountPoint ?? '';
/** Mount points of every hierarchy. */
export const roots = () => hierarchies().map(({ mountPoint }) => mountPoint);

export interface Document {
  readonly hierarchies: CgroupsDocument['hierarchies'];
  readonly cgroups: readonly (CgroupView & Entry)[];
  readonly vanished: number;
  readonly notes: readonly { readonly about: string; readonly text: string }[];
}

function documentIn({ status, stdout, stderr }: Outcome): Document {
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const document = JSON.parse(stdout);
  expect(schemaErrors('cgroups', document)).toEqual([]);
  return document;
}

export const cgroups = async (args: readonly string[] = [], options?: RunOptions): Promise<Document> =>
  documentIn(await porthole(['cgroups', ...args, '--json'], options));

/** The one cgroup of a document that is there. */
export function at(document: Document, hierarchy: string, path: string): CgroupView {
  const found = document.cgroups.filter((each) => each.hierarchy === hierarchy && each.path === path);
  expect(found, `${hierarchy}:${path}`).toHaveLength(1);
  return found[0] as CgroupView;
}

/** Runs a program in a cgroup until the lab is closed. */
export function runIn(lab: Lab, cgroup: LabCgroup, command: string, ...args: string[]): ChildProcess {
  const child = spawn(command, args, { stdio: 'ignore' });
  lab.track(child);
  if (child.pid !== undefined) cgroup.add(child.pid);
  return child;
}

const ALL = ['cpu', 'cpuacct', 'cpuset', 'memory', 'freezer', 'blkio', 'pids', 'unified'];

/** A cgroup in every hierarchy and another one in it: limits of both, and processes in the inner one. */
export class NestedCgroups {
  private constructor(
    readonly outer: LabCgroup,
    readonly inner: LabCgroup,
  ) {}

  static async create(lab: Lab): Promise<NestedCgroups> {
    const outer = await lab.cgroup(ALL, 'outer', {
      'memory.limit_in_bytes': String(512 * MIB),
      'pids.max': '40',
      'cpu.cfs_quota_us': '150000',
    });
    const inner = await lab.cgroup(ALL, 'outer/inner', {
      'memory.limit_in_bytes': String(1024 * MIB),
      'memory.soft_limit_in_bytes': String(32 * MIB),
      'cpu.cfs_quota_us': '50000',
      'cpu.shares': '512',
    });
    // Anonymous memory, shared memory, threads, and a loop held to half a core.
    runIn(lab, inner, 'sh', '-c', 'while :; do :; done');
    runIn(lab, inner, 'perl', '-e', 'my $kept = "x" x (12 << 20); sleep 1000000');
    runIn(lab, inner, 'sleep', '1000000');
    return new NestedCgroups(outer, inner);
  }

  /** Path of the cgroup that all cgroups of this lab are in. */
  get top(): string {
    return this.outer.path.slice(0, this.outer.path.lastIndexOf('/'));
  }

  /** Those of these names that are of cgroups of this lab. */
  ours(names: readonly string[]): readonly string[] {
    return names.filter((name) => name.includes(this.top));
  }
}
