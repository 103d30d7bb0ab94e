/**
 * Starts a program in a process of its own and tells how it went. The stub's descriptors: 0 to 2 as given, 3 the status
 * socket, from 4 on what the program was promised (`descriptors`). All are open in the stub without close-on-exec: a program
 * closes what its command must not have (`close_range`), and marks the status descriptor close-on-exec, so that its end says
 * that the command runs.
 */
import { readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { errnoName } from '../kernel/tables/errno.ts';
import { closeDescriptor, SyscallError } from '../sys/koffi.ts';
import { waitReadable } from '../sys/poll.ts';
import { sealedMemfd } from '../sys/sealed-memfd.ts';
import { unnamedFile } from '../sys/unnamed-file.ts';
import { Child, type Stdio } from './child.ts';
import { type Ending, type Started, StepError } from './ending.ts';
import { image } from './image.ts';
import { parseMessages } from './messages.ts';
import { FIRST_PASSED_FD, type Program } from './program.ts';

export interface LaunchOptions {
  /** For error messages: what is acted on, and what state a failure leaves it in. */
  readonly target: string;
  readonly leftAs: string;
  readonly stdio: readonly [Stdio, Stdio, Stdio];
  /** Become descriptors 4, 5, ... of the program; stay open here. */
  readonly descriptors?: readonly number[];
  /** What `ps` shows while the program runs. */
  readonly argv0?: string;
  /** What `report` steps tell, as they come. */
  readonly onReport?: (label: string, value: number) => void;
  /**
   * It runs its command, or closes the status socket, at once, and waits for nobody before: that is awaited without Node's sockets,
   * which take longer to load.
   */
  readonly isQuick?: boolean;
  /** Only from files, as where the kernel runs nothing from memory. */
  readonly onlyFromDisk?: boolean;
}

export interface Launched {
  readonly pid: number;
  /** stdin, stdout and stderr where they are pipes. */
  readonly child: Child;
  /** When the program has run its command, or has ended without one, or a step has failed. Never rejects. */
  readonly started: Promise<Started>;
  /** When the first of its processes has ended and been waited for. Never rejects. */
  readonly ended: Promise<Ending>;
  /** What a `waitForParent` step waits for. */
  go(): void;
}

/** @throws {StepError} when no process could be started, step `start` */
export async function launch(program: Program, options: LaunchOptions): Promise<Launched> {
  const bytes = image(program);
  const lowestFd = FIRST_PASSED_FD + (options.descriptors?.length ?? 0);
  let refusal: unknown;
  for (const source of sources(options.onlyFromDisk === true)) {
    try {
      const fd = source(bytes, lowestFd);
      try {
        return start(program, options, { file: `/proc/self/fd/${fd}`, fileFd: fd });
      } finally {
        closeDescriptor(fd);
      }
    } catch (error) {
      refusal ??= error;
      if (!isRefusal(error)) break;
    }
  }
  throw new StepError(program.name, 'start', options.target, codeOf(refusal), options.leftAs, '', {
    cause: refusal,
  });
}

type Source = (bytes: Uint8Array, lowestFd: number) => number;

const sealed: Source = (bytes, lowestFd) => sealedMemfd('porthole-launch', bytes, lowestFd);

/** Where files may be run from, the best place first; any of them may be mounted noexec. */
function* sources(onlyFromDisk: boolean): Generator<Source> {
  if (!onlyFromDisk) yield sealed;
  const ours = process.env['XDG_RUNTIME_DIR'];
  for (const parent of [...(ours?.startsWith('/') ? [ours] : []), tmpdir(), '/var/tmp'])
    yield (bytes, lowestFd) => unnamedFile(parent, bytes, lowestFd);
}

/** A policy or a mount option against it, or a place that is not there: another one may do. */
function isRefusal(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'ENOSYS', 'ENOENT', 'EROFS', 'ENOSPC', 'ETXTBSY'].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  if (error instanceof SyscallError) return error.code;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  throw error;
}

/**
 * Starts the image that is `file`, or with `argv` a command that runs it, as an emulator of its processor does.
 * @throws {SyscallError} when it cannot be run
 */
export function start(
  program: Program,
  options: LaunchOptions,
  image: { readonly file: string; readonly fileFd?: number; readonly argv?: readonly string[] },
): Launched {
  const { stdio, descriptors = [], argv0 = 'porthole-launch' } = options;
  const child = new Child({ argv: [argv0], ...image, stdio, descriptors });
  const { pid, ended } = child;
  const said = options.isQuick === true ? saidSoon(child.statusFd) : NOTHING_YET;
  if (said.isWhole) closeDescriptor(child.statusFd);
  const started = listen(program, options, said, child);
  return { pid, child, started, ended, go: () => void (said.isWhole || child.status.write(Buffer.of(1))) };
}

/** What was read of the status socket, and whether that was to its end. */
interface Said {
  readonly bytes: Buffer;
  readonly isWhole: boolean;
}

const NOTHING_YET: Said = { bytes: Buffer.alloc(0), isWhole: false };
/** A program takes three milliseconds. Nothing else is done in this thread meanwhile. */
const SOON_MS = 20;

function saidSoon(fd: number): Said {
  const bytes = Buffer.alloc(4096);
  const until = performance.now() + SOON_MS;
  let length = 0;
  for (;;) {
    const leftMs = Math.ceil(until - performance.now());
    if (leftMs <= 0 || length === bytes.length) break;
    if (waitReadable([fd], leftMs)[0] !== true) continue;
    const read = readOrEnd(fd, bytes.subarray(length));
    length += read;
    if (read === 0) return { bytes: bytes.subarray(0, length), isWhole: true };
  }
  return { bytes: bytes.subarray(0, length), isWhole: false };
}

function readOrEnd(fd: number, into: Buffer): number {
  try {
    return readSync(fd, into);
  } catch (error) {
    if (codeOf(error) === 'ECONNRESET') return 0;
    throw error;
  }
}

/** Reads the status socket to its end. What was said first counts: a process that fails can make others fail. */
function listen(program: Program, options: LaunchOptions, said: Said, child: Child): Promise<Started> {
  return new Promise((resolve) => {
    let unread = said.bytes;
    let failure: StepError | undefined;
    const hear = (bytes: Buffer) => {
      const { messages, rest } = parseMessages(Buffer.concat([unread, bytes]));
      unread = rest;
      for (const message of messages) {
        const label = program.operations[message.step]?.label ?? `step ${message.step}`;
        if (message.what === 'reported') options.onReport?.(label, message.value);
        else failure ??= failureAt(program, options, message.step, message.errno);
      }
    };
    const end = () => resolve(failure === undefined ? { ok: true } : { ok: false, error: failure });
    // Who asked has what `launch` gives, before it hears anything.
    setImmediate(() => {
      hear(Buffer.alloc(0));
      if (said.isWhole) end();
    });
    if (said.isWhole) return;
    const { status } = child;
    status.on('data', hear);
    status.on('error', (error) => {
      // It ended with our go unread. That, too, is the end.
      if (!['ECONNRESET', 'EPIPE'].includes(codeOf(error))) throw error;
    });
    status.once('close', end);
  });
}

function failureAt(program: Program, options: LaunchOptions, step: number, errno: number): StepError {
  const operation = program.operations[step];
  const label = operation?.label ?? `step ${step}`;
  const syscall = operation?.kind === 'call' ? operation.syscall.name : '';
  return new StepError(program.name, label, options.target, errnoName(errno), options.leftAs, syscall);
}
