/**
 * The program of an attach: what is done in the fresh processes, in which order. Two of them: the launcher, which stays
 * outside, waits and passes signals on, and the command. Pure; the descriptors are those that `run` passes.
 */

import { errnoNumber } from '../../kernel/tables/errno.ts';
import type { NamespaceType } from '../../kernel/tables/namespaces.ts';
import { SIGNALS } from '../../kernel/tables/signals.ts';
import { AT_FDCWD, IOCTL, KEYCTL, OPEN, PR, PR_CAP_AMBIENT } from '../../launch/flags.ts';
import { FIRST_PASSED_FD, type Program, program, STATUS_FD } from '../../launch/program.ts';
import * as struct from '../../launch/structs.ts';
import { sys } from '../../launch/syscalls.ts';
import { type Closer, CloserByNumber, RangeCloser } from './close.ts';
import { type AttachPlan, namespaceMask } from './plan.ts';
import { enterView, gather } from './tools/view-program.ts';

export interface PassedDescriptors {
  readonly pidfd: number;
  /** Of kernels that join none by a pidfd; else empty. */
  readonly namespaces: readonly { readonly type: NamespaceType; readonly fd: number }[];
  readonly root: number;
  readonly cwd: number | undefined;
  readonly cgroups: readonly {
    readonly how: 'born' | 'write';
    readonly fd: number;
    readonly mayFail: boolean;
  }[];
}

/** What `ps` shows of the launcher, and the session keyring's name. */
export const LAUNCHER_NAME = 'porthole-attach';
/** Label of the report that tells the command's pid. */
export const COMMAND_PID = 'command';

const PATH_BYTES = 4096;
const SLASH = 0x2f;
const signal = (name: string): number => SIGNALS.get(name) ?? 0;

/** As they are numbered in the program, in the order in which they are passed. */
export function numbered(held: PassedDescriptors): {
  inProgram: PassedDescriptors;
  passed: readonly number[];
} {
  const passed: number[] = [];
  const next = (fd: number) => passed.push(fd) - 1 + FIRST_PASSED_FD;
  const inProgram = {
    pidfd: next(held.pidfd),
    namespaces: held.namespaces.map(({ type, fd }) => ({ type, fd: next(fd) })),
    root: next(held.root),
    cwd: held.cwd === undefined ? undefined : next(held.cwd),
    cgroups: held.cgroups.map((door) => ({ ...door, fd: next(door.fd) })),
  };
  return { inProgram, passed };
}

function lastOf({ pidfd, namespaces, root, cwd, cgroups }: PassedDescriptors): number {
  return Math.max(pidfd, root, cwd ?? 0, ...[...namespaces, ...cgroups].map(({ fd }) => fd));
}

/** `inherited`: on a kernel without close_range, what Porthole has open above those that it passes and did not open itself. */
export function attachProgram(
  plan: AttachPlan,
  fds: PassedDescriptors,
  inherited?: readonly number[],
): Program {
  const p = program('attach');
  const early = plan.namespaces.filter((type) => type === 'pid' || (type === 'user' && !plan.isPrivileged));
  const late = plan.namespaces.filter((type) => !early.includes(type));
  const openFlags = OPEN[p.processor].O_WRONLY | OPEN[p.processor].O_CLOEXEC;

  const close = inherited === undefined ? new RangeCloser(p) : new CloserByNumber(p, lastOf(fds), inherited);
  prepareLauncher(p, plan, close);
  if (!plan.isPrivileged) writeOomScore(p, plan, openFlags);
  p.step('PR_SET_DUMPABLE', sys.prctl, PR.PR_SET_DUMPABLE, 0, 0, 0, 0);
  joinNamespaces(p, plan, fds, early);
  forkCommand(p, plan, fds, close);

  const { view } = plan;
  // What is ours is taken while we are still outside.
  const gathered = view === undefined ? undefined : gather(p, view, plan.isPrivileged);
  // It counts from the next execve on. Written here, where /proc is still ours and not the container's.
  if (plan.label !== undefined) writeFile(p, 'label', plan.label.file, plan.label.text, openFlags);
  if (plan.isPrivileged) writeOomScore(p, plan, openFlags);
  joinCgroups(p, fds);
  if (view === undefined || gathered === undefined) {
    setLimits(p, plan);
    joinNamespaces(p, plan, fds, late);
    enterRoot(p, plan, fds);
  } else joinWithView(p, plan, fds, late, () => enterView(p, view, gathered, fds.root));
  enterDirectory(p, plan, fds, close);
  if (plan.umask !== undefined) p.step('umask', sys.umask, plan.umask);
  takeRights(p, plan);
  if (!plan.detach) p.step('PR_SET_PDEATHSIG', sys.prctl, PR.PR_SET_PDEATHSIG, signal('SIGKILL'), 0, 0, 0);
  if (plan.hasTerminal) {
    p.step('setsid', sys.setsid);
    p.step('TIOCSCTTY', sys.ioctl, 0, IOCTL.TIOCSCTTY, 0);
  }
  const latin1 = (text: string) => Buffer.from(text, 'latin1');
  p.exec(
    `execve(${plan.path})`,
    p.string(latin1(plan.path)),
    p.strings(plan.argv.map(latin1)),
    p.strings(plan.environment.map(latin1)),
  );
  return p;
}

/** Out of the terminal's reach, told when Porthole ends, and with a keyring of its own. */
function prepareLauncher(p: Program, plan: AttachPlan, close: Closer): void {
  p.step('setsid', sys.setsid);
  // Who has a terminal is hung up when nobody holds its other side any more, which somebody may do after us.
  if (!plan.detach && !plan.hasTerminal)
    p.step('PR_SET_PDEATHSIG', sys.prctl, PR.PR_SET_PDEATHSIG, signal('SIGTERM'), 0, 0, 0);
  close.onExec(STATUS_FD);
  // Else the command could read the caller's keys.
  p.step('keyring', sys.keyctl, KEYCTL.KEYCTL_JOIN_SESSION_KEYRING, p.string(LAUNCHER_NAME)).ignore([
    'ENOSYS',
    'EPERM',
    'EDQUOT',
    'EACCES',
    'EOPNOTSUPP',
  ]);
}

function writeOomScore(p: Program, { oomScoreAdj }: AttachPlan, openFlags: number): void {
  if (oomScoreAdj === undefined) return;
  writeFile(p, 'oom_score_adj', '/proc/self/oom_score_adj', String(oomScoreAdj), openFlags);
}

function writeFile(p: Program, name: string, path: string, text: string, openFlags: number): void {
  const fd = p.step(`open(${name})`, sys.openat, AT_FDCWD, p.string(path), openFlags, 0).result(name);
  const bytes = Buffer.from(text, 'latin1');
  p.step(`write(${name})`, sys.write, fd, p.string(bytes), bytes.length);
  p.step(`close(${name})`, sys.close, fd);
}

/** One by one, the user namespace comes last where our own rights are wanted for the others, else first: it gives them. */
function joinNamespaces(
  p: Program,
  { isPrivileged }: AttachPlan,
  { pidfd, namespaces }: PassedDescriptors,
  types: AttachPlan['namespaces'],
): void {
  if (types.length === 0) return;
  if (namespaces.length === 0) {
    p.step(`setns(${types.join(', ')})`, sys.setns, pidfd, namespaceMask(types));
    return;
  }
  const isUser = (type: NamespaceType) => Number(type === 'user') * (isPrivileged ? 1 : -1);
  for (const type of types.toSorted((a, b) => isUser(a) - isUser(b))) {
    const fd = namespaces.find((each) => each.type === type)?.fd;
    if (fd === undefined) throw new Error(`no descriptor of the ${type} namespace was passed`);
    p.step(`setns(${type})`, sys.setns, fd, namespaceMask([type]));
  }
}

/** The first process waits outside and has nothing open; detached, it goes at once. */
function forkCommand(p: Program, plan: AttachPlan, { cgroups }: PassedDescriptors, close: Closer): void {
  const inParent = (child: Parameters<Parameters<Program['fork']>[1]>[0]) => {
    p.report(COMMAND_PID, child);
    close.from(0);
    if (plan.detach) p.step('exit', sys.exit_group, 0);
    else p.passOn('wait', child, 'own');
  };
  const born = cgroups.find(({ how }) => how === 'born');
  if (born === undefined) {
    p.fork('clone', inParent);
    return;
  }
  const exitSignal = signal('SIGCHLD');
  p.fork3(
    'clone3',
    struct.cloneArguments(p.processor, { flags: 0, exitSignal, cgroupFd: born.fd }),
    inParent,
  );
}

/** The kernel says EINVAL while it still makes one of the processes ready that are moved: no pause is that long. */
const MOST_TRIES = 1000;
const NOT_OURS = ['EACCES', 'EPERM', 'EBUSY', 'EOPNOTSUPP', 'ENOENT'];

function joinCgroups(p: Program, { cgroups }: PassedDescriptors): void {
  const label = 'write(cgroup)';
  const zero = p.string('0');
  for (const { how, fd, mayFail } of cgroups) {
    if (how !== 'write') continue;
    const tries = p.slot('tries');
    const again = p.label();
    const done = p.label();
    const write = () => p.step(label, sys.write, fd, zero, 1);
    p.mark(again);
    const written = write()
      .ignore([...(mayFail ? NOT_OURS : []), 'EINVAL'])
      .result('written');
    p.jumpIf(label, written, { equals: -errnoNumber('EINVAL'), unless: true }, done);
    p.add(label, tries, 1, tries);
    p.jumpIf(label, tries, { equals: MOST_TRIES, unless: true }, again);
    if (!mayFail) p.fail(label, 'EINVAL');
    p.mark(done);
  }
}

/**
 * Mounts belong to the user namespace in which they are made. Made with our own rights, it is ours: nobody in the container can
 * change what we brought, or write to it. The container's limits are for the command, and not for that.
 */
function joinWithView(
  p: Program,
  plan: AttachPlan,
  fds: PassedDescriptors,
  types: AttachPlan['namespaces'],
  makeView: () => void,
): void {
  const isUser = (type: NamespaceType) => type === 'user';
  const others = types.filter((type) => !isUser(type));
  joinNamespaces(p, plan, fds, others);
  makeView();
  setLimits(p, plan);
  joinNamespaces(p, plan, fds, types.filter(isUser));
}

function setLimits(p: Program, { limits }: AttachPlan): void {
  for (const { name, resource, soft, hard } of limits)
    p.step(`prlimit(${name})`, sys.prlimit64, 0, resource, struct.resourceLimit(soft, hard), 0);
}

function enterRoot(p: Program, plan: AttachPlan, fds: PassedDescriptors): void {
  if (!plan.entersRoot) return;
  p.step('fchdir(root)', sys.fchdir, fds.root);
  p.step('chroot', sys.chroot, p.string('.'));
}

/** The last look is the kernel's own: a working directory outside of the root has no path that begins with `/`. */
function enterDirectory(p: Program, plan: AttachPlan, fds: PassedDescriptors, close: Closer): void {
  if (plan.workdir === 'its' && fds.cwd !== undefined) p.step('fchdir(cwd)', sys.fchdir, fds.cwd);
  // Before any path of the container is walked: /proc/self/fd must lead nowhere (CVE-2024-21626).
  close.from(FIRST_PASSED_FD);
  if (typeof plan.workdir === 'object') {
    const { path } = plan.workdir;
    p.step(`chdir(${path})`, sys.chdir, p.string(Buffer.from(path, 'latin1')));
  }
  if (plan.workdir === 'ours') return;
  const cwd = p.slot('cwd', PATH_BYTES);
  const inside = p.label();
  p.step('getcwd', sys.getcwd, cwd.place, PATH_BYTES);
  p.jumpIf('getcwd', cwd, { equals: SLASH, mask: 0xff }, inside);
  p.fail('working directory outside of the root; --workdir / starts elsewhere', 'EXDEV');
  p.mark(inside);
}

function takeRights(p: Program, plan: AttachPlan): void {
  const { capabilities, ids, groups } = plan;
  if (capabilities !== undefined) {
    for (const bit of capabilities.drops)
      p.step('PR_CAPBSET_DROP', sys.prctl, PR.PR_CAPBSET_DROP, bit, 0, 0, 0);
    p.step('PR_SET_KEEPCAPS', sys.prctl, PR.PR_SET_KEEPCAPS, 1, 0, 0, 0);
  }
  if (groups !== undefined) p.step('setgroups', sys.setgroups, groups.length, struct.groupList(groups));
  if (ids !== undefined) {
    p.step(`setresgid(${ids.gid})`, sys.setresgid, ids.gid, ids.gid, ids.gid);
    p.step(`setresuid(${ids.uid})`, sys.setresuid, ids.uid, ids.uid, ids.uid);
  }
  if (capabilities !== undefined) {
    const { sets, ambient } = capabilities;
    p.step('capset', sys.capset, struct.capabilityHeader(), struct.capabilitySets(sets));
    for (const bit of ambient)
      p.step('PR_CAP_AMBIENT', sys.prctl, PR.PR_CAP_AMBIENT, PR_CAP_AMBIENT.PR_CAP_AMBIENT_RAISE, bit, 0, 0);
  }
  if (plan.noNewPrivileges) p.step('PR_SET_NO_NEW_PRIVS', sys.prctl, PR.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
