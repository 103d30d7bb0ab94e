/**
 * The first process of a program, as child of ours: its streams, signals for it and its end. Made without Node's own
 * child_process, which would copy our page tables for it. Main thread only: nobody else hears of SIGCHLD.
 */
import { openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { signalName } from '../kernel/tables/signals.ts';
import { closeDescriptor } from '../sys/koffi.ts';
import { pipePair, socketPair } from '../sys/pairs.ts';
import { makeBlocking, reaped, type SpawnRequest, spawnProcess, type WaitStatus } from '../sys/spawn.ts';
import type { Ending } from './ending.ts';

export type Stdio = 'ignore' | 'pipe' | 'inherit' | number;

export interface ChildRequest extends Omit<SpawnRequest, 'descriptors'> {
  readonly stdio: readonly [Stdio, Stdio, Stdio];
  /** Its descriptors from 4 on; 3 is the status socket. */
  readonly descriptors: readonly number[];
}

export class Child {
  readonly pid: number;
  /** Where they are pipes. */
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Our end of its descriptor 3: to be read and closed, unless `status` is asked for. */
  readonly statusFd: number;
  #status: Socket | undefined;
  /** When it has ended and been waited for. Never rejects. */
  readonly ended: Promise<Ending>;

  /** @throws {SyscallError} when there is no such file, or it may not be run */
  constructor({ stdio, descriptors, ...request }: ChildRequest) {
    const ends = new Ends();
    try {
      const [input, output, errors] = stdio.map((each, place) => ends.of(each, place));
      const [ours, theirs] = socketPair();
      ends.theirs.push(theirs);
      ends.ours.push(ours);
      const first = [input?.theirs ?? 0, output?.theirs ?? 1, errors?.theirs ?? 2];
      for (const fd of first) makeBlocking(fd);
      // Before there is one that could end.
      CHILDREN.listen();
      this.pid = spawnProcess({ ...request, descriptors: [...first, theirs, ...descriptors] });
      this.ended = CHILDREN.add(this.pid);
      this.stdin = writable(input?.ours);
      this.stdout = readable(output?.ours);
      this.stderr = readable(errors?.ours);
      this.statusFd = ours;
    } catch (error) {
      for (const fd of ends.ours) closeDescriptor(fd);
      throw error;
    } finally {
      for (const fd of ends.theirs) closeDescriptor(fd);
      CHILDREN.settle();
    }
    const { stdin } = this;
    // Who still writes there writes to nobody.
    if (stdin !== null) void this.ended.then(() => stdin.destroy());
  }

  /** The same as a stream, which owns the descriptor from then on. */
  get status(): Socket {
    this.#status ??= new Socket({ fd: this.statusFd, readable: true, writable: true });
    return this.#status;
  }

  /** False when it has ended. */
  kill(signal: NodeJS.Signals): boolean {
    return CHILDREN.has(this.pid) && process.kill(this.pid, signal);
  }

  /** From here on it does not keep this process from ending. */
  unref(): void {
    CHILDREN.unref(this.pid);
  }
}

/** What becomes of 'pipe' and 'ignore': the end that the process gets, to be closed here afterwards, and ours. */
class Ends {
  readonly theirs: number[] = [];
  readonly ours: number[] = [];
  #null: number | undefined;

  of(stdio: Stdio, place: number): { readonly theirs: number; readonly ours?: number } {
    if (typeof stdio === 'number') return { theirs: stdio };
    if (stdio === 'inherit') return { theirs: place };
    if (stdio === 'ignore') return { theirs: this.#nothing() };
    const { readFd, writeFd } = pipePair();
    const [theirs, ours] = place === 0 ? [readFd, writeFd] : [writeFd, readFd];
    this.theirs.push(theirs);
    this.ours.push(ours);
    return { theirs, ours };
  }

  #nothing(): number {
    if (this.#null === undefined) {
      this.#null = openSync('/dev/null', 'r+');
      this.theirs.push(this.#null);
    }
    return this.#null;
  }
}

function writable(fd: number | undefined): Writable | null {
  return fd === undefined ? null : new Socket({ fd, readable: false, writable: true });
}

function readable(fd: number | undefined): Readable | null {
  return fd === undefined ? null : new Socket({ fd, readable: true, writable: false });
}

interface Waiting {
  readonly tell: (ending: Ending) => void;
  isKept: boolean;
}

/** Longer than any timer can be set; what counts is that it is there. */
const LONG_MS = 2 ** 31 - 1;

/** Those that run. SIGCHLD says that some have ended, not which: each of ours is asked, and nobody else's. */
class Children {
  readonly #waiting = new Map<number, Waiting>();
  #keptAlive: NodeJS.Timeout | undefined;
  #listens = false;

  has(pid: number): boolean {
    return this.#waiting.has(pid);
  }

  /** From then on for ever: it costs less than to begin and to end it with each child. */
  listen(): void {
    if (this.#listens) return;
    process.on('SIGCHLD', () => this.#reap());
    this.#listens = true;
  }

  add(pid: number): Promise<Ending> {
    return new Promise((tell) => this.#waiting.set(pid, { tell, isKept: true }));
  }

  unref(pid: number): void {
    const waiting = this.#waiting.get(pid);
    if (waiting !== undefined) waiting.isKept = false;
    this.settle();
  }

  /** A listener does not keep Node from ending, a timer does. */
  settle(): void {
    const isKept = [...this.#waiting.values()].some((each) => each.isKept);
    if (isKept) this.#keptAlive ??= setInterval(() => this.#reap(), LONG_MS);
    else {
      clearInterval(this.#keptAlive);
      this.#keptAlive = undefined;
    }
  }

  #reap(): void {
    for (const [pid, { tell }] of this.#waiting) {
      const status = reaped(pid);
      if (status === undefined) continue;
      this.#waiting.delete(pid);
      tell(endingOf(status));
    }
    this.settle();
  }
}

const CHILDREN = new Children();

/** Node names no real-time signals; a program passes those on as a status (docs/launcher.md). */
function endingOf(status: WaitStatus): Ending {
  if ('status' in status) return { how: 'exited', status: status.status };
  return { how: 'signalled', signal: signalName(status.signal) as NodeJS.Signals };
}
