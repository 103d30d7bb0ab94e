/**
 * Every way out that does not come through a key: signals, errors nobody caught. And the way out and back in: stop and
 * continue. Listeners exist only between `watchExits` and the function it returns.
 */
import { constants } from 'node:os';

const ENDING_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;

export interface ExitEvents {
  /** `status` is 128 plus the signal's number, as a shell would report it. */
  onSignal(status: number): void;
  onError(error: unknown): void;
  /** SIGTSTP arrived: give the terminal back, then call `stopProcessGroup`. */
  onStop(): void;
  /** SIGCONT arrived, whoever stopped us. */
  onContinue(): void;
}

export const HANGUP_STATUS = 128 + constants.signals.SIGHUP;

export function watchExits(events: ExitEvents): () => void {
  const ending = ENDING_SIGNALS.map((signal) => {
    const listener = (): void => events.onSignal(128 + constants.signals[signal]);
    process.on(signal, listener);
    return () => process.removeListener(signal, listener);
  });
  const onError = (error: unknown): void => events.onError(error);
  const onStop = (): void => events.onStop();
  const onContinue = (): void => events.onContinue();
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);
  process.on('SIGTSTP', onStop);
  process.on('SIGCONT', onContinue);
  return () => {
    for (const remove of ending) remove();
    process.removeListener('uncaughtException', onError);
    process.removeListener('unhandledRejection', onError);
    process.removeListener('SIGTSTP', onStop);
    process.removeListener('SIGCONT', onContinue);
  };
}

/**
 * What Ctrl-Z does outside raw mode: the whole job stops, `npm start` above us included, so that the shell comes back.
 * Returns when it was continued, or at once where the kernel does not stop (a job without a shell above it).
 */
export function stopProcessGroup(): void {
  const listeners = process.listeners('SIGTSTP');
  process.removeAllListeners('SIGTSTP');
  process.kill(0, 'SIGTSTP');
  for (const listener of listeners) process.on('SIGTSTP', listener);
}
