/** What a script left in its machine's $OUT, as the tests ask for it. */
import { expect } from 'vitest';
import type { MachineResult } from './machine.ts';

export interface Seen {
  readonly key: string;
  readonly name: string;
  readonly runtime: string;
  readonly id?: string;
  readonly kind: string;
  readonly image?: string;
  readonly initPid: number;
  readonly pids: readonly number[];
  readonly parent?: string;
  readonly pod?: { readonly id: string };
  readonly state: string;
  readonly frozenBy?: string;
  readonly namespaces: Record<string, number>;
  readonly privateNamespaces: readonly string[];
  readonly cgroup: {
    readonly mode: string;
    readonly paths: Record<string, string>;
    readonly own: boolean;
    readonly ownPaths: readonly string[];
  };
  readonly cpu: Record<string, unknown>;
  readonly memory: Record<string, unknown>;
  readonly pidsCount: number;
  readonly pidsLimit: number | 'max';
  readonly pressure?: Record<string, Record<string, number>>;
}

export interface KernelProcess {
  readonly pid: number;
  readonly comm: string;
  readonly status: string;
  readonly cgroup: string;
  readonly root: string;
  readonly namespaces: Record<string, number>;
}

export class Results {
  constructor(readonly machine: MachineResult) {}

  file(name: string): string {
    const text = this.machine.files.get(name);
    if (text !== undefined) return text;
    throw new Error(`the machine left no ${name}; its standard error:\n${this.machine.stderr}`);
  }

  /** What a command printed, provided that it ended with 0 and said on stderr what was expected: nothing, mostly. */
  output(name: string, said: RegExp = /^$/): string {
    expect(this.file(`${name}.err`), name).toMatch(said);
    expect(this.file(`${name}.status`), name).toBe('0\n');
    return this.file(`${name}.out`);
  }

  containers(name: string): readonly Seen[] {
    const { containers }: { containers: readonly Seen[] } = JSON.parse(this.output(name));
    return containers;
  }

  /** What `processes NAME` of functions.sh wrote. */
  processes(name: string): readonly KernelProcess[] {
    return JSON.parse(this.file(`${name}.json`));
  }
}
