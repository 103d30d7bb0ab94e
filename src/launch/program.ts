/**
 * A program for the launcher's stub: a list of system calls with a label each, and the data they point at. Made here, laid out
 * by encode.ts, put into words by explain.ts, started by run.ts. Pure: nothing here does any of it.
 *
 *     const p = program('attach');
 *     p.step('setns(user)', sys.setns, fd, CLONE.CLONE_NEWUSER).ignore('EINVAL');
 *     p.fork('fork', (child) => p.passOn('wait', child));
 *     p.exec('execve(true)', p.string('/bin/true'), p.strings(['true']), p.strings([]));
 */
import { errnoNumber } from '../kernel/tables/errno.ts';
import { SIGNALS } from '../kernel/tables/signals.ts';
import { type Bytes, Place, Slot } from './data.ts';
import { FCNTL, FD_CLOEXEC, LAST_DESCRIPTOR, SIG_HOW } from './flags.ts';
import type { Parameter, Processor } from './parameters.ts';
import { signalSet, stringBytes, stringList } from './structs.ts';
import { type Syscall, sys } from './syscalls.ts';

/** The descriptor on which the stub tells how it goes, and on which it is told to go on; passed descriptors follow it. */
export const STATUS_FD = 3;
export const FIRST_PASSED_FD = 4;

/** Among the errnos that a step ignores: all of them. */
export const EVERY_ERRNO = 255;

/** A number as it is, the address of data, or what an earlier step left in a slot. */
export type Argument = number | bigint | Place | Slot;
type Arguments<P extends readonly Parameter[]> = { readonly [K in keyof P]: Argument };

/** Where a jump goes; it is somewhere once the program has marked it. */
export class Label {
  index: number | undefined;
}

/** What all steps have. `process` says which of the program's processes makes it. */
interface Common {
  readonly label: string;
  readonly process: string;
}

export interface CallOperation extends Common {
  readonly kind: 'call';
  readonly syscall: Syscall;
  readonly arguments: readonly Argument[];
  ignored: readonly number[];
  ignoredTarget: Label | undefined;
  retriesEintr: boolean;
  store: { readonly to: Place; readonly bytes: 4 | 8 } | undefined;
}

export type Operation =
  | CallOperation
  | (Common & {
      readonly kind: 'jump';
      readonly value: Argument;
      readonly mask: Argument;
      readonly equals: Argument;
      readonly unless: boolean;
      readonly target: Label;
    })
  | (Common & { readonly kind: 'add'; readonly a: Argument; readonly b: Argument; readonly into: Slot })
  | (Common & { readonly kind: 'report'; readonly value: Argument })
  | (Common & { readonly kind: 'fail'; readonly errno: number })
  | (Common & { readonly kind: 'pass-on'; readonly child: Argument; readonly session: Session });

/** Whether the child shares our terminal, or has a session of its own. It decides which signals reach it without us. */
export type Session = 'same' | 'own';

/** One system call, with what may still be said about it. */
export class Step {
  constructor(
    private readonly program: Program,
    private readonly operation: CallOperation,
  ) {}

  /** Failing with one of these is no failure: the program goes on, at `target` if one is given. Six at most. */
  ignore(errnos: string | readonly string[], target?: Label): this {
    this.operation.ignored = [...this.operation.ignored, ...[errnos].flat().map(errnoNumber)];
    this.operation.ignoredTarget = target;
    return this;
  }

  /** The same with any failure. */
  ignoreAll(target?: Label): this {
    this.operation.ignored = [EVERY_ERRNO];
    this.operation.ignoredTarget = target;
    return this;
  }

  /** For calls that wait: a signal (a stop and a go, even) must not end them. */
  retryOnEintr(): this {
    this.operation.retriesEintr = true;
    return this;
  }

  /** What it returns, for later steps. After an errno that was ignored it is that errno, negative. */
  result(name: string): Slot {
    const slot = this.program.slot(name);
    this.storeIn(slot.place);
    return slot;
  }

  /** What it returns goes into a structure: a descriptor of 4 bytes, mostly. */
  storeIn(to: Place, bytes: 4 | 8 = 8): this {
    this.operation.store = { to, bytes };
    return this;
  }
}

export class Program {
  readonly operations: Operation[] = [];
  private process = 'launcher';

  constructor(
    /** For error messages: `attach`. */
    readonly name: string,
    /** Some numbers in data differ between the two. */
    readonly processor: Processor,
  ) {}

  step<P extends readonly Parameter[]>(label: string, syscall: Syscall<P>, ...values: Arguments<P>): Step {
    const operation: CallOperation = {
      kind: 'call',
      ...this.common(label),
      syscall,
      arguments: values,
      ignored: [],
      ignoredTarget: undefined,
      retriesEintr: false,
      store: undefined,
    };
    this.operations.push(operation);
    return new Step(this, operation);
  }

  /** Text or bytes, with a zero byte at the end. */
  string(text: string | Uint8Array): Place {
    return stringBytes(text);
  }

  /** As execve wants them: addresses, and a zero one at the end. */
  strings(texts: readonly (string | Uint8Array)[]): Place {
    return stringList(texts);
  }

  bytes(bytes: Bytes, text: string): Place {
    return new Place([bytes], () => text);
  }

  /** Room for the kernel to write into; zeros at first. */
  scratch(size: number, text = 'scratch'): Place {
    return new Place([], () => `<${text}>`, size);
  }

  slot(name: string, bytes = 8): Slot {
    return new Slot(name, bytes);
  }

  label(): Label {
    return new Label();
  }

  /** The next step is where `label` is. */
  mark(label: Label): void {
    if (label.index !== undefined) throw new Error(`${this.name}: a label is marked twice`);
    label.index = this.operations.length;
  }

  /** Goes on at `target` when the bits of `value` that `mask` has are `equals` (or `unless` they are). */
  jumpIf(
    label: string,
    value: Argument,
    condition: { readonly equals: Argument; readonly mask?: Argument; readonly unless?: boolean },
    target: Label,
  ): void {
    const { equals, mask = -1, unless = false } = condition;
    this.operations.push({ kind: 'jump', ...this.common(label), value, mask, equals, unless, target });
  }

  add(label: string, a: Argument, b: Argument, into: Slot): void {
    this.operations.push({ kind: 'add', ...this.common(label), a, b, into });
  }

  /** Tells Porthole a number under this label: a pid, a descriptor. */
  report(label: string, value: Argument): void {
    this.operations.push({ kind: 'report', ...this.common(label), value });
  }

  /** Ends here, as if a call labelled like this had failed so. */
  fail(label: string, errno: string): void {
    this.operations.push({ kind: 'fail', ...this.common(label), errno: errnoNumber(errno) });
  }

  /** Waits until Porthole says go; fails with EPIPE when Porthole has gone instead. */
  waitForParent(label: string): void {
    const gone = new Label();
    const goOn = new Label();
    const count = this.step(label, sys.read, STATUS_FD, this.scratch(1, 'byte'), 1)
      .retryOnEintr()
      .result('count');
    this.jumpIf(label, count, { equals: 0 }, gone);
    this.jumpIf(label, 0, { equals: 0 }, goOn);
    this.mark(gone);
    this.fail(label, 'EPIPE');
    this.mark(goOn);
  }

  /**
   * Two processes from here on: `inParent` adds what the first one does, which must end it; the program goes on as the child,
   * called `child` in words. No signal is lost in between: all are blocked before, and `exec` unblocks them in the child.
   */
  fork(label: string, inParent: (pid: Slot) => void, child = 'command'): void {
    this.blockSignals(label);
    this.split(this.step(label, sys.clone, SIGCHLD, 0, 0, 0, 0), label, inParent, child);
  }

  /** The same with clone3, whose arguments (`cloneArguments`) can name a cgroup. */
  fork3(label: string, args: Place, inParent: (pid: Slot) => void, child = 'command'): void {
    this.blockSignals(label);
    this.split(this.step(label, sys.clone3, args, args.size), label, inParent, child);
  }

  private blockSignals(label: string): void {
    this.step(label, sys.rt_sigprocmask, SIG_HOW.SIG_SETMASK, signalSet('all'), 0, 8);
  }

  private split(clone: Step, label: string, inParent: (pid: Slot) => void, child: string): void {
    const pid = clone.result('pid');
    const inChild = new Label();
    this.jumpIf(label, pid, { equals: 0 }, inChild);
    inParent(pid);
    this.process = child;
    this.mark(inChild);
  }

  /**
   * Nothing that was passed on or opened stays open, not even until the command is run: who is inside already could look at it.
   * The status socket goes with the exec. Needs Linux 5.9; on others close each by its number.
   */
  keepOnlyStatus(label: string): void {
    this.step(label, sys.close_range, STATUS_FD + 1, LAST_DESCRIPTOR, 0);
    this.step(label, sys.fcntl, STATUS_FD, FCNTL.F_SETFD, FD_CLOEXEC);
  }

  /** Waits for the child, passes signals on to it, and ends as it ends. The last step of a process. */
  passOn(label: string, child: Argument, session: Session = 'same'): void {
    this.operations.push({ kind: 'pass-on', ...this.common(label), child, session });
  }

  /** Runs another program with no signal blocked, which is what a program expects. */
  exec(label: string, path: Place, argv: Place, environment: Place): Step {
    this.step(label, sys.rt_sigprocmask, SIG_HOW.SIG_SETMASK, signalSet('none'), 0, 8);
    return this.step(label, sys.execve, path, argv, environment);
  }

  private common(label: string): Common {
    return { label, process: this.process };
  }
}

const SIGCHLD = SIGNALS.get('SIGCHLD') ?? 17;

/** For this machine's processor unless another is named. @throws when the stub was not made for it */
export function program(name: string, processor: string = process.arch): Program {
  if (processor !== 'x64' && processor !== 'arm64')
    throw new Error(`${name}: Porthole has no launcher for ${processor}`);
  return new Program(name, processor);
}
