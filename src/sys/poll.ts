/** poll(2): waiting until the kernel says that something has come, without asking again and again. */
import { inBackground, libcFunction } from './koffi.ts';

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

/** What kernfs answers poll with when a file has changed since it was read through this descriptor. */
const POLLPRI = 2;

/**
 * Until a file of a cgroup (cgroup.events, memory.events) has changed since it was read through `fd`, for at most so long.
 * This thread waits.
 */
export function waitChanged(fd: number, patienceMs: number): boolean {
  const asked = Int32Array.of(fd, POLLPRI);
  return Number(pollCall()(asked, 1, patienceMs)) > 0;
}

/** The same, while this thread goes on. `fd` must stay open until then. */
export async function changed(fd: number, patienceMs: number): Promise<boolean> {
  const asked = Int32Array.of(fd, POLLPRI);
  return (await inBackground(pollCall(), asked, 1, patienceMs)) > 0;
}

/** Until `fd` can be read (a pidfd: its process has ended), for at most so long, while this thread goes on. */
export async function readable(fd: number, patienceMs: number): Promise<boolean> {
  const asked = Int32Array.of(fd, POLLIN);
  return (await inBackground(pollCall(), asked, 1, patienceMs)) > 0;
}

const pollCall = () => libcFunction('int poll(void *descriptors, ulong count, int timeout)');
