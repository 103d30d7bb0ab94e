/**
 * Signal numbers as on x86, arm and riscv (mips, alpha and sparc differ; Porthole runs on none of them).
 * Real-time signals are counted as glibc and container engines do: the C library keeps 32 and 33, so SIGRTMIN is 34.
 * @see signal(7)
 */

const STANDARD =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS';
const ALIASES = [
  ['SIGIOT', 6],
  ['SIGCLD', 17],
  ['SIGPOLL', 29],
  ['SIGUNUSED', 31],
] as const;
const RTMIN = 34;
const RTMAX = 64;

/** Canonical names first, in order of number, then aliases. */
export const SIGNALS: ReadonlyMap<string, number> = new Map([
  ...STANDARD.split(' ').map((name, index) => [`SIG${name}`, index + 1] as const),
  ...realTime(),
  ...ALIASES,
]);

let names: ReadonlyMap<number, string> | undefined;

/** As bash counts: up from SIGRTMIN for the lower half, down from SIGRTMAX for the upper; both forms are accepted. */
function realTime(): [string, number][] {
  const signals: [string, number][] = [];
  for (let number = RTMIN; number <= RTMAX; number++) {
    const up: [string, number] = [number === RTMIN ? 'SIGRTMIN' : `SIGRTMIN+${number - RTMIN}`, number];
    const down: [string, number] = [number === RTMAX ? 'SIGRTMAX' : `SIGRTMAX-${RTMAX - number}`, number];
    signals.push(...(number < RTMIN + 16 ? [up, down] : [down, up]));
  }
  return signals;
}

/** From `TERM`, `SIGTERM`, `term` or `15`; undefined when there is no such signal. 0 is a probe, not a signal. */
export function signalNumber(text: string): number | undefined {
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    return number >= 1 && number <= RTMAX ? number : undefined;
  }
  const upper = text.toUpperCase();
  return SIGNALS.get(upper.startsWith('SIG') ? upper : `SIG${upper}`);
}

/** `SIGTERM` for 15; a number without a name is `SIG32`. */
export function signalName(number: number): string {
  names ??= new Map([...SIGNALS].reverse().map(([name, each]) => [each, name]));
  return names.get(number) ?? `SIG${number}`;
}
