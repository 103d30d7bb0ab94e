/** Doing what `porthole attach` was asked to do, and being there until its command has ended. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { type Attached, type PreparedAttach, prepareAttach } from '../actions/attach/attach.ts';
import { attachInTerminal } from '../actions/attach/in-terminal.ts';
import { SignalForwarding } from '../actions/terminal/signals.ts';
import { AccessDeniedError, ProcessGoneError } from '../kernel/errors.ts';
import { LAUNCH_STATUS, StepError, statusOfError } from '../launch/ending.ts';
import { findTarget } from '../live/find-target.ts';
import { TargetError } from '../model/target.ts';
import { isTerminal } from '../sys/terminal.ts';
import { type AttachWords, attachOptions, detachKeys } from './attach-words.ts';
import { EXIT, printStack, UsageError } from './exit.ts';
import { ownStream, printError, printLine } from './print.ts';
import { kernelFiles } from './sources.ts';

export async function attach(target: string, command: readonly string[], words: AttachWords): Promise<void> {
  try {
    process.exitCode = await run(target, command, words);
  } catch (error) {
    process.exitCode = statusOf(error);
    await printError(error instanceof Error ? error.message : String(error));
    printStack(error);
  }
}

function statusOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof TargetError || error instanceof ProcessGoneError) return EXIT.noTarget;
  if (error instanceof AccessDeniedError) return EXIT.notPermitted;
  return error instanceof StepError ? statusOfError(error) : LAUNCH_STATUS.failed;
}

async function run(word: string, command: readonly string[], words: AttachWords): Promise<number> {
  const hasTerminal = words.detach !== true && (words.tty ?? (isTerminal(0) && isTerminal(1)));
  const keys = detachKeys(words);
  const options = attachOptions(command, words, hasTerminal ? { name: process.env['TERM'] } : undefined);
  const files = kernelFiles(words);
  const { container, host } = await findTarget(files, word);
  const prepared = prepareAttach(files, host.hierarchies, container, options);
  try {
    if (words.dryRun === true) {
      await explain(prepared);
      return EXIT.done;
    }
    if (words.quiet !== true) for (const note of prepared.notes) await printError(`attach: ${note}`);
    const onStarted = pidWriter(words.pidFile);
    if (hasTerminal) return await inTerminal(prepared, keys, words.rawTty === true, onStarted);
    if (words.detach !== true) return await withPipes(prepared, onStarted);
    onStarted(await prepared.start(NOTHING));
    return EXIT.done;
  } finally {
    prepared.close();
  }
}

/** A container may have named its shell, or its cgroup, in any way it likes. */
async function explain(prepared: PreparedAttach): Promise<void> {
  const notes = prepared.notes.map((note) => `note: ${note}`);
  for (const line of [...prepared.explained().trimEnd().split('\n'), ...notes]) await printLine(line);
}

/** Opened first: a command whose pid nobody learns is one too many. */
function pidWriter(path: string | undefined): (attached: Attached) => void {
  if (path === undefined) return () => undefined;
  const fd = openSync(path, 'w', 0o644);
  return ({ pid }) => {
    writeSync(fd, `${pid}\n`);
    closeSync(fd);
  };
}

async function inTerminal(
  prepared: PreparedAttach,
  keys: Uint8Array | undefined,
  isRaw: boolean,
  onStarted: (attached: Attached) => void,
): Promise<number> {
  const { stdin } = process;
  try {
    const { status } = await attachInTerminal(prepared, {
      stdin,
      stdout: ownStream('stdout'),
      terminalFd: isTerminal(0) ? 0 : undefined,
      keepsStderr: !isTerminal(2),
      detachKeys: keys,
      isRaw,
      onStarted,
    });
    return status;
  } finally {
    stdin.destroy();
  }
}

const NOTHING = ['ignore', 'ignore', 'ignore'] as const;

/** A command that shares no terminal with us cannot type into it (TIOCSTI): what is a terminal becomes a pipe. */
function stdioOf(): ['pipe' | 'inherit', 'pipe' | 'inherit', 'pipe' | 'inherit'] {
  const kind = (fd: number) => (isTerminal(fd) ? 'pipe' : 'inherit');
  return [kind(0), kind(1), kind(2)];
}

async function withPipes(prepared: PreparedAttach, onStarted: (attached: Attached) => void): Promise<number> {
  const forwarding = new SignalForwarding();
  try {
    const attached = await prepared.start(stdioOf());
    forwarding.to(attached.signal);
    onStarted(attached);
    return await accompany(attached);
  } finally {
    forwarding.stop();
  }
}

/** Until the command has ended: its pipes are ours. */
async function accompany({ child, ended }: Attached): Promise<number> {
  const written = [
    [child.stdout, 'stdout'],
    [child.stderr, 'stderr'],
  ] as const;
  const copies = written.map(([from, to]) =>
    from === null ? undefined : copied(from, ownStream(to), ended),
  );
  if (child.stdin !== null) {
    child.stdin.on('error', ignoreClosedPipe);
    process.stdin.pipe(child.stdin);
  }
  try {
    const status = await ended;
    await Promise.all(copies);
    return status;
  } finally {
    if (child.stdin !== null) {
      process.stdin.unpipe(child.stdin);
      process.stdin.destroy();
    }
  }
}

/** How long to wait for more once the command has ended: what it left running may keep its pipes open for ever. */
const QUIET_MS = 300;

/** Our end is a terminal, which takes everything at once: no data means that there is none. */
function copied(from: Readable, to: NodeJS.WritableStream, ended: Promise<unknown>): Promise<void> {
  from.pipe(to, { end: false });
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const done = () => {
      clearTimeout(timer);
      from.destroy();
      resolve();
    };
    from.once('close', done);
    void ended.then(() => {
      timer = setTimeout(done, QUIET_MS);
      from.on('data', () => timer?.refresh());
    });
  });
}

/** The command may end, or close its stdin, while somebody still types. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') throw error;
}
