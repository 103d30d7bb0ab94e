// A container and ourselves, as an attach sees them before it plans; tests change what they are about.
import type { PlanInput } from '../../../../src/actions/attach/plan-input.ts';
import type { ProcessRights, TargetFacts } from '../../../../src/actions/attach/target.ts';
import type { PidStatus } from '../../../../src/kernel/proc/status.ts';
import type { Reading } from '../../../../src/kernel/reading.ts';
import { encodeCapabilities } from '../../../../src/kernel/tables/capabilities.ts';
import type { RootedFile } from '../../../../src/sys/rooted-file.ts';

export const ALL = (1n << 41n) - 1n;
export const THREE = encodeCapabilities(['CAP_KILL', 'CAP_CHOWN', 'CAP_NET_RAW']);

const ids = (id: number) => ({ real: id, effective: id, saved: id, fs: id });

export function status(change: Partial<PidStatus> = {}): PidStatus {
  const capabilities = { inheritable: 0n, permitted: ALL, effective: ALL, bounding: ALL, ambient: 0n };
  return {
    ...{ name: 'sh', umask: '0022', state: 'S', tgid: 7, pid: 7, ppid: 1, tracerPid: 0, threads: 1 },
    ...{ uid: ids(0), gid: ids(0), groups: [], nsTgid: [7, 1], nsPid: [7, 1] },
    ...{ capabilities, noNewPrivs: false, seccomp: 'disabled' as const, seccompFilters: 0 },
    ...change,
  };
}

export const userIds = ids;

export const OURS: ProcessRights = {
  status: status(),
  limits: [{ name: 'Max open files', soft: 4096, hard: 4096 }],
  oomScoreAdj: 0,
  label: undefined,
};

export const TARGET: TargetFacts = {
  ...OURS,
  status: status({
    capabilities: { inheritable: 0n, permitted: THREE, effective: THREE, bounding: THREE, ambient: 0n },
  }),
  pid: 7,
  differing: ['mnt', 'pid', 'net', 'uts', 'ipc'],
  hasOwnRoot: true,
  cwd: '/work',
  idMaps: undefined,
  deniesGroups: false,
  environment: { ok: true, value: ['PATH=/usr/bin:/bin', 'HOME=/root'] },
};

const FILES: Readonly<Record<string, string>> = {
  '/etc/passwd':
    'root:x:0:0::/root:/bin/bash\nlab:x:1000:1000::/home:/bin/sh\nnobody:x:65534:65534::/:/usr/sbin/nologin\n',
  '/etc/group': 'root:x:0:\nvideo:x:44:lab\n',
};
const PROGRAMS = ['/bin/sh', '/bin/bash', '/bin/true', '/usr/bin/id'];

export function input(
  change: Partial<PlanInput> & {
    readonly files?: Readonly<Record<string, string>>;
    readonly programs?: readonly string[];
  } = {},
): PlanInput {
  const { files = FILES, programs = PROGRAMS, ...rest } = change;
  const absent = (path: string) => ({ ok: false, why: 'absent', path, errno: 'ENOENT' }) as const;
  const read = (path: string): Reading<string> => {
    const value = files[path];
    return value === undefined ? absent(path) : { ok: true, value };
  };
  const stat = (path: string): Reading<RootedFile> =>
    programs.includes(path)
      ? { ok: true, value: { isFile: true, isDirectory: false, mode: 0o755 } }
      : absent(path);
  return {
    name: 'web',
    facts: TARGET,
    own: OURS,
    lastCapability: 40,
    options: { command: ['true'] },
    read,
    stat,
    ...rest,
  };
}
