/**
 * A fresh terminal for a command in a container. It is one of the container's own (its /dev/pts), so that `tty`, `su` and `tmux`
 * in there find it by its name; where a container has none it is one of the host's. The caller's terminal is never handed in:
 * whoever has it can type into it (TIOCSTI).
 */
import { closeSync, fchmodSync, fchownSync } from 'node:fs';
import { errnoOf } from '../../sys/failure.ts';
import {
  type LineSettings,
  lineSettings,
  openHostPtmx,
  openPtmxBelow,
  type PtyPair,
  pairOf,
  raw,
  setLineSettings,
  setSize,
  type TerminalSize,
} from '../../sys/terminal.ts';

export interface TerminalWishes {
  /** The container's root directory; without it the terminal is one of the host's. */
  readonly rootFd?: number;
  /** Before the command sees it. */
  readonly size: TerminalSize;
  /** `raw`: every byte as it is; else as another terminal has it (its erase key, UTF-8); undefined: as the kernel makes them. */
  readonly settings: LineSettings | 'raw' | undefined;
  /** To whom the terminal belongs, in our ids: who runs the command must be able to open it again (/dev/stdout). */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

export interface Terminal extends PtyPair {
  readonly where: 'container' | 'host';
  /** Why it is one of the host's, when it should have been the container's. */
  readonly why?: string;
  /** Closes `slaveFd`, once. */
  closeSlave(): void;
}

/** As login makes it: nobody else reads what is typed. */
const MODE = 0o620;

/** Both descriptors are close-on-exec; the caller closes them, the slave as soon as the command has it. @throws {SyscallError} */
export function openTerminal({ rootFd, size, settings, owner }: TerminalWishes): Terminal {
  const terminal = rootFd === undefined ? ofHost() : ofContainer(rootFd);
  try {
    setSize(terminal.masterFd, size);
    const { slaveFd } = terminal;
    if (settings !== undefined)
      setLineSettings(slaveFd, settings === 'raw' ? raw(lineSettings(slaveFd)) : settings, 'now');
    if (owner !== undefined) give(slaveFd, owner);
    return terminal;
  } catch (error) {
    closeTerminal(terminal);
    throw error;
  }
}

export function closeTerminal({ masterFd, closeSlave }: Terminal): void {
  closeSync(masterFd);
  closeSlave();
}

function terminalOf(ptmxFd: number, where: Terminal['where']): Terminal {
  const pair = pairOf(ptmxFd);
  let isOpen = true;
  const closeSlave = () => {
    if (isOpen) closeSync(pair.slaveFd);
    isOpen = false;
  };
  return { ...pair, where, closeSlave };
}

function ofHost(): Terminal {
  return terminalOf(openHostPtmx(), 'host');
}

/** No /dev/pts (a bare chroot), or one that gives us nothing: a terminal that cannot be found by name is better than none. */
function ofContainer(rootFd: number): Terminal {
  const fallBack = (why: string): Terminal => ({ ...ofHost(), why });
  try {
    const ptmxFd = openPtmxBelow(rootFd);
    return ptmxFd === undefined
      ? fallBack('/dev/pts/ptmx is not what it should be')
      : terminalOf(ptmxFd, 'container');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || ['EMFILE', 'ENFILE', 'ENOMEM'].includes(errno)) throw error;
    return fallBack(`/dev/pts/ptmx: ${errno}`);
  }
}

/** Without the right to it, it is ours already, or stays so. */
function give(fd: number, { uid, gid }: { readonly uid: number; readonly gid: number }): void {
  try {
    fchownSync(fd, uid, gid);
    fchmodSync(fd, MODE);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'EPERM' && errno !== 'EINVAL') throw error;
  }
}
