/**
 * Terminals by descriptor: a new pseudo-terminal, its size, and how a line is treated (termios). Every function throws
 * `SyscallError`.
 * @see tty_ioctl(4), ioctl_tty(2), include/uapi/asm-generic/{ioctls,termbits}.h: the same on x86_64 and aarch64
 */
import { closeSync, constants, fstatSync, openSync, statfsSync } from 'node:fs';
import { checked, libcFunction } from './koffi.ts';
import { O_CLOEXEC, O_PATH, openAt2, RESOLVE } from './openat2.ts';

const TCGETS = 0x5401;
const TCSETS = { now: 0x5402, drained: 0x5403, flushed: 0x5404 } as const;
const TIOCGWINSZ = 0x5413;
const TIOCSWINSZ = 0x5414;
const TIOCGPTN = 0x8004_5430;
const TIOCSPTLCK = 0x4004_5431;
/** Since Linux 4.13: the other side of this very terminal, not of what a path leads to. */
const TIOCGPTPEER = 0x5441;

const DEVPTS_SUPER_MAGIC = 0x1cd1;
/** Device 5:2 as fstat gives it. */
const PTMX_DEVICE = (5 << 8) | 2;
const { O_RDWR, O_NOCTTY, O_NONBLOCK, O_NOFOLLOW } = constants;

/** struct termios: four words of flags, c_line, c_cc[19]. */
const TERMIOS_BYTES = 36;
const LFLAG = 3;

const IFLAGS = {
  BRKINT: 0o2,
  PARMRK: 0o10,
  ISTRIP: 0o40,
  INLCR: 0o100,
  IGNCR: 0o200,
  ICRNL: 0o400,
  IXON: 0o2000,
  IGNBRK: 0o1,
};
const OPOST = 0o1;
const CFLAGS = { CSIZE: 0o60, PARENB: 0o400, CS8: 0o60 };
const LFLAGS = { ISIG: 0o1, ICANON: 0o2, ECHO: 0o10, ECHONL: 0o100, IEXTEN: 0o100000 };
const C_CC = 17;
const VTIME = C_CC + 5;
const VMIN = C_CC + 6;

/** As `isatty` of node:tty, which loads Node's sockets. */
export function isTerminal(fd: number): boolean {
  return libcFunction('int isatty(int fd)')(fd) === 1;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What a terminal does with lines and characters, as the kernel keeps it. */
export type LineSettings = Uint8Array;

export interface PtyPair {
  /** Ours; does not block. */
  readonly masterFd: number;
  /** The command's. */
  readonly slaveFd: number;
  /** N of /dev/pts/N. */
  readonly number: number;
}

/** Both close-on-exec; nobody's controlling terminal. `ptmxFd` is taken over. */
export function pairOf(ptmxFd: number): PtyPair {
  try {
    ioctl(ptmxFd, TIOCSPTLCK, new Int32Array([0]), 'unlockpt');
    const number = new Uint32Array(1);
    ioctl(ptmxFd, TIOCGPTN, number, 'ptsname');
    const peer = libcFunction('int ioctl(int fd, ulong request, long argument)');
    const flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
    const slaveFd = checked('TIOCGPTPEER', Number(peer(ptmxFd, TIOCGPTPEER, flags)));
    return { masterFd: ptmxFd, slaveFd, number: number[0] ?? 0 };
  } catch (error) {
    closeSync(ptmxFd);
    throw error;
  }
}

export function openHostPtmx(): number {
  return openSync('/dev/ptmx', O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

/**
 * Of the file system of terminals below `rootFd`, a container's: what is there is looked at before it is opened, so nothing that
 * a container put in its place is. Undefined when that is not it.
 */
export function openPtmxBelow(rootFd: number): number | undefined {
  const resolve = RESOLVE.IN_ROOT | RESOLVE.NO_MAGICLINKS;
  const handle = openAt2(rootFd, Buffer.from('/dev/pts/ptmx'), O_PATH | O_NOFOLLOW, resolve);
  try {
    const link = `/proc/self/fd/${handle}`;
    const { rdev } = fstatSync(handle);
    if (rdev !== PTMX_DEVICE || statfsSync(link).type !== DEVPTS_SUPER_MAGIC) return undefined;
    return openSync(link, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  } finally {
    closeSync(handle);
  }
}

export function sizeOf(fd: number): TerminalSize {
  const words = new Uint16Array(4);
  ioctl(fd, TIOCGWINSZ, words, 'TIOCGWINSZ');
  return { rows: words[0] ?? 0, columns: words[1] ?? 0 };
}

/** Who has this terminal in the foreground gets SIGWINCH when it changes. */
export function setSize(fd: number, { columns, rows }: TerminalSize): void {
  ioctl(fd, TIOCSWINSZ, new Uint16Array([rows, columns, 0, 0]), 'TIOCSWINSZ');
}

export function lineSettings(fd: number): LineSettings {
  // The kernel's structure is shorter than some libcs'; ioctl writes the kernel's.
  const settings = new Uint8Array(64);
  ioctl(fd, TCGETS, settings, 'tcgetattr');
  return settings.slice(0, TERMIOS_BYTES);
}

/** `flushed`: after all output is gone, and what was typed but not read is forgotten. */
export function setLineSettings(fd: number, settings: LineSettings, when: keyof typeof TCSETS): void {
  ioctl(fd, TCSETS[when], settings, 'tcsetattr');
}

/** As cfmakeraw(3): every byte goes through as it is, both ways. */
export function raw(settings: LineSettings): LineSettings {
  const made = Uint8Array.from(settings);
  const words = new Uint32Array(made.buffer, 0, LFLAG + 1);
  const [i = 0, o = 0, c = 0, l = 0] = words;
  words[0] = i & ~any(IFLAGS);
  words[1] = o & ~OPOST;
  words[2] = (c & ~(CFLAGS.CSIZE | CFLAGS.PARENB)) | CFLAGS.CS8;
  words[LFLAG] = l & ~any(LFLAGS);
  made[VMIN] = 1;
  made[VTIME] = 0;
  return made;
}

const any = (flags: Readonly<Record<string, number>>) =>
  Object.values(flags).reduce((all, flag) => all | flag, 0);

function ioctl(fd: number, request: number, argument: NodeJS.ArrayBufferView, name: string): void {
  const call = libcFunction('int ioctl(int fd, ulong request, void *argument)');
  checked(name, Number(call(fd, request, argument)));
}

const F_DUPFD_CLOEXEC = 1030;

/** The same open terminal under another descriptor, close-on-exec. */
export function duplicate(fd: number): number {
  const fcntl = libcFunction('int fcntl(int fd, int command, long argument)');
  return checked('fcntl', Number(fcntl(fd, F_DUPFD_CLOEXEC, 0)));
}

/**
 * The key that means the end of input, on the side of the command; also asked of the master. Undefined where keys go through as
 * they are: there is none then.
 */
export function endOfInputKey(fd: number): number | undefined {
  const settings = lineSettings(fd);
  const VEOF = 4;
  const isByLine = ((settings[LFLAG * 4] ?? 0) & LFLAGS.ICANON) !== 0;
  return isByLine ? settings[C_CC + VEOF] : undefined;
}
