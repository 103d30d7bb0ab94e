/**
 * What each capability allows, in a line, and over what. The kernel asks most of them against the user namespace that owns the
 * thing acted on (ns_capable), some against files whose ids are mapped (capable_wrt_inode_uidgid), and the rest only against the
 * initial user namespace (capable): those are worth nothing in any other.
 * @see capabilities(7), user_namespaces(7), and the callers in the kernel ; test/live/caps.test.ts tries NET_ADMIN, SYS_MODULE and CHOWN
 */

/**
 * - `files`: files whose owner and group are mapped into the process's user namespace
 * - `user`: processes and ids of its user namespace and those below
 * - `mnt`, `net`, `ipc`, `uts`, `pid`: the namespace of that type the process is in, if its user namespace owns it
 * - `several`: several of these, each by its owner
 * - `initial`: the host as a whole; only held in the initial user namespace does it count
 */
export type CapabilityReach = 'files' | 'user' | 'net' | 'ipc' | 'pid' | 'several' | 'initial';

export interface CapabilityMeaning {
  readonly means: string;
  readonly reach: CapabilityReach;
}

export const CAPABILITY_MEANINGS: Readonly<Record<string, CapabilityMeaning>> = {
  CAP_CHOWN: { reach: 'files', means: 'give any file to any user or group' },
  CAP_DAC_OVERRIDE: { reach: 'files', means: 'read, write and execute any file, whatever its mode' },
  CAP_DAC_READ_SEARCH: {
    reach: 'files',
    means: 'read any file and search any directory; open files by handle',
  },
  CAP_FOWNER: {
    reach: 'files',
    means: 'act as the owner of any file: chmod, utime, delete in sticky directories',
  },
  CAP_FSETID: { reach: 'files', means: 'keep setuid and setgid bits when a file is changed' },
  CAP_KILL: { reach: 'user', means: 'send signals to processes of any user' },
  CAP_SETGID: { reach: 'user', means: 'become any group, write gid maps' },
  CAP_SETUID: { reach: 'user', means: 'become any user, write uid maps' },
  CAP_SETPCAP: {
    reach: 'user',
    means: 'drop from the bounding set, add to the inheritable set, change securebits',
  },
  CAP_LINUX_IMMUTABLE: {
    reach: 'initial',
    means: 'set and clear the immutable and append-only flags of files',
  },
  CAP_NET_BIND_SERVICE: { reach: 'net', means: 'listen on ports below 1024' },
  CAP_NET_BROADCAST: { reach: 'net', means: 'nothing any more: once broadcasts and multicasts' },
  CAP_NET_ADMIN: { reach: 'net', means: 'change interfaces, addresses, routes and firewall rules' },
  CAP_NET_RAW: { reach: 'net', means: 'raw and packet sockets: sniff and forge traffic' },
  CAP_IPC_LOCK: { reach: 'initial', means: 'lock memory beyond the limit' },
  CAP_IPC_OWNER: { reach: 'ipc', means: 'use any System V IPC object, whatever its mode' },
  CAP_SYS_MODULE: { reach: 'initial', means: 'load and unload kernel modules: run any code in the kernel' },
  CAP_SYS_RAWIO: { reach: 'initial', means: 'I/O ports, /dev/mem, raw device commands' },
  CAP_SYS_CHROOT: { reach: 'user', means: 'chroot, and enter mount namespaces' },
  CAP_SYS_PTRACE: { reach: 'user', means: 'trace any process, read its memory and /proc files' },
  CAP_SYS_PACCT: { reach: 'initial', means: 'switch process accounting on and off' },
  CAP_SYS_ADMIN: {
    reach: 'several',
    means: 'mount, set hostnames, enter namespaces, and much that fits nowhere else',
  },
  CAP_SYS_BOOT: { reach: 'pid', means: 'reboot (in a pid namespace: end it); kexec needs the initial one' },
  CAP_SYS_NICE: { reach: 'user', means: "raise priorities, real-time scheduling, others' cpu affinity" },
  CAP_SYS_RESOURCE: { reach: 'initial', means: 'exceed resource limits, quotas and reserved space' },
  CAP_SYS_TIME: { reach: 'initial', means: "set the system's clock" },
  CAP_SYS_TTY_CONFIG: { reach: 'initial', means: 'hang up and configure virtual terminals' },
  CAP_MKNOD: { reach: 'initial', means: 'make device nodes' },
  CAP_LEASE: { reach: 'initial', means: 'take leases on any file' },
  CAP_AUDIT_WRITE: { reach: 'initial', means: "write records to the kernel's audit log" },
  CAP_AUDIT_CONTROL: { reach: 'initial', means: 'switch auditing on and off, change its rules' },
  CAP_SETFCAP: { reach: 'files', means: 'give capabilities to files; map root of a new user namespace' },
  CAP_MAC_OVERRIDE: { reach: 'initial', means: 'pass mandatory access control (Smack)' },
  CAP_MAC_ADMIN: { reach: 'initial', means: 'change mandatory access control' },
  CAP_SYSLOG: { reach: 'initial', means: "read the kernel's log, see kernel addresses" },
  CAP_WAKE_ALARM: { reach: 'initial', means: 'set timers that wake the system' },
  CAP_BLOCK_SUSPEND: { reach: 'initial', means: 'keep the system from suspending' },
  CAP_AUDIT_READ: { reach: 'initial', means: 'read the audit log by multicast netlink' },
  CAP_PERFMON: { reach: 'initial', means: 'performance counters and tracing of the whole system' },
  CAP_BPF: { reach: 'initial', means: 'load BPF programs and maps' },
  CAP_CHECKPOINT_RESTORE: {
    reach: 'several',
    means: 'choose pids of new processes, read others for checkpoints',
  },
};
