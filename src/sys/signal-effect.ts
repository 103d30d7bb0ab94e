/** sigaction(2), for what Node cannot do: give a signal its own effect again while somebody still listens to it. */
import { constants } from 'node:os';
import { checked, isLibcOpen, libcFunction } from './koffi.ts';

/** More than any libc's `struct sigaction` has. All zero it is SIG_DFL. */
const OWN = new Uint8Array(256);

/**
 * What came before still reaches the listeners, in Node's next turn; what comes from now on has its own effect, at once.
 * A listener that is taken away and made again listens as before. Nothing happens where nothing has needed libc yet.
 */
export function giveOwnEffect(signals: readonly NodeJS.Signals[]): void {
  if (!isLibcOpen()) return;
  const sigaction = libcFunction('int sigaction(int signal, const void *action, long before)');
  for (const signal of signals) checked('sigaction', Number(sigaction(constants.signals[signal], OWN, 0)));
}
