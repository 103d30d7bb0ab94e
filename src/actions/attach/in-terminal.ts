/**
 * An attach whose command has a terminal of its own: a fresh one of the container's, with us between it and the caller's.
 * The caller's terminal is never handed in. For the command line and for the dashboard.
 */
import type { Readable, Writable } from 'node:stream';
import { lineSettings, sizeOf } from '../../sys/terminal.ts';
import { keepTerminal } from '../terminal/keep.ts';
import { closeTerminal, openTerminal, type Terminal } from '../terminal/open.ts';
import { type ProxyEnd, proxy } from '../terminal/proxy.ts';
import { SignalForwarding } from '../terminal/signals.ts';
import type { Attached, PreparedAttach } from './attach.ts';

export interface Caller {
  readonly stdin: Readable;
  readonly stdout: Writable;
  /** Its terminal; undefined where stdin is none, and the command's is one of 80 columns then. */
  readonly terminalFd: number | undefined;
  /** Its stderr is no terminal: the command writes there itself, and not into its terminal. */
  readonly keepsStderr?: boolean;
  readonly detachKeys: Uint8Array | undefined;
  /** Every byte as it is, also on the command's side. */
  readonly isRaw: boolean;
  readonly onStarted?: (attached: Attached) => void;
}

export interface TerminalEnd {
  readonly how: ProxyEnd;
  /** The command's; 0 of one that was left by its keys and runs on, and of one that was hung up what ends it by that. */
  readonly status: number;
}

const NO_TERMINAL_SIZE = { columns: 80, rows: 24 };
const HANG_UP_STATUS = 129;

/** @throws {AccessDeniedError | StepError | SyscallError} when nothing runs */
export async function attachInTerminal(prepared: PreparedAttach, caller: Caller): Promise<TerminalEnd> {
  const { terminalFd: fd } = caller;
  const terminal = openTerminal({
    ...prepared.place,
    size: fd === undefined ? NO_TERMINAL_SIZE : sizeOf(fd),
    settings: caller.isRaw ? 'raw' : fd === undefined ? undefined : lineSettings(fd),
  });
  const forwarding = new SignalForwarding();
  try {
    const { slaveFd } = terminal;
    const stderr = caller.keepsStderr === true ? 'inherit' : slaveFd;
    const attached = await prepared.start([slaveFd, slaveFd, stderr]);
    forwarding.to(attached.signal);
    caller.onStarted?.(attached);
    return await between(attached, terminal, caller);
  } finally {
    forwarding.stop();
    closeTerminal(terminal);
  }
}

async function between(attached: Attached, terminal: Terminal, caller: Caller): Promise<TerminalEnd> {
  const { stdin, stdout, terminalFd, detachKeys } = caller;
  // Whoever had it before us, the dashboard, has paused it: a listener alone would not make it flow again.
  stdin.resume();
  const how = await proxy(terminal, stdin, stdout, {
    ended: attached.ended,
    ...(terminalFd !== undefined && { callerFd: terminalFd }),
    ...(detachKeys !== undefined && { detachKeys }),
  });
  if (how === 'ended') return { how, status: await attached.ended };
  // It may outlive us.
  attached.child.unref();
  if (how === 'hung-up') return { how, status: HANG_UP_STATUS };
  await keepTerminal(terminal.masterFd, attached.name);
  return { how, status: 0 };
}
