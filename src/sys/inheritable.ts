/** Descriptors of this process that a program started by it would have as well, whoever opened them: those without close-on-exec. */
import { readdirSync, readFileSync } from 'node:fs';
import { failedReading } from './failure.ts';

const O_CLOEXEC = 0o2000000;

/** Above `last`, in their order. */
export function inheritableDescriptors(last: number): number[] {
  const numbers = readdirSync('/proc/self/fd').map(Number);
  return numbers.filter((fd) => fd > last && isInheritable(fd)).sort((a, b) => a - b);
}

/** The one by which the directory was read is closed by now. */
function isInheritable(fd: number): boolean {
  const path = `/proc/self/fdinfo/${fd}`;
  try {
    const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(path, 'latin1'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
  } catch (error) {
    failedReading(error, path);
    return false;
  }
}
