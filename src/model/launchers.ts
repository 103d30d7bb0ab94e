/**
 * Programs that stand above a container and tell what made it: shims, monitors, sandboxing tools. Known by the name of
 * the process (comm) outside the container, which the container cannot change. Pure.
 */
import { known } from '../kernel/reading.ts';
import type { ProcessFacts } from './sample.ts';

export interface Launcher {
  /** Worked out when it is asked for: for that some kinds need their argv, which may not have been read. */
  readonly runtime: string;
  readonly pid: number;
  readonly comm: string;
  readonly evidence: string;
}

interface LauncherKind {
  /** Names of the program, or how they begin. */
  readonly comms?: readonly string[];
  readonly start?: string;
  readonly role: string;
  readonly runtime?: string | ((argv: () => readonly string[]) => string);
}

/** Also the processes whose argv every scan reads: it tells which engine, namespace and container they serve. */
const KINDS: readonly LauncherKind[] = [
  { start: 'containerd-shim', role: 'shim', runtime: shimRuntime },
  { start: 'docker-containe', role: 'shim', runtime: 'docker' },
  { start: 'conmon', role: 'monitor', runtime: conmonRuntime },
  { comms: ['runc'], start: 'runc:[', role: 'OCI runtime', runtime: 'runc' },
  { comms: ['crun'], role: 'OCI runtime', runtime: 'crun' },
  { start: 'youki', role: 'OCI runtime', runtime: 'youki' },
  {
    comms: ['lxc-start', 'lxc-execute', 'lxc-monitord', 'lxd', 'incusd'],
    role: 'monitor',
    runtime: 'lxc',
  },
  { comms: ['systemd-nspawn'], role: 'supervisor', runtime: 'nspawn' },
  { comms: ['bwrap'], role: 'supervisor', runtime: 'bubblewrap' },
  { comms: ['firejail'], role: 'supervisor', runtime: 'firejail' },
  { comms: ['unshare'], role: 'launcher', runtime: 'unshare' },
  { comms: ['porthole'], role: 'launcher', runtime: 'porthole' },
  { comms: ['dockerd'], role: 'engine' },
  { comms: ['containerd'], role: 'runtime manager' },
  { comms: ['podman', 'crio', 'kubelet', 'buildkitd', 'nerdctl', 'docker'], role: 'engine' },
];

const BY_NAME = new Map<string, LauncherKind>();
for (const kind of KINDS) for (const comm of kind.comms ?? []) BY_NAME.set(comm, kind);
/** None of them begins a name above that is of another kind. */
const BY_START = KINDS.filter(({ start }) => start !== undefined);

/** Names of such programs, and how such names begin. */
export function engineHelpers(): { readonly names: readonly string[]; readonly starts: readonly string[] } {
  return { names: [...BY_NAME.keys()], starts: BY_START.flatMap(({ start }) => start ?? []) };
}

export function isEngineHelper(comm: string): boolean {
  return kindOf(comm) !== undefined;
}

const kinds = new Map<string, LauncherKind | undefined>();
const MOST_NAMES_KEPT = 4096;

/** Remembered by name: every scan asks for every process, and hosts run few different programs. */
function kindOf(comm: string): LauncherKind | undefined {
  if (kinds.has(comm)) return kinds.get(comm);
  if (kinds.size >= MOST_NAMES_KEPT) kinds.clear();
  const kind =
    BY_NAME.get(comm) ?? BY_START.find(({ start }) => start !== undefined && comm.startsWith(start));
  kinds.set(comm, kind);
  return kind;
}

/** What a process is to the containers below it; `parent process` for anything else. */
export function roleOf(facts: Pick<ProcessFacts, 'pid' | 'comm'>): string {
  const kind = kindOf(facts.comm);
  if (kind !== undefined) return kind.role;
  return facts.pid === 1 ? 'pid 1' : 'parent process';
}

/** What started the container of `init`: its parent, or itself where the tool stays inside as pid 1 (bubblewrap). */
export function launcherOf(
  init: ProcessFacts,
  processes: ReadonlyMap<number, ProcessFacts>,
): Launcher | undefined {
  const parent = processes.get(init.ppid);
  const above = parent && launcherFrom(parent, 'its parent process');
  if (above !== undefined) return above;
  return init.comm === 'bwrap' || init.comm === 'firejail' ? launcherFrom(init, 'its init') : undefined;
}

function launcherFrom(facts: ProcessFacts, relation: string): Launcher | undefined {
  const kind = kindOf(facts.comm);
  if (kind?.runtime === undefined) return undefined;
  const { runtime } = kind;
  return {
    get runtime() {
      return typeof runtime === 'string' ? runtime : runtime(() => known(facts.argv) ?? []);
    },
    pid: facts.pid,
    comm: facts.comm,
    evidence: `${relation} ${facts.pid} is ${facts.comm}`,
  };
}

/** The value of `-name VALUE`, `--name VALUE` or `--name=VALUE`. */
export function optionOf(argv: readonly string[], name: string): string | undefined {
  for (const [index, word] of argv.entries()) {
    if (word === `-${name}` || word === `--${name}`) return argv[index + 1];
    if (word.startsWith(`--${name}=`)) return word.slice(name.length + 3);
  }
  return undefined;
}

/** docker runs its containers in containerd's namespace `moby`. */
function shimRuntime(read: () => readonly string[]): string {
  const argv = read();
  return optionOf(argv, 'namespace') === 'moby' || argv.some((word) => word.includes('/moby/'))
    ? 'docker'
    : 'containerd';
}

function conmonRuntime(argv: () => readonly string[]): string {
  return argv().some((word) => word.includes('crio')) ? 'cri-o' : 'podman';
}
