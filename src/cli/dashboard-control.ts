/** Freezing, thawing and signalling from the dashboard: as the commands do it, with one line to say what came of it. */
import { COLLECTORS } from '../../collectors/index.ts';
import type { Action, FormContents, Refusal } from '../../tui/actions.ts';
import { plannedMove } from '../actions/cgroup/move.ts';
import { callOffThaws, type FrozenFor, freezeFor } from '../actions/freeze/for-a-while.ts';
import { type Frozen, freeze, thaw } from '../actions/freeze/freeze.ts';
import {
  type PreparedFreeze,
  type PrepareOptions,
  prepareFreeze,
  sharedPlace,
} from '../actions/freeze/prepare.ts';
import { kill } from '../actions/kill/kill.ts';
import { prepareKill } from '../actions/kill/prepare.ts';
import type { ActionRefusal } from '../actions/refusal.ts';
import { signalNumber } from '../kernel/tables/signals.ts';
import type { Container } from '../model/host-model.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { type FreezeAction, freezeAfterMove, freezeForTime } from './dashboard-freeze.ts';
import { isSignal, timedEnd } from './dashboard-signals.ts';
import { durationMs } from './duration.ts';
import { frozenReport, thawedReport } from './freeze-report.ts';
import { killedLines, notesOf } from './kill-report.ts';

const FREEZE_MS = 10_000;

const TIMES: Readonly<Record<string, FormContents['options'][number]>> = {
  'freeze-for': {
    key: 'for',
    label: 'thaws by itself after',
    hint: '250ms, 30s, 10m, 2h; also when Porthole is killed',
    text: '30s',
  },
  'signal-wait': {
    key: 'wait',
    label: 'SIGKILL after',
    hint: 'SIGTERM now, SIGKILL to all of it when it has not ended by then: 10s, 1m',
    text: '10s',
  },
};

/** The form of an action that only asks for a time. */
export function timeForm(id: string): FormContents {
  const option = TIMES[id];
  if (option === undefined) throw new Error(`${id} has no form`);
  return { fields: [], options: [option], presets: [], copies: false };
}

/** With the time that was typed. @throws commander's InvalidArgumentError */
export function planTimed(
  action: Action,
  container: Container,
  values: ReadonlyMap<string, string>,
): Action | Refusal {
  const [time = ''] = values.values();
  const ms = durationMs(time);
  return action.id === 'signal-wait'
    ? timedEnd(action, container, time, ms)
    : freezeForTime(action, container, time, ms);
}

/** What a freeze would do that makes a cgroup first. @throws what `plannedMove` throws */
export function planMove(
  files: KernelFiles,
  action: Action,
  container: Container,
  { why }: ActionRefusal,
): Action | Refusal {
  const place = sharedPlace(hierarchiesOf(files), container);
  if (place === undefined) return { refused: 'it has a cgroup of its own by now' };
  const move = plannedMove(files, container, place);
  return freezeAfterMove(action, container, why, { from: place.path, ...move });
}

/** @throws what `freeze` and `prepareFreeze` throw */
export function freezeIn(files: KernelFiles, action: FreezeAction, container: Container): Promise<string> {
  const { forMs, move = false } = action;
  return withFreezer(files, container, 'freeze', { move }, async (prepared) => {
    const frozen = await frozenFor(files, prepared, forMs);
    const ours = 'watchdog' in frozen ? frozen.watchdog : undefined;
    callOffThaws(files, prepared, ours);
    return frozenReport({ files, container, prepared }, frozen).lines;
  });
}

function frozenFor(
  files: KernelFiles,
  prepared: PreparedFreeze,
  forMs: number | undefined,
): Promise<Frozen | FrozenFor> {
  const options = { timeoutMs: FREEZE_MS };
  return forMs === undefined
    ? freeze(files, prepared, options)
    : freezeFor(files, prepared, { ...options, forMs });
}

/** @throws what `thaw` and `prepareFreeze` throw */
export function thawIn(files: KernelFiles, container: Container): Promise<string> {
  return withFreezer(files, container, 'thaw', {}, async (prepared) => {
    const thawed = await thaw(prepared);
    const calledOff = callOffThaws(files, prepared);
    return thawedReport({ files, container, prepared }, thawed, calledOff).lines;
  });
}

async function withFreezer(
  files: KernelFiles,
  container: Container,
  operation: string,
  options: PrepareOptions,
  act: (prepared: PreparedFreeze) => Promise<readonly string[]>,
): Promise<string> {
  const prepared = prepareFreeze(files, hierarchiesOf(files), operation, container, options);
  try {
    return (await act(prepared)).join('; ');
  } finally {
    prepared.close();
  }
}

/** @throws what `kill` and `prepareKill` throw */
export async function signalTo(files: KernelFiles, action: Action, container: Container): Promise<string> {
  if (!isSignal(action)) throw new Error(`there is no action ${action.id}`);
  const { signal: name, all, waitMs } = action;
  const signal = signalNumber(name);
  if (signal === undefined) throw new Error(`there is no signal ${name}`);
  const prepared = prepareKill(files, hierarchiesOf(files), container);
  try {
    const killed = await kill(files, prepared, { signal, all, ...(waitMs !== undefined && { waitMs }) });
    const lines = killedLines(container.name, `pid ${container.initPid}`, all, killed);
    return [...lines, ...notesOf(container, killed, signal)].join('; ');
  } finally {
    prepared.close();
  }
}

function hierarchiesOf(files: KernelFiles) {
  return COLLECTORS.host.collect(files, undefined).hierarchies;
}
