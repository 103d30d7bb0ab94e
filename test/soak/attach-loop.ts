/**
 * Attaches again and again to one container, in this very process: `attach-loop.mjs PID COUNT`. Every end, every byte of
 * output and everything that stays is looked at; one JSON document says how it went.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PreparedAttach, prepareAttach } from '../../src/actions/attach/attach.ts';
import type { AttachOptions } from '../../src/actions/attach/options.ts';
import { findTarget } from '../../src/live/find-target.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';

export interface Looped {
  readonly attaches: number;
  /** The first of them. */
  readonly failures: readonly string[];
  /** Of each that did not fail, in the order in which they ended. */
  readonly msEach: readonly number[];
  readonly before: Left;
  readonly after: Left;
}

export interface Left {
  readonly descriptors: number;
  /** Dead ones too. */
  readonly children: number;
}

/** One in so many turns is a handful at once. */
const TURN = 10;
const AT_ONCE = 6;
const HANGS_AFTER_MS = 60_000;
const MOST_FAILURES = 5;
const WARM_UP = 20;

const [pid = '', count = '0'] = process.argv.slice(2);
const files = new KernelFiles();
const { container, host } = await findTarget(files, pid);

interface Try {
  readonly command: readonly string[];
  readonly status: number;
  readonly output?: string;
}

function tryOf(number: number): Try {
  const status = number % 256;
  if (number % 3 === 0) return { command: ['true'], status: 0 };
  if (number % 3 === 1) return { command: ['sh', '-c', `exit ${status}`], status };
  return { command: ['echo', String(number)], status: 0, output: `${number}\n` };
}

async function attach(number: number): Promise<number> {
  const started = performance.now();
  const { command, status, output } = tryOf(number);
  const options: AttachOptions = { command };
  const prepared = prepareAttach(files, host.hierarchies, container, options);
  try {
    const got = await Promise.race([endOf(prepared, output !== undefined), hang(number)]);
    if (got.status !== status || (output !== undefined && got.output !== output))
      throw new Error(`${command.join(' ')}: ${JSON.stringify(got)}`);
    return performance.now() - started;
  } finally {
    prepared.close();
  }
}

async function endOf(
  prepared: PreparedAttach,
  isRead: boolean,
): Promise<{ status: number; output?: string }> {
  const { child, ended } = await prepared.start(['ignore', isRead ? 'pipe' : 'ignore', 'ignore']);
  if (child.stdout === null) return { status: await ended };
  const [status, output] = await Promise.all([ended, text(child.stdout)]);
  return { status, output };
}

async function hang(number: number): Promise<never> {
  await sleep(HANGS_AFTER_MS, undefined, { ref: false });
  throw new Error(`attach ${number} hangs`);
}

function left(): Left {
  const { pid: own } = process;
  const children = readdirSync(`/proc/${own}/task`)
    .flatMap((tid) => readFileSync(`/proc/${own}/task/${tid}/children`, 'latin1').trim().split(' '))
    .filter((each) => each !== '');
  return { descriptors: readdirSync('/proc/self/fd').length, children: children.length };
}

async function loop(wanted: number): Promise<Looped> {
  for (let i = 0; i < WARM_UP; i += 1) await attach(i);
  const before = left();
  const failures: string[] = [];
  const msEach: number[] = [];
  let attaches = 0;
  for (let turn = 0; attaches < wanted && failures.length < MOST_FAILURES; turn += 1) {
    const atOnce = Math.min(turn % TURN === 0 ? AT_ONCE : 1, wanted - attaches);
    const ends = await Promise.allSettled(Array.from({ length: atOnce }, (_, i) => attach(attaches + i)));
    for (const end of ends) {
      if (end.status === 'fulfilled') msEach.push(end.value);
      else failures.push(end.reason instanceof Error ? end.reason.message : String(end.reason));
    }
    attaches += atOnce;
  }
  return { attaches, failures, msEach, before, after: left() };
}

process.stdout.write(`${JSON.stringify(await loop(Number(count)))}\n`);
// What hangs must not keep this from ending.
process.exit();
