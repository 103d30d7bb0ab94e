/**
 * Names of the numbers that steps pass, spelled as the kernel's headers and strace spell them. Only what steps use.
 * @see include/uapi/linux/{sched,fcntl,openat2,mount,prctl,wait,seccomp,close_range}.h, asm-generic/{fcntl,ioctls,resource}.h
 */

export type Names = Readonly<Record<string, number>>;

export const CLONE = {
  CLONE_NEWTIME: 0x80,
  CLONE_PARENT: 0x8000,
  CLONE_NEWNS: 0x2_0000,
  CLONE_NEWCGROUP: 0x200_0000,
  CLONE_NEWUTS: 0x400_0000,
  CLONE_NEWIPC: 0x800_0000,
  CLONE_NEWUSER: 0x1000_0000,
  CLONE_NEWPID: 0x2000_0000,
  CLONE_NEWNET: 0x4000_0000,
  CLONE_INTO_CGROUP: 0x2_0000_0000,
  CLONE_FS: 0x200,
} as const satisfies Names;

const OPEN_EVERYWHERE = {
  O_RDONLY: 0,
  O_WRONLY: 0o1,
  O_RDWR: 0o2,
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_NOCTTY: 0o400,
  O_TRUNC: 0o1000,
  O_APPEND: 0o2000,
  O_NONBLOCK: 0o4000,
  O_CLOEXEC: 0o2000000,
  O_PATH: 0o10000000,
} as const satisfies Names;

/** By processor: two of them are not the same on both. */
export const OPEN = {
  x64: { ...OPEN_EVERYWHERE, O_DIRECTORY: 0o200000, O_NOFOLLOW: 0o400000 },
  arm64: { ...OPEN_EVERYWHERE, O_DIRECTORY: 0o40000, O_NOFOLLOW: 0o100000 },
} as const satisfies Readonly<Record<'x64' | 'arm64', Names>>;

export const RESOLVE = {
  RESOLVE_NO_XDEV: 1,
  RESOLVE_NO_MAGICLINKS: 2,
  RESOLVE_NO_SYMLINKS: 4,
  RESOLVE_BENEATH: 8,
  RESOLVE_IN_ROOT: 16,
} as const satisfies Names;

export const AT = {
  AT_SYMLINK_NOFOLLOW: 0x100,
  AT_REMOVEDIR: 0x200,
  AT_EMPTY_PATH: 0x1000,
  AT_RECURSIVE: 0x8000,
} as const satisfies Names;

/** The directory descriptor that stands for the working directory. */
export const AT_FDCWD = -100;

export const MOUNT = {
  MS_RDONLY: 1,
  MS_NOSUID: 2,
  MS_NODEV: 4,
  MS_NOEXEC: 8,
  MS_REMOUNT: 32,
  MS_NOATIME: 1024,
  MS_BIND: 4096,
  MS_MOVE: 8192,
  MS_REC: 16384,
  MS_SILENT: 32768,
  MS_UNBINDABLE: 1 << 17,
  MS_PRIVATE: 1 << 18,
  MS_SLAVE: 1 << 19,
  MS_SHARED: 1 << 20,
  MS_RELATIME: 1 << 21,
  MS_STRICTATIME: 1 << 24,
} as const satisfies Names;

export const UMOUNT = {
  MNT_FORCE: 1,
  MNT_DETACH: 2,
  MNT_EXPIRE: 4,
  UMOUNT_NOFOLLOW: 8,
} as const satisfies Names;

export const OPEN_TREE = {
  OPEN_TREE_CLONE: 1,
  OPEN_TREE_CLOEXEC: 0o2000000,
  AT_SYMLINK_NOFOLLOW: 0x100,
  AT_EMPTY_PATH: 0x1000,
  AT_RECURSIVE: 0x8000,
} as const satisfies Names;

export const MOVE_MOUNT = {
  MOVE_MOUNT_F_SYMLINKS: 1,
  MOVE_MOUNT_F_AUTOMOUNTS: 2,
  MOVE_MOUNT_F_EMPTY_PATH: 4,
  MOVE_MOUNT_T_SYMLINKS: 0x10,
  MOVE_MOUNT_T_AUTOMOUNTS: 0x20,
  MOVE_MOUNT_T_EMPTY_PATH: 0x40,
} as const satisfies Names;

export const FSOPEN = { FSOPEN_CLOEXEC: 1 } as const satisfies Names;
export const FSMOUNT = { FSMOUNT_CLOEXEC: 1 } as const satisfies Names;

export const FSCONFIG = {
  FSCONFIG_SET_FLAG: 0,
  FSCONFIG_SET_STRING: 1,
  FSCONFIG_SET_FD: 5,
  FSCONFIG_CMD_CREATE: 6,
} as const satisfies Names;

export const MOUNT_ATTR = {
  MOUNT_ATTR_RDONLY: 1,
  MOUNT_ATTR_NOSUID: 2,
  MOUNT_ATTR_NODEV: 4,
  MOUNT_ATTR_NOEXEC: 8,
  MOUNT_ATTR_NOATIME: 0x10,
  MOUNT_ATTR_IDMAP: 0x10_0000,
} as const satisfies Names;

export const CLOSE_RANGE = { CLOSE_RANGE_UNSHARE: 2, CLOSE_RANGE_CLOEXEC: 4 } as const satisfies Names;
/** The last descriptor there can be. */
export const LAST_DESCRIPTOR = 0xffff_ffff;

export const PR = {
  PR_SET_PDEATHSIG: 1,
  PR_SET_DUMPABLE: 4,
  PR_SET_KEEPCAPS: 8,
  PR_SET_NAME: 15,
  PR_CAPBSET_DROP: 24,
  PR_SET_SECUREBITS: 28,
  PR_SET_CHILD_SUBREAPER: 36,
  PR_SET_NO_NEW_PRIVS: 38,
  PR_CAP_AMBIENT: 47,
} as const satisfies Names;

export const PR_CAP_AMBIENT = {
  PR_CAP_AMBIENT_IS_SET: 1,
  PR_CAP_AMBIENT_RAISE: 2,
  PR_CAP_AMBIENT_LOWER: 3,
  PR_CAP_AMBIENT_CLEAR_ALL: 4,
} as const satisfies Names;

export const SIG_HOW = { SIG_BLOCK: 0, SIG_UNBLOCK: 1, SIG_SETMASK: 2 } as const satisfies Names;
export const WAIT = { WNOHANG: 1, WSTOPPED: 2, WEXITED: 4, WCONTINUED: 8 } as const satisfies Names;
export const WAIT_ID = { P_ALL: 0, P_PID: 1, P_PGID: 2, P_PIDFD: 3 } as const satisfies Names;

export const FCNTL = {
  F_DUPFD: 0,
  F_GETFD: 1,
  F_SETFD: 2,
  F_GETFL: 3,
  F_SETFL: 4,
  F_DUPFD_CLOEXEC: 1030,
} as const satisfies Names;
export const FD_CLOEXEC = 1;

export const IOCTL = {
  TIOCSCTTY: 0x540e,
  TIOCGPTN: 0x8004_5430,
  TIOCSPTLCK: 0x4004_5431,
  TIOCGPTPEER: 0x5441,
  TIOCSWINSZ: 0x5414,
  SIOCGIFFLAGS: 0x8913,
  SIOCSIFFLAGS: 0x8914,
} as const satisfies Names;

export const SECCOMP = { SECCOMP_SET_MODE_STRICT: 0, SECCOMP_SET_MODE_FILTER: 1 } as const satisfies Names;
export const SECCOMP_FLAG = {
  SECCOMP_FILTER_FLAG_TSYNC: 1,
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
} as const satisfies Names;

export const RLIMIT = {
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_DATA: 2,
  RLIMIT_STACK: 3,
  RLIMIT_CORE: 4,
  RLIMIT_RSS: 5,
  RLIMIT_NPROC: 6,
  RLIMIT_NOFILE: 7,
  RLIMIT_MEMLOCK: 8,
  RLIMIT_AS: 9,
  RLIMIT_LOCKS: 10,
  RLIMIT_SIGPENDING: 11,
  RLIMIT_MSGQUEUE: 12,
  RLIMIT_NICE: 13,
  RLIMIT_RTPRIO: 14,
  RLIMIT_RTTIME: 15,
} as const satisfies Names;

export const AF = { AF_UNIX: 1, AF_INET: 2, AF_NETLINK: 16 } as const satisfies Names;
export const SOCK = { SOCK_STREAM: 1, SOCK_DGRAM: 2, SOCK_RAW: 3 } as const satisfies Names;
/** For AF_INET; what routing netlink calls NETLINK_ROUTE is the same number. */
export const IPPROTO = { IPPROTO_IP: 0, IPPROTO_ICMP: 1 } as const satisfies Names;
export const KEYCTL = { KEYCTL_JOIN_SESSION_KEYRING: 1 } as const satisfies Names;
/** The whole persona: execution domain in the low byte, PER_LINUX is 0. */
export const PER = { PER_LINUX: 0, PER_LINUX32: 8 } as const satisfies Names;
