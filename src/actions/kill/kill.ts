/**
 * Ending a container, or telling it something: its init or all of its processes, frozen ones included, and none that is born
 * meanwhile escapes. Every process is held by pidfd when it is signalled.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ActionError } from '../../kernel/errors.ts';
import { signalName } from '../../kernel/tables/signals.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { readable } from '../../sys/poll.ts';
import { unlessGone } from '../cgroup/gone.ts';
import { listed, statOf } from '../cgroup/members.ts';
import type { HeldFreezer } from '../freeze/prepare.ts';
import { wishesAbove } from '../freeze/wishes.ts';
import type { PreparedKill } from './prepare.ts';
import { isDropped, SIGKILL, SIGTERM, sendTo } from './signals.ts';
import { stoppedWhile } from './stopped.ts';

export interface KillOptions {
  readonly signal: number;
  /** Every process of it and of what is nested in it, not its init alone. */
  readonly all: boolean;
  /** How long it may take to end; then all of it gets SIGKILL. Undefined: it is not waited for. */
  readonly waitMs?: number;
}

export interface Sent {
  readonly signal: string;
  /** `cgroup.kill`: the kernel signals whatever is in the cgroup, and what is forked meanwhile. */
  readonly method: 'pidfd' | 'cgroup.kill';
  readonly pids: readonly number[];
}

export interface Killed {
  /** One, or two when SIGKILL came after the first. */
  readonly sent: readonly Sent[];
  /** Its init has no handler for the signal, and the kernel keeps it from the default action. */
  readonly isDropped: boolean;
  /** It was frozen, and has been thawed so that it can end. */
  readonly wasThawed: boolean;
  /** It is frozen still: what was sent waits. */
  readonly isFrozen: boolean;
  /** Undefined when it was not waited for. */
  readonly hasEnded?: boolean;
  readonly tookMs: number;
}

/** After SIGKILL nothing but the kernel itself keeps a process. */
const LAST_WAIT_MS = 10_000;

/**
 * @throws {ActionError} it has not ended though it was waited for
 * @throws {AccessDeniedError}
 */
export async function kill(
  files: KernelFiles,
  prepared: PreparedKill,
  options: KillOptions,
): Promise<Killed> {
  const started = performance.now();
  const { signal, waitMs } = options;
  const dropped = !options.all && prepared.isNamespaceInit && isDropped(files, prepared.init.pid, signal);
  const sent = [await send(files, prepared, options)];
  const isEnding = signal === SIGKILL || signal === SIGTERM || waitMs !== undefined;
  let wasThawed = isEnding && thawOwn(prepared.freezers);
  if (waitMs !== undefined && !(await ends(prepared, waitMs))) {
    sent.push(await send(files, prepared, { signal: SIGKILL, all: true }));
    wasThawed = thawOwn(prepared.freezers) || wasThawed;
    await ends(prepared, LAST_WAIT_MS);
  }
  const left = waitMs === undefined ? [] : prepared.prey.pids();
  if (left.length > 0) throw notEnded(files, prepared, left);
  return {
    sent,
    isDropped: dropped,
    wasThawed,
    isFrozen: prepared.freezers.some(({ freezer }) => unlessGone(false, () => freezer.state() !== 'thawed')),
    ...(waitMs !== undefined && { hasEnded: true }),
    tookMs: performance.now() - started,
  };
}

/** Who would get it. */
export function targetsOf({ init, prey }: PreparedKill, { all }: Pick<KillOptions, 'all'>): number[] {
  return all ? prey.pids() : [init.pid];
}

async function send(files: KernelFiles, prepared: PreparedKill, { signal, all }: KillOptions): Promise<Sent> {
  const { init, prey, freezers } = prepared;
  const name = signalName(signal);
  if (!all) {
    init.signal(signal);
    return { signal: name, method: 'pidfd', pids: [init.pid] };
  }
  const unified = signal === SIGKILL ? freezers.find(canKill) : undefined;
  if (unified !== undefined) {
    const pids = prey.pids();
    unified.cgroup.write('cgroup.kill', '1');
    return { signal: name, method: 'cgroup.kill', pids };
  }
  const pids = await stoppedWhile(files, prepared, (alive) =>
    alive.filter((pid) => sendTo(prey, pid, signal)),
  );
  return { signal: name, method: 'pidfd', pids };
}

/** Since Linux 5.14. On a hybrid host its v1 cgroup can hold more than its v2 one. */
function canKill({ cgroup }: HeldFreezer, _index: number, all: readonly HeldFreezer[]): boolean {
  return all.length === 1 && cgroup.hierarchy.version === 2 && cgroup.has('cgroup.kill');
}

/** Its own wish only: whoever froze a cgroup above it has to thaw that. */
function thawOwn(freezers: readonly HeldFreezer[]): boolean {
  const thawed = freezers.filter(({ freezer }) =>
    unlessGone(false, () => {
      if (!freezer.isWished()) return false;
      freezer.wish(false);
      return true;
    }),
  );
  return thawed.length > 0;
}

const LOOK_AGAIN_MS = 20;

/** False when some of it had not ended by then. */
async function ends({ init, prey }: PreparedKill, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const leftMs = Math.max(0, Math.ceil(deadline - performance.now()));
    const pauseMs = Math.min(leftMs, LOOK_AGAIN_MS);
    // Of the others no event tells once it has ended.
    const hasInitEnded = await readable(init.fd, pauseMs);
    if (hasInitEnded && prey.pids().length === 0) return true;
    if (leftMs === 0) return false;
    if (hasInitEnded) await sleep(pauseMs);
  }
}

function notEnded(files: KernelFiles, { name, freezers }: PreparedKill, left: readonly number[]): Error {
  const above = freezers.flatMap(({ cgroup }) => wishesAbove(cgroup)).at(-1);
  const who = listed(left.map((pid) => ({ pid, comm: statOf(files, pid)?.comm ?? '?' })));
  const why =
    above === undefined ? '' : `; ${above}, a cgroup above it, is frozen: they end when that is thawed`;
  return new ActionError(
    'kill',
    'wait for its end',
    name,
    'ETIME',
    `SIGKILL was sent, and there are still ${who}${why}`,
  );
}
