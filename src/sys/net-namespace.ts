/**
 * Doing something inside another network namespace: the calling thread joins it and comes back at once. What is opened there
 * (sockets, files of /proc/thread-self/net) stays in that namespace and is used from outside. Needs CAP_SYS_ADMIN over both.
 * Nothing in the target changes, and only this thread moves; no JavaScript but ours runs in between.
 */
import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import type { Reading } from '../kernel/reading.ts';
import { CLONE_FLAGS } from '../kernel/tables/namespaces.ts';
import { failedReading } from './failure.ts';
import { SyscallError, setns } from './koffi.ts';

/** Not in Node's constants: asm-generic value, the same on x86_64 and aarch64. */
const O_PATH = 0o10000000;

/**
 * @param path of a link in /proc/PID/ns, or of a file that a namespace is bound to
 * @param inode the namespace expected there: a pid may have been reused, or a file replaced
 * @param visit runs inside; an errno it throws becomes the answer
 * @throws when the thread cannot get back to its own namespace
 */
export function insideNetNamespace<T>(path: string, inode: number, visit: () => T): Reading<T> {
  const home = openSync('/proc/thread-self/ns/net', 'r');
  let door: number | undefined;
  let away = false;
  try {
    const own = fstatSync(home);
    // Our own needs no right and no step.
    if (inode !== own.ino) {
      door = openDoor(path, inode, own.dev);
      // The way back is tried first.
      setns(home, CLONE_FLAGS.net);
      setns(door, CLONE_FLAGS.net);
      away = true;
    }
    return { ok: true, value: visit() };
  } catch (error) {
    return failedReading(error, path);
  } finally {
    if (away) setns(home, CLONE_FLAGS.net);
    closeSync(home);
    if (door !== undefined) closeSync(door);
  }
}

/** A descriptor on the namespace `inode` behind `path`. Close it with `closeDescriptor`. */
export function openNetNamespace(path: string, inode: number): Reading<number> {
  try {
    return { ok: true, value: openDoor(path, inode, statSync('/proc/thread-self/ns/net').dev) };
  } catch (error) {
    return failedReading(error, path);
  }
}

/** Looked at before it is opened: a container may have put a device or a FIFO where it was. */
function openDoor(path: string, inode: number, nsfs: number): number {
  const look = openSync(path, O_PATH);
  try {
    const { ino, dev } = fstatSync(look);
    if (ino !== inode || dev !== nsfs) throw new SyscallError('open', 'ESRCH');
    return openSync(`/proc/thread-self/fd/${look}`, 'r');
  } finally {
    closeSync(look);
  }
}
