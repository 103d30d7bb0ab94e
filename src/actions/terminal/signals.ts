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

/** Until the function it returns is called. */
export function forwardSignals(send: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of FORWARDED_SIGNALS) process.on(signal, send);
  return () => {
    for (const signal of FORWARDED_SIGNALS) process.off(signal, send);
  };
}
