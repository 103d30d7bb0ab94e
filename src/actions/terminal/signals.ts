/** Signals that somebody sends to Porthole are meant for the command that it runs. */
import { constants } from 'node:os';

/** All that a process can choose to hear, but those that are about this very process: its children, its pipes, its faults. */
const NOT_FORWARDED: ReadonlySet<string> = new Set([
  ...[
    'SIGKILL',
    'SIGSTOP',
    'SIGCHLD',
    'SIGPIPE',
    'SIGURG',
    'SIGPROF',
    'SIGWINCH',
    'SIGCONT',
    'SIGTSTP',
    'SIGTTIN',
    'SIGTTOU',
  ],
  ...[
    'SIGSEGV',
    'SIGBUS',
    'SIGILL',
    'SIGFPE',
    'SIGABRT',
    'SIGIOT',
    'SIGTRAP',
    'SIGSYS',
    'SIGSTKFLT',
    'SIGUNUSED',
  ],
]);

export const FORWARDED_SIGNALS = namesOf(constants.signals).filter((name) => !NOT_FORWARDED.has(name));

function namesOf(signals: typeof constants.signals): NodeJS.Signals[] {
  return (Object.keys(signals) as NodeJS.Signals[]).filter((name, i, all) => {
    // Two names of one signal: the first is enough.
    return all.findIndex((other) => signals[other] === signals[name]) === i;
  });
}

/** Longer than it takes to start something, unless that hangs: among frozen processes, on a file system that does not answer. */
const PATIENCE_MS = 500;

/**
 * From when it is made, so before what the signals are for is started, which may be heard of sooner by others than by us. One
 * that comes early is sent when there is somebody to send it to; with nobody there after a while, or ever, it has its own effect.
 */
export class SignalForwarding {
  readonly #early = new Map<NodeJS.Signals, NodeJS.Timeout>();
  #send: ((signal: NodeJS.Signals) => void) | undefined;

  constructor() {
    for (const signal of FORWARDED_SIGNALS) process.on(signal, this.#hear);
  }

  to(send: (signal: NodeJS.Signals) => void): void {
    this.#send = send;
    for (const [signal, timer] of this.#early) {
      clearTimeout(timer);
      send(signal);
    }
    this.#early.clear();
  }

  /** What came for something that never was there is ours. */
  stop(): void {
    for (const signal of FORWARDED_SIGNALS) process.off(signal, this.#hear);
    for (const [signal, timer] of this.#early) {
      clearTimeout(timer);
      this.#giveUp(signal);
    }
  }

  readonly #hear = (signal: NodeJS.Signals) => {
    if (this.#send !== undefined) this.#send(signal);
    else if (!this.#early.has(signal))
      this.#early.set(
        signal,
        setTimeout(() => this.#giveUp(signal), PATIENCE_MS),
      );
  };

  #giveUp(signal: NodeJS.Signals): void {
    this.#early.delete(signal);
    process.off(signal, this.#hear);
    // Where somebody else listens, what it does is theirs, and done.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  }
}
