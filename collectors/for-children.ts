/** Namespaces for children: where they are not those of the process itself, they may have no process at all. */
import type { NamespaceInodes } from '../src/model/sample.ts';

/** Namespaces that a process is not in, but its next child will be. */
export interface ForChildren {
  readonly pid?: number;
  readonly time?: number;
}

export function forChildren(pid: number | undefined, time: number | undefined): ForChildren {
  return { ...(pid !== undefined && { pid }), ...(time !== undefined && { time }) };
}

/**
 * What of `children` is not among the process's own; undefined when nothing is. `unnamed`: a pid namespace that has had no
 * process yet, for which the kernel gives ENOENT.
 */
export function otherForChildren(
  own: NamespaceInodes,
  children: ForChildren,
): ForChildren | 'unnamed' | undefined {
  if (own.pid !== undefined && children.pid === undefined) return 'unnamed';
  const other = forChildren(
    children.pid === own.pid ? undefined : children.pid,
    children.time === own.time ? undefined : children.time,
  );
  return other.pid === undefined && other.time === undefined ? undefined : other;
}
