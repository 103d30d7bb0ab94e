/**
 * The system calls that steps may make: number on either processor, and how each argument reads in words. Names, order of
 * arguments and spelling are those that strace prints.
 * @see arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h (aarch64); a live test holds the numbers
 * against the headers.
 */
import * as flag from './flags.ts';
import {
  choice,
  clone,
  descriptor,
  fcntl,
  flags,
  hex,
  id,
  integer,
  mknodat,
  mountFlags,
  octal,
  openat,
  openFlags,
  type Parameter,
  type Processor,
  pointer,
  prctl,
  signal,
  someOpenFlags,
  unsigned,
  type Words,
} from './parameters.ts';

export interface Syscall<P extends readonly Parameter[] = readonly Parameter[]> {
  readonly name: string;
  readonly numbers: Readonly<Record<Processor, number>>;
  readonly parameters: P;
  /** Where the words are not the arguments one by one. */
  readonly words?: Words;
}

type Row<P extends readonly Parameter[]> = readonly [x64: number, arm64: number, parameters: P];

function call<const P extends readonly Parameter[]>(
  name: string,
  [x64, arm64, parameters]: Row<P>,
  words?: Words,
): Syscall<P> {
  return { name, numbers: { x64, arm64 }, parameters, ...(words !== undefined && { words }) };
}

const fd = descriptor;
const at = flags(flag.AT);

const table = () => ({
  // Files
  read: call('read', [0, 63, [fd, pointer, unsigned]]),
  write: call('write', [1, 64, [fd, pointer, unsigned]]),
  pwrite64: call('pwrite64', [18, 68, [fd, pointer, unsigned, unsigned]]),
  close: call('close', [3, 57, [fd]]),
  lseek: call('lseek', [8, 62, [fd, integer, choice({ SEEK_SET: 0, SEEK_CUR: 1, SEEK_END: 2 })]]),
  openat: call('openat', [257, 56, [fd, pointer, openFlags, octal]], openat),
  openat2: call('openat2', [437, 437, [fd, pointer, pointer, unsigned]]),
  dup: call('dup', [32, 23, [fd]]),
  dup3: call('dup3', [292, 24, [fd, fd, someOpenFlags]]),
  pipe2: call('pipe2', [293, 59, [pointer, someOpenFlags]]),
  fcntl: call('fcntl', [72, 25, [fd, choice(flag.FCNTL), integer]], fcntl),
  ioctl: call('ioctl', [16, 29, [fd, choice(flag.IOCTL), integer]]),
  close_range: call('close_range', [436, 436, [unsigned, unsigned, flags(flag.CLOSE_RANGE)]]),
  mkdirat: call('mkdirat', [258, 34, [fd, pointer, octal]]),
  mknodat: call('mknodat', [259, 33, [fd, pointer, octal, hex]], mknodat),
  symlinkat: call('symlinkat', [266, 36, [pointer, fd, pointer]]),
  unlinkat: call('unlinkat', [263, 35, [fd, pointer, at]]),
  readlinkat: call('readlinkat', [267, 78, [fd, pointer, pointer, unsigned]]),
  fchmod: call('fchmod', [91, 52, [fd, octal]]),
  fchown: call('fchown', [93, 55, [fd, id, id]]),
  fchownat: call('fchownat', [260, 54, [fd, pointer, id, id, at]]),
  ppoll: call('ppoll', [271, 73, [pointer, unsigned, pointer, pointer, unsigned]]),
  socket: call('socket', [41, 198, [choice(flag.AF), flags(flag.SOCK), choice(flag.IPPROTO)]]),
  sendmsg: call('sendmsg', [46, 211, [fd, pointer, hex]]),

  // Root and working directory
  chdir: call('chdir', [80, 49, [pointer]]),
  fchdir: call('fchdir', [81, 50, [fd]]),
  getcwd: call('getcwd', [79, 17, [pointer, unsigned]]),
  chroot: call('chroot', [161, 51, [pointer]]),
  pivot_root: call('pivot_root', [155, 41, [pointer, pointer]]),
  umask: call('umask', [95, 166, [octal]]),

  // Mounts
  mount: call('mount', [165, 40, [pointer, pointer, pointer, mountFlags, pointer]]),
  umount2: call('umount2', [166, 39, [pointer, flags(flag.UMOUNT)]]),
  open_tree: call('open_tree', [428, 428, [fd, pointer, flags(flag.OPEN_TREE)]]),
  move_mount: call('move_mount', [429, 429, [fd, pointer, fd, pointer, flags(flag.MOVE_MOUNT)]]),
  fsopen: call('fsopen', [430, 430, [pointer, flags(flag.FSOPEN)]]),
  fsconfig: call('fsconfig', [431, 431, [fd, choice(flag.FSCONFIG), pointer, pointer, integer]]),
  fsmount: call('fsmount', [432, 432, [fd, flags(flag.FSMOUNT), flags(flag.MOUNT_ATTR)]]),
  mount_setattr: call('mount_setattr', [442, 442, [fd, pointer, at, pointer, unsigned]]),

  // Namespaces
  setns: call('setns', [308, 268, [fd, flags(flag.CLONE)]]),
  unshare: call('unshare', [272, 97, [flags(flag.CLONE)]]),
  sethostname: call('sethostname', [170, 161, [pointer, unsigned]]),
  setdomainname: call('setdomainname', [171, 162, [pointer, unsigned]]),

  // Processes and signals
  clone: call('clone', [56, 220, [unsigned, pointer, pointer, pointer, pointer]], clone),
  clone3: call('clone3', [435, 435, [pointer, unsigned]]),
  execve: call('execve', [59, 221, [pointer, pointer, pointer]]),
  execveat: call('execveat', [322, 281, [fd, pointer, pointer, pointer, at]]),
  exit_group: call('exit_group', [231, 94, [integer]]),
  wait4: call('wait4', [61, 260, [integer, pointer, flags(flag.WAIT), pointer]]),
  waitid: call('waitid', [247, 95, [choice(flag.WAIT_ID), integer, pointer, flags(flag.WAIT), pointer]]),
  getpid: call('getpid', [39, 172, []]),
  getppid: call('getppid', [110, 173, []]),
  kill: call('kill', [62, 129, [integer, signal]]),
  pidfd_open: call('pidfd_open', [434, 434, [integer, flags({ PIDFD_NONBLOCK: 0o4000 })]]),
  pidfd_send_signal: call('pidfd_send_signal', [424, 424, [fd, signal, pointer, unsigned]]),
  rt_sigaction: call('rt_sigaction', [13, 134, [signal, pointer, pointer, unsigned]]),
  rt_sigprocmask: call('rt_sigprocmask', [14, 135, [choice(flag.SIG_HOW), pointer, pointer, unsigned]]),
  signalfd4: call('signalfd4', [289, 74, [fd, pointer, unsigned, someOpenFlags]]),
  setsid: call('setsid', [112, 157, []]),
  setpgid: call('setpgid', [109, 154, [integer, integer]]),
  nanosleep: call('nanosleep', [35, 101, [pointer, pointer]]),

  // Rights and limits
  setresuid: call('setresuid', [117, 147, [id, id, id]]),
  setresgid: call('setresgid', [119, 149, [id, id, id]]),
  setgroups: call('setgroups', [116, 159, [unsigned, pointer]]),
  capset: call('capset', [126, 91, [pointer, pointer]]),
  prctl: call('prctl', [157, 167, [choice(flag.PR), unsigned, unsigned, unsigned, unsigned]], prctl),
  seccomp: call('seccomp', [317, 277, [choice(flag.SECCOMP), flags(flag.SECCOMP_FLAG), pointer]]),
  prlimit64: call('prlimit64', [302, 261, [integer, choice(flag.RLIMIT), pointer, pointer]]),
  personality: call('personality', [135, 92, [choice(flag.PER)]]),
  keyctl: call('keyctl', [250, 219, [choice(flag.KEYCTL), pointer]]),
});

let made: ReturnType<typeof table> | undefined;

/** Made when a program is: most commands start none. */
export function allCalls(): ReturnType<typeof table> {
  made ??= table();
  return made;
}

/** Each of them by its name. */
export const sys = new Proxy({} as ReturnType<typeof table>, {
  get: (_, name) => Reflect.get(allCalls(), name),
});
