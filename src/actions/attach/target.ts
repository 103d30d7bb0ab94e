/**
 * A container held for an attach: its init by pidfd, its root and working directory by descriptor, and what /proc says of it.
 * Everything is read between the opening of the pidfd and a look that it is still alive, so all of it is of that process.
 */
import { closeSync, constants, openSync, statSync } from 'node:fs';
import { isBelow } from '../../kernel/cgroup/hierarchy.ts';
import { AccessDeniedError, ProcessGoneError, UnsupportedError } from '../../kernel/errors.ts';
import { type IdRange, parseIdMap } from '../../kernel/proc/id-map.ts';
import { parseLimits, type ResourceLimit } from '../../kernel/proc/limits.ts';
import { parseMountinfo } from '../../kernel/proc/mountinfo.ts';
import { type PidStatus, parsePidStatus } from '../../kernel/proc/status.ts';
import {
  type Fact,
  type FailedReading,
  factOf,
  mapFact,
  mapReading,
  type Reading,
} from '../../kernel/reading.ts';
import { NAMESPACE_TYPES, type NamespaceType } from '../../kernel/tables/namespaces.ts';
import { failedReading } from '../../sys/failure.ts';
import type { FilesTogether, KernelFiles } from '../../sys/kernel-files.ts';
import { O_PATH } from '../../sys/openat2.ts';
import { HeldProcess } from '../../sys/pidfd.ts';
import { openRootOf } from '../../sys/process-root.ts';
import { openRooted, type RootedFile, readRooted, statRooted } from '../../sys/rooted-file.ts';
import { hasTerminals, isAsked, refuseDead } from './mounts.ts';
import { AttachRefusal } from './options.ts';

const DELETED = / \(deleted\)$/;
const ENVIRON_BYTES = 1024 * 1024;

/** What the kernel says of one process: of the target, or of ourselves. */
export interface ProcessRights {
  readonly status: PidStatus;
  readonly limits: readonly ResourceLimit[];
  readonly oomScoreAdj: number;
  /** Of a security module; undefined where none gives labels. */
  readonly label: Fact<string>;
}

export interface TargetFacts extends ProcessRights {
  readonly pid: number;
  /** Namespaces of it that are not ours. */
  readonly differing: readonly NamespaceType[];
  /** Its root directory is not ours. */
  readonly hasOwnRoot: boolean;
  /** Its working directory as a path below its root, as far as names tell; undefined when it is gone or outside. */
  readonly cwd: string | undefined;
  /** Of its user namespace; undefined when that is ours. */
  readonly idMaps: { readonly uids: readonly IdRange[]; readonly gids: readonly IdRange[] } | undefined;
  /** Its user namespace lets nobody set supplementary groups. */
  readonly deniesGroups: boolean;
  /** `NAME=value`, a character for a byte. Read meanwhile, and waited for where it is asked for. */
  readonly environment: Reading<readonly string[]>;
}

export class HeldTarget {
  readonly #descriptors: number[] = [];
  private isNarrow = false;
  private isOurs = false;

  private constructor(
    readonly process: HeldProcess,
    readonly files: KernelFiles,
    private root: number,
    /** Below its init's root. */
    private readonly mountinfo: string,
    readonly cwdFd: number | undefined,
    readonly facts: TargetFacts,
    private readonly endReading: () => void,
  ) {}

  /** @throws {ProcessGoneError | AccessDeniedError | UnsupportedError} */
  static open(files: KernelFiles, pid: number, starttimeTicks: number): HeldTarget {
    const process = HeldProcess.open(files, pid, starttimeTicks);
    // It lies in the process's own memory: reading it may hang, which costs the environment and not the attach.
    const environ = files.beginGuarded({
      path: files.proc(`${pid}/environ`),
      capBytes: ENVIRON_BYTES,
      starttimeTicks,
    });
    const opened: number[] = [];
    try {
      const rootFd = openRootOf(process);
      opened.push(rootFd);
      const said = saidOf(files, pid);
      const mountinfo = needed(said.text(files.proc(`${pid}/mountinfo`)), pid);
      refuseDead(mountinfo, rootFd);
      const cwdFd = openOptional(`${files.procRoot}/${pid}/cwd`);
      if (cwdFd !== undefined) opened.push(cwdFd);
      const facts = readFacts(files, said, pid, cwdFd !== undefined, () => {
        const reading = environ();
        if (!process.isAlive()) throw new ProcessGoneError(pid);
        return mapReading(reading, entriesOf);
      });
      if (!process.isAlive()) throw new ProcessGoneError(pid);
      const target = new HeldTarget(process, files, rootFd, mountinfo, cwdFd, facts, environ);
      target.#descriptors.push(...opened);
      return target;
    } catch (error) {
      environ();
      for (const fd of opened) closeSync(fd);
      const isGone = !process.isAlive();
      process.close();
      throw isGone && !(error instanceof ProcessGoneError)
        ? new ProcessGoneError(pid, 'has ended', { cause: error })
        : error;
    }
  }

  get rootFd(): number {
    return this.root;
  }

  /** For kernels that join none by its pidfd. @throws {ProcessGoneError} when they may be another's */
  openNamespaces(types: readonly NamespaceType[]): { type: NamespaceType; fd: number }[] {
    const { pid } = this.facts;
    const opened = types.map((type) => {
      const path = this.files.proc(`${pid}/ns/${type}`);
      try {
        return { type, fd: this.keep(openSync(path, constants.O_RDONLY)) };
      } catch (error) {
        throw refusal(failedReading(error, path), error);
      }
    });
    if (!this.process.isAlive()) throw new ProcessGoneError(pid);
    return opened;
  }

  /** Takes a directory of the container for its root from here on. @throws {AttachRefusal} when there is none */
  narrow(path: string): void {
    const kind = this.stat(path);
    if (!kind.ok || !kind.value.isDirectory)
      throw new AttachRefusal(`--root ${path}: ${kind.ok ? 'ENOTDIR' : kind.errno}`);
    const opened = openRooted(this.root, path);
    if (!opened.ok) throw new AttachRefusal(`--root ${path}: ${opened.errno}`);
    this.root = this.keep(opened.value);
    this.isNarrow = true;
  }

  /** Among our own files from here on: its mount namespace is not joined. */
  stayOutside(): void {
    this.isOurs = true;
    this.root = this.keep(openSync('/', O_PATH | constants.O_DIRECTORY));
  }

  /** Its mounts are told as they lie below its root: one that is a directory of a mount, as `--root` may be, is not among them. */
  rootIsMount(): boolean {
    if (this.isNarrow) return false;
    return parseMountinfo(this.mountinfo).some(({ target }) => target === '/');
  }

  /** Whether to look for terminals below its root. Of `--root` nobody tells which mounts are below it. */
  hasTerminals(): boolean {
    if (this.isOurs) return true;
    const mounts = parseMountinfo(this.mountinfo);
    return this.isNarrow ? !mounts.some(isAsked) : hasTerminals(mounts);
  }

  /** Where the command will be: in the container, as its own processes see it, unless it stays outside. */
  read(path: string): Reading<string> {
    return readRooted(this.rootFd, path);
  }

  stat(path: string): Reading<RootedFile> {
    return statRooted(this.rootFd, path);
  }

  /** Closes `fd` together with the target. */
  keep(fd: number): number {
    this.#descriptors.push(fd);
    return fd;
  }

  close(): void {
    this.endReading();
    for (const fd of this.#descriptors.splice(0)) closeSync(fd);
    this.process.close();
  }
}

/** What is read of every target, at once. */
function saidOf(files: KernelFiles, pid: number): FilesTogether {
  const of = (who: string, names: readonly string[]) => names.map((name) => files.proc(`${who}/${name}`));
  const namespaces = NAMESPACE_TYPES.map((type) => `ns/${type}`);
  return files.together(of(`${pid}`, ['mountinfo', ...RIGHTS_FILES]), [
    ...of(`${pid}`, [...namespaces, 'root', 'cwd']),
    ...of('self', namespaces),
  ]);
}

function readFacts(
  files: KernelFiles,
  said: FilesTogether,
  pid: number,
  hasCwd: boolean,
  environment: () => TargetFacts['environment'],
): TargetFacts {
  const namespaceOf = (who: string, type: NamespaceType) => said.link(files.proc(`${who}/ns/${type}`));
  const differing = NAMESPACE_TYPES.filter((type) => {
    const ours = namespaceOf('self', type);
    // Older kernels have fewer types.
    if (!ours.ok && ours.why === 'absent') return false;
    return needed(namespaceOf(`${pid}`, type), pid) !== needed(ours, process.pid);
  });
  const hasOwnUsers = differing.includes('user');
  const text = (name: string) => needed(files.text(files.proc(`${pid}/${name}`)), pid);
  return {
    ...rightsIn(files, said, String(pid), pid),
    pid,
    differing,
    hasOwnRoot: inodeOf(files.proc(`${pid}/root`)) !== inodeOf('/'),
    cwd: hasCwd ? cwdBelowRoot(files, said, pid) : undefined,
    idMaps: hasOwnUsers
      ? { uids: parseIdMap(text('uid_map')), gids: parseIdMap(text('gid_map')) }
      : undefined,
    deniesGroups: hasOwnUsers && text('setgroups').startsWith('deny'),
    get environment() {
      return environment();
    },
  };
}

/** Both links are told in the same terms. What they say is looked at once more inside, where the kernel tells. */
function cwdBelowRoot(files: KernelFiles, said: FilesTogether, pid: number): string | undefined {
  const root = said.link(files.proc(`${pid}/root`));
  const cwd = said.link(files.proc(`${pid}/cwd`));
  if (!root.ok || !cwd.ok || DELETED.test(cwd.value) || !isBelow(cwd.value, root.value)) return undefined;
  return root.value === '/' ? cwd.value : cwd.value.slice(root.value.length) || '/';
}

const RIGHTS_FILES = ['status', 'limits', 'oom_score_adj', 'attr/current'];

/** Our own, to compare with. */
export function ownRights(files: KernelFiles): ProcessRights {
  const said = files.together(RIGHTS_FILES.map((name) => files.proc(`self/${name}`)));
  return rightsIn(files, said, 'self', process.pid);
}

function rightsIn(files: KernelFiles, said: FilesTogether, who: string, pid: number): ProcessRights {
  const reading = (name: string) => said.text(files.proc(`${who}/${name}`));
  const text = (name: string) => needed(reading(name), pid);
  return {
    status: parsePidStatus(text('status')),
    limits: parseLimits(text('limits')),
    oomScoreAdj: Number(text('oom_score_adj')),
    label: labelOf(reading('attr/current')),
  };
}

/** EINVAL where no security module gives labels. */
function labelOf(reading: Reading<string>): Fact<string> {
  if (!reading.ok && reading.errno === 'EINVAL') return undefined;
  return mapFact(factOf(reading), (text) => text.replace(/[\0\n]+$/, '') || undefined);
}

function entriesOf(environ: Uint8Array): string[] {
  const entries = Buffer.from(environ).toString('latin1').split('\0');
  return entries.filter((entry) => entry.indexOf('=') > 0);
}

function inodeOf(path: string): string {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch (error) {
    throw refusal(failedReading(error, path), error);
  }
}

/** A working directory that has been removed can be opened; one that may not be looked at is done without. */
function openOptional(path: string): number | undefined {
  try {
    return openSync(path, O_PATH | constants.O_DIRECTORY);
  } catch (error) {
    failedReading(error, path);
    return undefined;
  }
}

function needed(reading: Reading<string>, pid: number): string {
  if (reading.ok) return reading.value;
  if (reading.why === 'gone' || reading.why === 'absent') throw new ProcessGoneError(pid);
  throw refusal(reading);
}

function refusal({ why, path, errno }: FailedReading, cause?: unknown): Error {
  const options = cause === undefined ? {} : { cause };
  return why === 'denied'
    ? new AccessDeniedError(path, 'CAP_SYS_PTRACE', errno, options)
    : new UnsupportedError(path, `a kernel that answers it (${errno})`, options);
}
