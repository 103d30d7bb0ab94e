/** What the script of qemu-systemd.test.ts left, as its tests ask for it, and what the engines, systemd and the kernel say. */
import { expect } from 'vitest';
import type { Results, Seen } from './results.ts';

export const DOCKER = ['limited', 'sliced', 'paused', 'privileged', 'sharing', 'plain'];
export const PODMAN = ['pod-scope', 'pod-plain', 'pod-paused', 'pod-infra', 'in-pod', 'split'];

interface EngineContainer {
  readonly Id: string;
  readonly Name: string;
  readonly ImageName?: string;
  readonly Config: { readonly Image: string; readonly Hostname: string };
  readonly State: { readonly Pid: number; readonly Status: string; readonly CgroupPath?: string };
  readonly HostConfig: {
    readonly Memory: number;
    readonly NanoCpus: number;
    readonly PidsLimit: number | null;
  };
}

/** @param results there when the first test runs */
export function readerOf(results: () => Results) {
  function named(name: string, document = 'ps'): Seen {
    const found = results()
      .containers(document)
      .filter((each) => each.name === name);
    expect(
      found.map((each) => each.key),
      name,
    ).toHaveLength(1);
    return found[0] as Seen;
  }

  const engineFile = (name: string) =>
    [...PODMAN, 'no-cgroup'].includes(name) ? 'podman' : name === 'plain' ? 'plain-docker' : 'docker';

  /** What its engine says of a container. */
  function inspected(name: string): EngineContainer {
    const file = engineFile(name);
    const all: EngineContainer[] = JSON.parse(results().file(`truth/${file}.json`));
    const found = all.find((each) => each.Name.replace(/^\//, '') === name);
    if (found === undefined) throw new Error(`${file} knows no ${name}`);
    return found;
  }

  /** From the v2 line: nspawn has mounted v1 `name=systemd` for a root whose systemd, if any, may be too old for v2. */
  const unifiedPath = (cgroup: string) => /^0::(.*)$/m.exec(cgroup)?.[1];
  const cgroupOf = (pid: number) =>
    unifiedPath(
      results()
        .processes('truth/processes')
        .find((each) => each.pid === pid)?.cgroup ?? '',
    );

  /** Processes of a cgroup, those of the cgroups below it left out. */
  const inCgroup = (path: string | undefined) =>
    results()
      .processes('truth/processes')
      .filter((each) => unifiedPath(each.cgroup) === path);

  /** `KEY=value` blocks of systemctl and machinectl. */
  function properties(file: string, id?: string): Map<string, string> {
    const blocks = results().file(`truth/${file}`).trim().split('\n\n');
    const found = blocks
      .map((block) => new Map(block.split('\n').map((line) => splitAt(line, '='))))
      .find((block) => id === undefined || block.get('Id') === id);
    if (found === undefined) throw new Error(`no ${id} in ${file}`);
    return found;
  }

  function splitAt(line: string, mark: string): [string, string] {
    const at = line.indexOf(mark);
    return [line.slice(0, at), line.slice(at + mark.length)];
  }

  /** A limit as the kernel's file has it; undefined where the cgroup has no such file. */
  function kernelLimit(path: string, file: string): string | undefined {
    const line = results()
      .file('truth/cgroups')
      .split('\n')
      .find((each) => each.startsWith(`.${path}/${file}:`));
    return line?.slice(path.length + file.length + 3);
  }

  /** The smallest memory.max on the way up and who has it, from the kernel's files. */
  function smallest(path: string): { bytes: number; at: string } {
    const kib = /^MemTotal: +(\d+) kB$/m.exec(results().file('truth/meminfo'))?.[1];
    let least = { bytes: Number(kib) * 1024, at: 'host' };
    for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
      const limit = kernelLimit(at, 'memory.max');
      if (limit !== undefined && limit !== 'max' && Number(limit) < least.bytes)
        least = { bytes: Number(limit), at };
    }
    return least;
  }

  return { named, inspected, cgroupOf, inCgroup, properties, smallest };
}
