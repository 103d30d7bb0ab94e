/**
 * The process that copies. A file system can be a program that never answers (FUSE), and whoever waits for it cannot always be
 * ended: so it is not Porthole that waits, but this process, which Porthole can leave behind. Told by one line, see job.ts.
 */
import { closeSync, constants, openSync, readlinkSync, readSync, writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { interrupt } from './contents.ts';
import { Copy } from './copy.ts';
import type { End } from './ends.ts';
import { ClosedPipeError, FileError, InterruptedError } from './failure.ts';
import { type Failure, type Ids, type Job, MESSAGES_FD, type Message, type Operand } from './job.ts';

const LINE_BYTES = 64 * 1024;
/** A directory can be full of what is not copied. */
const MOST_NOTES = 20;

if (isMainThread) await main();

async function main(): Promise<void> {
  const job = readJob();
  // Porthole has gone, or has nothing to ask for.
  if (job === undefined) return;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
  const rootFd = openSync(`/proc/${job.root.pid}/fd/${job.root.fd}`, 0o10000000 | constants.O_DIRECTORY);
  let notes = 0;
  const copy = copyFor(job, (text) => {
    notes += 1;
    if (notes <= MOST_NOTES) tell({ kind: 'note', text });
  });
  try {
    const done = await copy.run(endOf(job.from, rootFd), endOf(job.to, rootFd));
    if (notes > MOST_NOTES) tell({ kind: 'note', text: `${notes - MOST_NOTES} more like these` });
    tell({ kind: 'done', ...done });
  } catch (error) {
    tell(messageOf(error, copy.files));
  } finally {
    closeSync(rootFd);
  }
}

function copyFor(job: Job, note: (text: string) => void): Copy {
  let refused = 0;
  const into = job.to.where === 'container' ? 'container' : 'host';
  return new Copy({
    ...job,
    note,
    around: {
      creator: job.owner,
      onTemporary: (parentFd, name) => {
        const path = `${readlinkSync(`/proc/self/fd/${parentFd}`)}/${name.toString()}`;
        tell({ kind: 'temporary', where: into, path });
      },
      onPlaced: () => tell({ kind: 'placed' }),
      onOwnerRefused: (path, { uid, gid }: Ids, errno) => {
        refused += 1;
        if (refused === 1)
          tell({
            kind: 'note',
            text: `${path}: it does not belong to ${uid}:${gid}: ${errno}: needs CAP_CHOWN`,
          });
      },
    },
  });
}

function endOf(operand: Operand, rootFd: number): End {
  if (operand.where === 'stream') return 'stream';
  const { where, label } = operand;
  const path = Buffer.from(operand.path, 'base64');
  return { side: { where, label, ...(where === 'container' && { rootFd }) }, path };
}

function messageOf(error: unknown, files: number): Message {
  if (error instanceof ClosedPipeError) return { kind: 'closed-pipe' };
  const leftAs =
    files === 0
      ? 'nothing was written'
      : `${files} ${files === 1 ? 'file was' : 'files were'} copied before it`;
  if (error instanceof FileError) {
    const { step, path, errno, words } = error;
    return { kind: 'failed', failure: { step, path, errno, words, leftAs } satisfies Failure };
  }
  if (error instanceof InterruptedError)
    return { kind: 'failed', failure: { step: 'copy', path: '', errno: 'EINTR', words: '', leftAs } };
  const broken = error instanceof Error ? error : new Error(String(error));
  return { kind: 'broken', message: broken.message, stack: broken.stack ?? '' };
}

/** Undefined at the end of the socket. */
function readJob(): Job | undefined {
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = Buffer.alloc(LINE_BYTES);
    const got = readSync(MESSAGES_FD, piece);
    if (got === 0) return undefined;
    pieces.push(piece.subarray(0, got));
    if (piece[got - 1] === 0x0a) return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  }
}

function tell(message: Message): void {
  const line = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let written = 0; written < line.length; ) written += writeSync(MESSAGES_FD, line, written);
}
