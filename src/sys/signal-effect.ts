/** sigaction(2), for what Node cannot do: give a signal its own effect again while somebody still listens to it. */
import { constants } from 'node:os';
import { checked, isLibcOpen, isSyscallOpen, libcFunction, SYSCALL_WITH_POINTERS } from './koffi.ts';

/** More than any libc's, or the kernel's, `struct sigaction` has. All zero it is SIG_DFL. */
const OWN = new Uint8Array(256);
/** arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h. */
const SYS_rt_sigaction: Partial<Record<string, number>> = { x64: 13, arm64: 134 };
/** Bytes of the kernel's `sigset_t`. */
const SIGNAL_SET_BYTES = 8;

/**
 * What came before still reaches the listeners, in Node's next turn; what comes from now on has its own effect, at once.
 * A listener that is taken away and made again listens as before. Nothing happens where nothing has needed libc yet, or the
 * addon.
 */
export function giveOwnEffect(signals: readonly NodeJS.Signals[]): void {
  const sigaction = sigactionOf(SYS_rt_sigaction[process.arch]);
  for (const signal of signals)
    if (sigaction !== undefined) checked('sigaction', Number(sigaction(constants.signals[signal])));
}

function sigactionOf(number: number | undefined): ((signal: number) => number) | undefined {
  if (number !== undefined && isSyscallOpen())
    return (signal) => libcFunction(SYSCALL_WITH_POINTERS)(number, signal, OWN, null, SIGNAL_SET_BYTES);
  if (!isLibcOpen()) return undefined;
  const sigaction = libcFunction('int sigaction(int signal, const void *action, long before)');
  return (signal) => sigaction(signal, OWN, 0);
}
