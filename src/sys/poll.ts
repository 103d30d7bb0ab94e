/** poll(2): waiting until the kernel says that something has come, without asking again and again. */
import { libcFunction } from './koffi.ts';

const POLLIN = 1;

/** Until one of them can be read, for at most so long. Which of them can. A pidfd can be once its process has ended. */
export function waitReadable(descriptors: readonly number[], patienceMs: number): readonly boolean[] {
  const poll = libcFunction('int poll(void *descriptors, ulong count, int timeout)');
  // struct pollfd: the descriptor, then 16 bits of what is waited for and 16 of what came.
  const asked = new Int32Array(2 * descriptors.length);
  const words = new Uint16Array(asked.buffer);
  descriptors.forEach((fd, index) => {
    asked[2 * index] = fd;
    words[4 * index + 2] = POLLIN;
  });
  poll(asked, descriptors.length, patienceMs);
  return descriptors.map((_fd, index) => (words[4 * index + 3] ?? 0) !== 0);
}
