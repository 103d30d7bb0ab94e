/**
 * The hostname that a container sees. It lives in its uts namespace and in no file of /proc that names the container, so
 * the calling thread joins each uts namespace for one gethostname and comes back. Needs CAP_SYS_ADMIN. Nothing in the
 * target changes, and only this thread moves; no JavaScript but ours runs in between.
 */
import { closeSync, openSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Reading } from '../kernel/reading.ts';
import { CLONE_FLAGS } from '../kernel/tables/namespaces.ts';
import { failedReading } from './failure.ts';
import { setns } from './koffi.ts';

/** One reading per path of a `ns/uts` link, in the order given. @throws when the thread cannot get back to its own */
export function hostnamesInside(utsLinks: readonly string[]): Reading<string>[] {
  if (utsLinks.length === 0) return [];
  const home = openSync('/proc/thread-self/ns/uts', 'r');
  let away = false;
  const inside = (path: string): Reading<string> => {
    try {
      const fd = openSync(path, 'r');
      try {
        setns(fd, CLONE_FLAGS.uts);
        away = true;
        return { ok: true, value: hostname() };
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      return failedReading(error, path);
    }
  };
  try {
    return utsLinks.map(inside);
  } finally {
    if (away) setns(home, CLONE_FLAGS.uts);
    closeSync(home);
  }
}
