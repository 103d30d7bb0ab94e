/**
 * The eight namespace types, their clone(2) flags, and the inodes of the initial ones.
 * @see namespaces(7), include/uapi/linux/sched.h, include/uapi/linux/nsfs.h
 */

export const NAMESPACE_TYPES = ['mnt', 'pid', 'net', 'user', 'uts', 'ipc', 'cgroup', 'time'] as const;

export type NamespaceType = (typeof NAMESPACE_TYPES)[number];

export const CLONE_FLAGS: Record<NamespaceType, number> = {
  mnt: 0x0002_0000,
  pid: 0x2000_0000,
  net: 0x4000_0000,
  user: 0x1000_0000,
  uts: 0x0400_0000,
  ipc: 0x0800_0000,
  cgroup: 0x0200_0000,
  time: 0x0000_0080,
};

/**
 * Fixed numbers, below those given out at run time (from 4026531840 on), so a match always means the initial namespace.
 * For net and mnt that holds from Linux 6.18 on only: before, their initial inodes are run-time numbers, and a mismatch says nothing.
 */
export const INITIAL_INODES: Partial<Record<NamespaceType, number>> = {
  ipc: 4026531839,
  uts: 4026531838,
  user: 4026531837,
  pid: 4026531836,
  cgroup: 4026531835,
  time: 4026531834,
  net: 4026531833,
  mnt: 4026531832,
};

/** Parent of all kernel threads, and never anywhere but in the initial namespaces; another process in an inner pid namespace. */
export const KTHREADD_PID = 2;

export function isNamespaceType(text: string): text is NamespaceType {
  return NAMESPACE_TYPES.some((type) => type === text);
}
