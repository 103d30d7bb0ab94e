/**
 * Half a document is of no use to whoever reads it: a signal that would end Porthole while one is written does so when it has
 * left, so that its reader has the whole of each, and the status is that of the signal all the same.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { giveOwnEffect } from '../sys/signal-effect.ts';

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** For a reader that is slow. For one that reads nothing any more, and at a second signal, it is cut. */
const PATIENCE_MS = 5000;

/** @param write must resolve when everything has left the process */
export async function toTheEnd(write: () => Promise<void>): Promise<void> {
  // Where somebody else acts on a signal, what it does is theirs.
  const signals = ENDING.filter((signal) => process.listenerCount(signal) === 0);
  let came: NodeJS.Signals | undefined;
  let timer: NodeJS.Timeout | undefined;
  const release = () => {
    clearTimeout(timer);
    for (const signal of signals) process.removeListener(signal, note);
  };
  /** Without a listener it has its own effect, at once. */
  const end = (signal: NodeJS.Signals) => {
    release();
    process.kill(process.pid, signal);
  };
  const note = (signal: NodeJS.Signals) => {
    if (came !== undefined) return end(signal);
    came = signal;
    timer = setTimeout(end, PATIENCE_MS, signal);
  };
  for (const signal of signals) process.on(signal, note);
  try {
    await write();
  } finally {
    await untilTold(signals);
    release();
  }
  if (came !== undefined) end(came);
}

/**
 * Node takes a signal from the kernel at once and tells of it in a later turn, or never if nobody listens by then. Whoever has
 * read what he wanted sends one just when the document has left: so from here on no more are taken, and those that were are
 * told of before anybody stops listening. That may be over for this turn, but not for the next.
 */
async function untilTold(signals: readonly NodeJS.Signals[]): Promise<void> {
  // Who has come to listen meanwhile goes on with it.
  giveOwnEffect(signals.filter((signal) => process.listenerCount(signal) === 1));
  for (let turns = 0; turns < 2; turns += 1) await turn();
}
