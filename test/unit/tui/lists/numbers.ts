/** Pids and inodes that a made-up container keeps as long as its name. */
import type { Container } from '../../../../src/model/host-model.ts';

export const DENIED = (path: string) => ({ unknown: 'denied', path, errno: 'EACCES' }) as const;

/** A number of its own for each name, from 0 on; the same in every run. */
export function numberOf({ name }: Container): number {
  const found = NUMBERS.get(name);
  if (found !== undefined) return found;
  const next = NUMBERS.size;
  NUMBERS.set(name, next);
  return next;
}

const NUMBERS = new Map<string, number>();

/** Of its first process; each has room for some more. */
export const firstPid = (container: Container) => 20_000 + 10 * numberOf(container);

/** Of its mnt, pid, net and user namespace, by `offset`. */
export const inodeOf = (container: Container, offset: number) =>
  4_026_540_000 + 10 * numberOf(container) + offset;

/** All, or the one that is asked for. */
export function chosen(all: readonly Container[], key: string | undefined): readonly Container[] {
  return key === undefined ? all : all.filter((each) => each.key === key);
}

/** Those of the first screen: the engine's ids are not names. */
export const cgroupPathOf = ({ name }: Container) => `/docker/${name.replaceAll('/', '_')}`;
