/** What the script of pure-v2.test.ts left, as its tests ask for it. */
import { expect } from 'vitest';
import type { KernelProcess, Results } from './results.ts';

export const MIB = 2 ** 20;
/** Of an engine's container. */
export const id = (digit: string) => digit.repeat(64);

export interface Seen {
  readonly key: string;
  readonly name: string;
  readonly runtime: string;
  readonly id?: string;
  readonly kind: string;
  readonly initPid: number;
  readonly pids: readonly number[];
  readonly parent?: string;
  readonly pod?: { readonly id: string };
  readonly state: string;
  readonly frozenBy?: string;
  readonly startedAt: string;
  readonly depth: number;
  readonly namespaces: Record<string, number>;
  readonly privateNamespaces: readonly string[];
  readonly cgroup: { readonly mode: string; readonly paths: Record<string, string> };
  readonly cpu: Record<'usageUsec' | 'ratio' | 'throttledUsec' | 'throttledRatio' | 'limitCores', number>;
  readonly memory: Record<string, unknown>;
  readonly io: Record<string, number>;
  readonly pidsCount: number;
  readonly pidsLimit: number | 'max';
  readonly effectivePidsLimit?: number | 'max';
}

export interface PsDocument {
  readonly takenAt: string;
  readonly host: { readonly cgroupMode: string };
  readonly containers: readonly Seen[];
  readonly notes: readonly { readonly about: string; readonly text: string }[];
}

export interface DoctorDocument {
  readonly host: { readonly cgroupMode: string; readonly hierarchies: unknown };
  readonly checks: readonly { readonly id: string; readonly status: string }[];
}

/** Documents of `ps --json` in $OUT, for checks that hold for all of them. */
export const PS_DOCUMENTS = [
  'no-cgroup/ps',
  'no-cgroup/nobody',
  'empty',
  'still',
  'rates',
  'disk',
  'nobody/ps',
  'hidepid/root',
  'hidepid/nobody',
  'inside/ps',
  'inside/host-mount',
  'stray/ps',
] as const;

export type Reader = ReturnType<typeof readerOf>;

/** @param results there when the first test runs */
export function readerOf(results: () => Results) {
  const file = (name: string) => results().file(name);
  const output = (name: string, said?: RegExp) => results().output(name, said);
  const ps = (name: (typeof PS_DOCUMENTS)[number]): PsDocument => JSON.parse(output(name));
  const doctor = (name: string): DoctorDocument => JSON.parse(output(name));
  const again = (): PsDocument[] =>
    file('again.out')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const processes = (): KernelProcess[] => JSON.parse(file('still-processes.json'));

  function at(document: PsDocument, path: string): Seen {
    const found = document.containers.filter((each) => each.cgroup.paths[''] === path && each.depth === 0);
    expect(
      found.map((each) => each.key),
      path,
    ).toHaveLength(1);
    return found[0] as Seen;
  }

  /** A file of a cgroup at one moment of the run; `key` picks a line of the flat-keyed ones. */
  function kernel(snapshot: string, name: string, key?: string): string {
    const lines = file(`kernel/${snapshot}`)
      .split('\n')
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1));
    if (key === undefined) return lines.join('\n');
    return lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1) ?? '';
  }
  const number = (snapshot: string, name: string, key?: string): number => {
    const text = kernel(snapshot, name, key);
    expect(text, `${snapshot} ${name} ${key ?? ''}`).toMatch(/^\d+(\.\d+)?$/);
    return Number(text);
  };

  function expectBetween(value: unknown, least: number, most: number): void {
    expect(value).toBeGreaterThanOrEqual(least);
    expect(value).toBeLessThanOrEqual(most);
  }

  return { file, output, ps, doctor, again, processes, at, kernel, number, expectBetween };
}
