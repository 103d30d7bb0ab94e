/**
 * The command's own view of the container when tools are brought along: a root directory that exists for it alone, in which each
 * entry of the container's root lies where it lies in the container, and the tools beside them.
 */
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { AccessDeniedError, UnsupportedError } from '../../../kernel/errors.ts';
import { toInside } from '../../../kernel/proc/id-map.ts';
import { errnoOf } from '../../../sys/failure.ts';
import type { KernelAbilities } from '../kernel.ts';
import { AttachRefusal, type ToolsWish } from '../options.ts';
import type { HeldTarget, TargetFacts } from '../target.ts';
import { directoryTools } from './directory.ts';
import { hostTools } from './host.ts';
import type { Tools } from './tools.ts';

/** A name in the container's root directory; a character for a byte. */
export type RootEntry =
  | { readonly kind: 'directory' | 'file'; readonly name: string }
  | { readonly kind: 'link'; readonly name: string; readonly target: string };

export interface View {
  readonly tools: Tools;
  readonly entries: readonly RootEntry[];
  /** The container's root directory is a mount, and no directory of one. */
  readonly rootIsMount: boolean;
  /** Of the container's root directory; the owner as the process that makes it counts, undefined where it has no id there. */
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

const PLACE = '.porthole';
const MOST_ENTRIES = 4096;

/**
 * `isPrivileged`: it is made with our rights and ids, else with those in the container's user namespace.
 * @throws {AttachRefusal | AccessDeniedError | UnsupportedError}
 */
export function viewWithTools(
  target: HeldTarget,
  wish: ToolsWish,
  isPrivileged: boolean,
  kernel: KernelAbilities,
): View {
  // Mounts of ours are read-only, with all that is mounted below them, before anybody in the container sees them.
  if (!kernel.mountAttributes) throw new UnsupportedError('--tools', 'Linux 5.12 (mount_setattr)');
  const entries = rootEntries(target.rootFd);
  const names = new Set(entries.map(({ name }) => name));
  const place = [PLACE, ...Array.from({ length: MOST_ENTRIES + 1 }, (_, i) => `${PLACE}-${i + 2}`)].find(
    (name) => !names.has(name),
  );
  const { mode, uid, gid } = statSync(`/proc/self/fd/${target.rootFd}/.`);
  return {
    tools: wish === 'host' ? hostTools(`/${place}`) : directoryTools(`/${place}`, wish.directory),
    entries,
    rootIsMount: target.rootIsMount(),
    mode: mode & 0o7777,
    owner: isPrivileged ? { uid, gid } : ownerInside({ uid, gid }, target.facts),
  };
}

function ownerInside(owner: { uid: number; gid: number }, { idMaps }: TargetFacts): View['owner'] {
  if (idMaps === undefined) return owner;
  const uid = toInside(idMaps.uids, owner.uid);
  const gid = toInside(idMaps.gids, owner.gid);
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

function rootEntries(rootFd: number): RootEntry[] {
  const root = `/proc/self/fd/${rootFd}`;
  try {
    const found = readdirSync(`${root}/.`, { encoding: 'latin1', withFileTypes: true });
    if (found.length > MOST_ENTRIES)
      throw new AttachRefusal(`its root directory has ${found.length} names: too many to bring tools along`);
    return found
      .map((entry): RootEntry => {
        const { name } = entry;
        if (!entry.isSymbolicLink()) return { kind: entry.isDirectory() ? 'directory' : 'file', name };
        const target = readlinkSync(Buffer.from(`${root}/${name}`, 'latin1'), 'latin1');
        return { kind: 'link', name, target };
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'EACCES' && errno !== 'EPERM') throw error;
    throw new AccessDeniedError('its root directory', 'the right to list it', errno, { cause: error });
  }
}
