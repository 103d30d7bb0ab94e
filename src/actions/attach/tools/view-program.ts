/**
 * The steps that make a view (view.ts). In two parts, because what is ours has to be taken before the container's namespaces are
 * joined, and put in its place afterwards. Pure.
 */

import { asText } from '../../../kernel/text.ts';
import type { Slot } from '../../../launch/data.ts';
import {
  AT,
  AT_FDCWD,
  CLONE,
  FSCONFIG,
  FSMOUNT,
  FSOPEN,
  MOUNT,
  MOUNT_ATTR,
  MOVE_MOUNT,
  OPEN,
  OPEN_TREE,
  UMOUNT,
} from '../../../launch/flags.ts';
import type { Program } from '../../../launch/program.ts';
import { starterImage } from '../../../launch/starter.ts';
import * as struct from '../../../launch/structs.ts';
import { sys } from '../../../launch/syscalls.ts';
import type { View } from './view.ts';

const S_IFREG = 0o100000;
const MS_PRIVATE = MOUNT.MS_PRIVATE;
const STARTER = 'starter';

/** What the first part leaves for the second. */
export interface Gathered {
  /** The new root, not yet anywhere. */
  readonly root: Slot;
  readonly trees: readonly { readonly fd: Slot; readonly at: string }[];
}

const bytes = (text: string) => Buffer.from(text, 'latin1');
const below = (place: string, at: string) => `${place.slice(1)}/${at}`;

/**
 * A file system in memory with names for everything, and copies of our own directories, both in no mount namespace. `isPrivileged`:
 * with our own rights; else in a copy of our mount namespace that belongs to the user namespace that was joined.
 */
export function gather(p: Program, view: View, isPrivileged: boolean): Gathered {
  if (!isPrivileged) p.step('unshare(mnt)', sys.unshare, CLONE.CLONE_NEWNS);
  const root = makeRoot(p, view);
  const { tools } = view;
  for (const entry of view.entries) makeName(p, root, entry.name, entry);
  p.step('mkdirat(tools)', sys.mkdirat, root, p.string(bytes(tools.place.slice(1))), 0o755);
  for (const { at, target } of tools.links)
    p.step(
      'symlinkat(tools)',
      sys.symlinkat,
      p.string(bytes(target)),
      root,
      p.string(below(tools.place, at)),
    );
  for (const { at } of tools.trees) makeDirectory(p, root, below(tools.place, at));
  if (tools.starter !== undefined) placeStarter(p, root, tools.place, tools.starter);
  return {
    root,
    trees: tools.trees.map(({ from, at }) => ({ fd: copyOf(p, from), at: below(tools.place, at) })),
  };
}

function makeRoot(p: Program, { mode, owner }: View): Slot {
  const context = p
    .step('fsopen(tmpfs)', sys.fsopen, p.string('tmpfs'), FSOPEN.FSOPEN_CLOEXEC)
    .result('tmpfs');
  const set = (key: string, value: string) =>
    p.step(
      `fsconfig(${key})`,
      sys.fsconfig,
      context,
      FSCONFIG.FSCONFIG_SET_STRING,
      p.string(key),
      p.string(value),
      0,
    );
  set('source', 'porthole');
  set('mode', mode.toString(8));
  if (owner !== undefined) {
    // In a user namespace its owner may be nobody's number.
    set('uid', String(owner.uid)).ignore('EINVAL');
    set('gid', String(owner.gid)).ignore('EINVAL');
  }
  p.step('fsconfig(tmpfs)', sys.fsconfig, context, FSCONFIG.FSCONFIG_CMD_CREATE, 0, 0, 0);
  return p
    .step(
      'fsmount(tmpfs)',
      sys.fsmount,
      context,
      FSMOUNT.FSMOUNT_CLOEXEC,
      MOUNT_ATTR.MOUNT_ATTR_NOSUID | MOUNT_ATTR.MOUNT_ATTR_NODEV,
    )
    .result('root');
}

function makeName(p: Program, root: Slot, name: string, entry: View['entries'][number]): void {
  if (entry.kind === 'directory') makeDirectory(p, root, name);
  else if (entry.kind === 'link')
    p.step(
      `symlinkat(/${asText(name)})`,
      sys.symlinkat,
      p.string(bytes(entry.target)),
      root,
      p.string(bytes(name)),
    );
  else p.step(`mknodat(/${asText(name)})`, sys.mknodat, root, p.string(bytes(name)), S_IFREG | 0o600, 0);
}

function makeDirectory(p: Program, root: Slot, name: string): void {
  p.step(`mkdirat(/${asText(name)})`, sys.mkdirat, root, p.string(bytes(name)), 0o755);
}

/** One file, and a link to it for each program. */
function placeStarter(
  p: Program,
  root: Slot,
  place: string,
  { at, table }: NonNullable<View['tools']['starter']>,
): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_CLOEXEC } = OPEN[p.processor];
  const image = starterImage(p.processor, table);
  const file = p.string(below(place, STARTER));
  const fd = p
    .step('open(starter)', sys.openat, root, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o755)
    .result('starter');
  p.step('write(starter)', sys.write, fd, p.bytes(image, '<starter>'), image.length);
  p.step('fchmod(starter)', sys.fchmod, fd, 0o755);
  // Who has it open for writing keeps it from being run.
  p.step('close(starter)', sys.close, fd);
  makeDirectory(p, root, below(place, at));
  const target = p.string(`../${STARTER}`);
  for (const name of table.programs.keys())
    p.step('symlinkat(program)', sys.symlinkat, target, root, p.string(bytes(below(place, `${at}/${name}`))));
}

/** Read-only, without setuid and devices, and nothing that is mounted there shows anywhere else. */
function copyOf(p: Program, from: string): Slot {
  const { OPEN_TREE_CLONE, OPEN_TREE_CLOEXEC, AT_RECURSIVE } = OPEN_TREE;
  const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE;
  const fd = p.step(`open_tree(${from})`, sys.open_tree, AT_FDCWD, p.string(bytes(from)), flags).result(from);
  const { MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV } = MOUNT_ATTR;
  const set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  setAttributes(p, `mount_setattr(${from})`, fd, AT.AT_RECURSIVE, { set, propagation: MS_PRIVATE });
  return fd;
}

function setAttributes(
  p: Program,
  label: string,
  fd: Slot,
  flags: number,
  change: { readonly set: number; readonly propagation?: number },
): void {
  const attributes = struct.mountAttributes(p.processor, change);
  p.step(label, sys.mount_setattr, fd, p.string(''), AT.AT_EMPTY_PATH | flags, attributes, attributes.size);
}

/** In the container's mount namespace, with its root as working directory: leaves a root that only we have. */
export function enterView(p: Program, view: View, { root, trees }: Gathered, rootFd: number): void {
  // Root and working directory move along into the copy, descriptors do not.
  p.step('fchdir(root)', sys.fchdir, rootFd);
  p.step('unshare(mnt)', sys.unshare, CLONE.CLONE_NEWNS);
  p.step('mount(private)', sys.mount, p.string('none'), p.string('/'), 0, MOUNT.MS_REC | MOUNT.MS_PRIVATE, 0);
  p.step('chroot', sys.chroot, p.string('.'));
  moveMount(p, 'move_mount(root)', root, AT_FDCWD, '.');
  for (const entry of view.entries) if (entry.kind !== 'link') attachEntry(p, root, entry.name);
  for (const { fd, at } of trees) moveMount(p, `move_mount(/${at})`, fd, root, at);
  setAttributes(p, 'mount_setattr(root)', root, 0, { set: MOUNT_ATTR.MOUNT_ATTR_RDONLY });
  leaveOldRoot(p, root, view.rootIsMount);
}

/** Names are looked up in the old root, which is below the new one by now. One that is gone meanwhile stays empty. */
function attachEntry(p: Program, root: Slot, name: string): void {
  const { OPEN_TREE_CLONE, OPEN_TREE_CLOEXEC, AT_RECURSIVE, AT_SYMLINK_NOFOLLOW } = OPEN_TREE;
  const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW;
  const gone = p.label();
  const fd = p
    .step(`open_tree(/${asText(name)})`, sys.open_tree, AT_FDCWD, p.string(bytes(name)), flags)
    .ignore('ENOENT', gone)
    .result(`/${asText(name)}`);
  moveMount(p, `move_mount(/${asText(name)})`, fd, root, name);
  p.step('close', sys.close, fd);
  p.mark(gone);
}

function moveMount(p: Program, label: string, from: Slot, to: Slot | number, name: string): void {
  p.step(
    label,
    sys.move_mount,
    from,
    p.string(''),
    to,
    p.string(bytes(name)),
    MOVE_MOUNT.MOVE_MOUNT_F_EMPTY_PATH,
  );
}

/** A root that is no mount, as a chroot's, cannot be taken away, nor can the kernel's first one: it is left by chroot. */
function leaveOldRoot(p: Program, root: Slot, isMount: boolean): void {
  p.step('fchdir(view)', sys.fchdir, root);
  const here = p.string('.');
  if (isMount) {
    const stays = p.label();
    p.step('pivot_root', sys.pivot_root, here, here).ignore('EINVAL', stays);
    p.step('umount2', sys.umount2, here, UMOUNT.MNT_DETACH);
    p.mark(stays);
  }
  p.step('chroot(view)', sys.chroot, here);
}
