/**
 * Running a command in a container: first everything is opened and decided (`prepareAttach`), then it is done (`start`).
 * For the command line and for the dashboard. Whoever prepares closes.
 */
import type { Hierarchy } from '../../kernel/cgroup/hierarchy.ts';
import { AccessDeniedError, ProcessGoneError } from '../../kernel/errors.ts';
import { toOutside } from '../../kernel/proc/id-map.ts';
import type { Child } from '../../launch/child.ts';
import { type Ending, StepError, statusOfEnding } from '../../launch/ending.ts';
import { explainText } from '../../launch/explain.ts';
import { FIRST_PASSED_FD, type Program } from '../../launch/program.ts';
import { type LaunchOptions, launch } from '../../launch/run.ts';
import type { ContainerState } from '../../model/host-model.ts';
import { inheritableDescriptors } from '../../sys/inheritable.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { chooseCgroups } from './cgroups.ts';
import { nsenterCommand } from './equivalent.ts';
import { type KernelAbilities, kernelAbilities, lastCapability } from './kernel.ts';
import { type AttachOptions, AttachRefusal } from './options.ts';
import { type AttachPlan, entersRoot, isPrivileged, planAttach } from './plan.ts';
import type { PlanInput } from './plan-input.ts';
import { attachProgram, COMMAND_PID, LAUNCHER_NAME, numbered } from './program.ts';
import { HeldTarget, ownRights, type TargetFacts } from './target.ts';
import { type View, viewWithTools } from './tools/view.ts';

/** What of a container an attach needs to know; `Container` of the model has it. */
export interface AttachTarget {
  readonly name: string;
  readonly initPid: number;
  readonly initStarttimeTicks: number;
  readonly state: ContainerState;
  readonly frozenBy?: string | undefined;
}

export interface Attached {
  /** Of the container. */
  readonly name: string;
  /** Of the command, as the host counts. */
  readonly pid: number;
  /** The pipes, where stdin, stdout or stderr are such. */
  readonly child: Child;
  /** The command's status as CONTRACT has it; of a detached one 0. Never rejects. */
  readonly ended: Promise<number>;
  /** Reaches the command, through the process that waits for it. */
  signal(name: NodeJS.Signals): void;
}

export interface PreparedAttach {
  readonly plan: AttachPlan;
  readonly program: Program;
  /** The descriptors it expects, from 4 on. */
  readonly passed: readonly number[];
  /** For a terminal of the container's own: its root, and the command's user as we count. */
  readonly place: {
    /** Missing where the container has no terminals of its own. */
    readonly rootFd?: number;
    readonly owner?: { readonly uid: number; readonly gid: number };
  };
  /** What could not follow the target, for people. */
  readonly notes: readonly string[];
  /** The program in words. */
  explained(): string;
  /**
   * Once. With a terminal of the command's own (`AttachOptions.terminal`) all three are its slave.
   * @throws {AccessDeniedError | StepError} when a step failed: nothing runs then
   */
  start(stdio: LaunchOptions['stdio']): Promise<Attached>;
  close(): void;
}

/**
 * Opens what leads into the container and decides what will be done there. Nothing is changed.
 * @throws {ProcessGoneError} its init has ended, or its pid is another process now
 * @throws {AccessDeniedError | UnsupportedError | AttachRefusal}
 */
export function prepareAttach(
  files: KernelFiles,
  hierarchies: readonly Hierarchy[],
  container: AttachTarget,
  options: AttachOptions,
  release?: string,
): PreparedAttach {
  refuseSetuid();
  const kernel = kernelAbilities(release);
  refuseFrozen(container, options);
  const target = HeldTarget.open(files, container.initPid, container.initStarttimeTicks);
  try {
    if (options.root !== undefined) target.narrow(options.root);
    else if (!entersRoot(target.facts, options)) target.stayOutside();
    const own = ownRights(files);
    const view = viewFor(target, options, isPrivileged(own), kernel);
    const stat = (path: string) =>
      view !== undefined && path.startsWith(`${view.tools.place}/`)
        ? view.tools.stat(path)
        : target.stat(path);
    const plan = planAttach({
      name: container.name,
      facts: target.facts,
      own,
      lastCapability: lastCapability(),
      options,
      view,
      read: (path) => target.read(path),
      stat,
    });
    const { doors, notes } =
      options.withoutCgroup === true
        ? { doors: [], notes: [] }
        : chooseCgroups(target, hierarchies, isPrivileged(own), kernel.bornInCgroup);
    const { inProgram, passed } = numbered({
      pidfd: target.process.fd,
      namespaces: kernel.pidfdNamespaces ? [] : target.openNamespaces(plan.namespaces),
      root: target.rootFd,
      cwd: target.cwdFd,
      cgroups: doors,
    });
    const lastPassed = FIRST_PASSED_FD + passed.length - 1;
    const inherited = kernel.closeRange ? undefined : inheritableDescriptors(lastPassed);
    const program = attachProgram(plan, inProgram, inherited);
    return {
      plan,
      program,
      passed,
      place: { ...terminalRoot(target, options), ...ownerOf(plan, target.facts) },
      notes: [...plan.notes, ...notes],
      explained: () => explainText(program, nsenterCommand(plan)),
      start: (stdio) =>
        start(program, { target, name: container.name, path: plan.path, stat, passed, stdio }),
      close: () => target.close(),
    };
  } catch (error) {
    target.close();
    throw error;
  }
}

function viewFor(
  target: HeldTarget,
  options: AttachOptions,
  isPrivileged: boolean,
  kernel: KernelAbilities,
): View | undefined {
  if (options.tools === undefined) return undefined;
  if (!entersRoot(target.facts, options))
    throw new AttachRefusal(
      '--tools is for the files of a container, and the command stays among ours: leave it out',
    );
  return viewWithTools(target, options.tools, isPrivileged, kernel);
}

function terminalRoot(target: HeldTarget, { terminal }: AttachOptions): { readonly rootFd?: number } {
  return terminal !== undefined && target.hasTerminals() ? { rootFd: target.rootFd } : {};
}

/** The command's user, as we count. */
function ownerOf(
  { ids, namespaces }: AttachPlan,
  { idMaps }: TargetFacts,
): Pick<PreparedAttach['place'], 'owner'> {
  if (ids === undefined) return {};
  if (idMaps === undefined || !namespaces.includes('user')) return { owner: ids };
  const uid = toOutside(idMaps.uids, ids.uid);
  const gid = toOutside(idMaps.gids, ids.gid);
  return uid === undefined || gid === undefined ? {} : { owner: { uid, gid } };
}

/** Node.js obeys its environment: who starts a setuid program would have its rights. */
function refuseSetuid(): void {
  if (process.getuid?.() !== process.geteuid?.() || process.getgid?.() !== process.getegid?.())
    throw new AttachRefusal('attach does not run setuid or setgid: use sudo');
}

function refuseFrozen({ name, state, frozenBy }: AttachTarget, { ignoreFrozen }: AttachOptions): void {
  if (ignoreFrozen === true || (state !== 'frozen' && state !== 'freezing')) return;
  const by = frozenBy === undefined ? '' : ` by ${frozenBy}`;
  throw new AttachRefusal(
    `${name} is frozen${by}, and a command that joins it would hang until it is thawed; --ignore-frozen attaches all the same`,
  );
}

interface StartInput {
  readonly target: HeldTarget;
  readonly name: string;
  /** Of what is run. */
  readonly path: string;
  readonly stat: PlanInput['stat'];
  readonly passed: readonly number[];
  readonly stdio: LaunchOptions['stdio'];
}

async function start(program: Program, input: StartInput): Promise<Attached> {
  const { name, passed, stdio } = input;
  let pid = 0;
  const launched = await launch(program, {
    target: name,
    leftAs: 'nothing was changed',
    stdio,
    descriptors: passed,
    argv0: LAUNCHER_NAME,
    isQuick: true,
    onReport: (label, value) => {
      if (label === COMMAND_PID) pid = value;
    },
  });
  const started = await launched.started;
  if (!started.ok) {
    await launched.ended;
    throw explainedError(started.error, input);
  }
  return {
    name,
    pid,
    child: launched.child,
    ended: launched.ended.then((ending: Ending) => statusOfEnding(ending)),
    signal: (signal) => void launched.child.kill(signal),
  };
}

const RIGHTS: readonly (readonly [step: RegExp, right: string])[] = [
  [/^(?:unshare|open_tree|fsopen|fsmount|move_mount|mount|pivot_root)/, 'CAP_SYS_ADMIN over its mounts'],
  [/^setns/, 'CAP_SYS_ADMIN (and CAP_SYS_CHROOT for mounts) over the user namespace that owns it'],
  [/^chroot/, 'CAP_SYS_CHROOT'],
  [/^(?:clone3|write\(cgroup\))/, "write access to the container's cgroup"],
  [/^set(?:groups|resgid)/, 'CAP_SETGID'],
  [/^setresuid/, 'CAP_SETUID'],
  [/^(?:PR_CAPBSET_DROP|PR_CAP_AMBIENT|capset)/, 'CAP_SETPCAP'],
  [/^prlimit/, 'CAP_SYS_RESOURCE'],
  [/oom_score_adj/, 'CAP_SYS_RESOURCE'],
  [/label/, 'the right to change the security label'],
];

/** A step that was refused names the right that is missing; ESRCH of setns is a target that has ended meanwhile. */
function explainedError(error: StepError, input: StartInput): Error {
  const { target } = input;
  const isRefused = error.errno === 'EPERM' || error.errno === 'EACCES';
  const right = RIGHTS.find(([step]) => step.test(error.step))?.[1];
  if (isRefused && right !== undefined)
    return new AccessDeniedError(`attach ${error.target}: ${error.step}`, right, error.errno, {
      cause: error,
    });
  if (!target.process.isAlive())
    return new ProcessGoneError(target.process.pid, `has ended meanwhile (${error.step}: ${error.errno})`);
  return error.syscall === 'execve' ? notExecuted(error, input) : error;
}

/** ENOENT is also said of a script or program whose interpreter is not there. */
function notExecuted(error: StepError, { stat, path }: StartInput): StepError {
  if (error.errno !== 'ENOENT') return error;
  const why = stat(path).ok ? 'its interpreter is not there' : 'there is no such command';
  return new StepError(error.operation, error.step, error.target, error.errno, why, error.syscall, {
    cause: error,
  });
}
