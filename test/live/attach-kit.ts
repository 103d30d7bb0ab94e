// What the kernel says of a process that was put into a container, in a form in which two of them can be compared.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lab, LabProcess } from '../lab/index.ts';
import { type Outcome, porthole, type RunOptions } from './porthole.ts';

const STATUS =
  'Umask Uid Gid Groups SigBlk SigIgn CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Seccomp Seccomp_filters'.split(
    ' ',
  );
export const NAMESPACES = 'cgroup ipc mnt net pid time user uts'.split(' ');

export type ProcessFacts = Readonly<Record<string, string>>;

export function factsOf(pid: number): ProcessFacts {
  const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, 'latin1');
  const link = (name: string) => readlinkSync(`/proc/${pid}/${name}`);
  const status = new Map(
    read('status')
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const),
  );
  const label = () => {
    try {
      return read('attr/current');
    } catch {
      return 'none'; // EINVAL: no security module gives labels
    }
  };
  return {
    ...Object.fromEntries(STATUS.map((key) => [key, status.get(key) ?? ''])),
    ...Object.fromEntries(NAMESPACES.map((type) => [`ns/${type}`, link(`ns/${type}`)])),
    cgroup: read('cgroup'),
    mountinfo: createHash('sha256').update(read('mountinfo')).digest('hex'),
    limits: read('limits'),
    label: label(),
    environ: read('environ').split('\0').sort().join('\n'),
    cwd: link('cwd'),
    root: link('root'),
    oom_score_adj: read('oom_score_adj'),
    descriptors: readdirSync(`/proc/${pid}/fd`).sort().join(' '),
  };
}

/** The facts in which two differ, as `{ key: [first, second] }`. */
export function differences(first: ProcessFacts, second: ProcessFacts): Record<string, [string, string]> {
  const keys = Object.keys(first).filter((key) => first[key] !== second[key]);
  return Object.fromEntries(keys.map((key) => [key, [first[key] ?? '', second[key] ?? '']]));
}

export function attach(
  target: string | number,
  args: readonly string[],
  options?: RunOptions,
): Promise<Outcome> {
  return porthole(['attach', String(target), ...args], options);
}

/** Leaves a command running in the container; its pid as the host counts. */
export async function leave(
  lab: Lab,
  target: string | number,
  args: readonly string[] = [],
  command: readonly string[] = ['/bin/sleep', '1000000'],
): Promise<LabProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'porthole-attach-test-'));
  try {
    const file = join(directory, 'pid');
    const { status, stderr } = await attach(target, ['-d', '--pid-file', file, ...args, '--', ...command]);
    if (status !== 0) throw new Error(`attach ${target} exited ${status}: ${stderr}`);
    return lab.track(Number(readFileSync(file, 'latin1')));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
