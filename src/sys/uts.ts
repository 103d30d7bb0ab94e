/**
 * The hostname that a container sees. It lives in its uts namespace and in no file of /proc that names the container, so
 * the calling thread joins each uts namespace for one gethostname and comes back. Needs CAP_SYS_ADMIN. Nothing in the
 * target changes, and only this thread moves; no JavaScript but ours runs in between. Rights over the target alone do not
 * suffice: who is root of a user namespace below the host's could join a container's and not come back.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Reading } from '../kernel/reading.ts';
import { CLONE_FLAGS } from '../kernel/tables/namespaces.ts';
import { failedReading } from './failure.ts';
import { setns } from './koffi.ts';

/** So many doors are open at a time: a host can have more containers than we may open files. */
const AT_A_TIME = 32;

/** The hostname that this thread sees. Node is asked where this /proc does not say: to load `node:os` takes longer. */
export function ownHostname(): string {
  const path = '/proc/sys/kernel/hostname';
  try {
    return readFileSync(path, 'utf8').replace(/\n$/, '');
  } catch (error) {
    failedReading(error, path);
    return hostname();
  }
}

/** One reading per path of a `ns/uts` link, in the order given. @throws when the thread cannot get back to its own */
export function hostnamesInside(utsLinks: readonly string[]): Reading<string>[] {
  if (utsLinks.length === 0) return [];
  const home = openSync('/proc/thread-self/ns/uts', 'r');
  const names: Reading<string>[] = [];
  try {
    for (let from = 0; from < utsLinks.length; from += AT_A_TIME)
      names.push(...roundTrip(home, utsLinks.slice(from, from + AT_A_TIME)));
  } finally {
    closeSync(home);
  }
  return names;
}

function roundTrip(home: number, utsLinks: readonly string[]): Reading<string>[] {
  const doors: Reading<number>[] = [];
  let away = false;
  const inside = (door: Reading<number>, path: string): Reading<string> => {
    if (!door.ok) return door;
    try {
      // The way back is tried first.
      if (!away) setns(home, CLONE_FLAGS.uts);
      setns(door.value, CLONE_FLAGS.uts);
      away = true;
      return { ok: true, value: hostname() };
    } catch (error) {
      return failedReading(error, path);
    }
  };
  try {
    // All of them before the first step: a link to our own process follows this thread wherever it goes.
    for (const link of utsLinks) doors.push(openLink(link));
    return doors.map((door, index) => inside(door, utsLinks[index] ?? ''));
  } finally {
    if (away) setns(home, CLONE_FLAGS.uts);
    for (const door of doors) if (door.ok) closeSync(door.value);
  }
}

function openLink(path: string): Reading<number> {
  try {
    return { ok: true, value: openSync(path, 'r') };
  } catch (error) {
    return failedReading(error, path);
  }
}
