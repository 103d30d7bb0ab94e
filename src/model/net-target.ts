/** Which network namespace a TARGET means: that of a container, of a host process, or one by its inode. Pure. */
import { known } from '../kernel/reading.ts';
import type { HostModel } from './host-model.ts';
import type { NetPlace } from './net-facts.ts';
import { resolveTarget, TargetError } from './target.ts';

const NAMESPACE = /^net:\[(\d+)\]$/;

export const isNamespace = (text: string): boolean => NAMESPACE.test(text);

/** True for the places that are meant. @throws {TargetError} when nothing fits, or several containers do */
export function netTarget(model: HostModel, text: string): (place: NetPlace) => boolean {
  const inode = NAMESPACE.exec(text)?.[1];
  if (inode !== undefined) return (place) => known(place.inode) === Number(inode);
  const pid = pidOf(model, text);
  return ({ pids }) => pids.includes(pid);
}

/** Of a process by its number, unless a container is called so; else of a container's init. */
function pidOf(model: HostModel, text: string): number {
  const isNamed = model.containers.some(({ name, id, key }) => name === text || id === text || key === text);
  if (!isNamed && /^\d+$/.test(text) && model.processes.has(Number(text))) return Number(text);
  return resolveTarget(model, text).initPid;
}

/** @throws {TargetError} */
export function noNamespace(text: string): TargetError {
  return new TargetError(`no network namespace of ${JSON.stringify(text)} is known; porthole net lists them`);
}
