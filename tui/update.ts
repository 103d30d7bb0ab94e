/** The next state for each thing that happens: a frame, a key, a resize, the clock. Pure; what must be done comes as effects. */
import type { Frame } from '../src/live/feed.ts';
import { runCommand } from './commands.ts';
import type { Key } from './key.ts';
import { commandFor } from './keys.ts';
import { withInfo } from './message.ts';
import { promptKey } from './prompting.ts';
import { withRows, withTop } from './rows.ts';
import type { Size } from './screen-line.ts';
import { type DashboardState, type OpenDetail, selectedContainer } from './state.ts';
import { only, type Step } from './step.ts';

export function onKey(state: DashboardState, key: Key): Step {
  const clean = { ...state, message: undefined };
  if (key.name === 'C-c') return { state: clean, effects: [{ kind: 'quit' }] };
  if (state.prompt !== undefined) return only(promptKey(clean, state.prompt, key));
  const command = commandFor(key.name, state.screen);
  return command === undefined ? only(state) : runCommand(clean, command);
}

export function withFrame(state: DashboardState, frame: Frame, nowMs: number): DashboardState {
  const before = selectedContainer(state);
  const detail = state.detail === undefined ? undefined : followed(state.detail, frame);
  const next = withRows({
    ...withClock(state, nowMs),
    frame,
    receivedAtMs: nowMs,
    costRatio: costRatio(state.frame, frame),
    detail,
  });
  if (before === undefined || next.selectedKey === before.key) return next;
  return withInfo(next, whereSelectionWent(before.name, before.key, next, frame));
}

function whereSelectionWent(name: string, key: string, next: DashboardState, frame: Frame): string {
  const ended = !frame.model.containers.some((container) => container.key === key);
  const now = selectedContainer(next);
  const reason = ended ? 'ended' : 'no longer matches';
  return now === undefined ? `${name} ${reason}` : `${name} ${reason}; selected is now ${now.name}`;
}

/** The open detail screen shows the container's newest figures, or its last ones and when it was first missing. */
function followed(detail: OpenDetail, frame: Frame): OpenDetail {
  const container = frame.model.containers.find(({ key }) => key === detail.container.key);
  if (container !== undefined) return { container, endedAtMs: undefined };
  return { container: detail.container, endedAtMs: detail.endedAtMs ?? frame.model.takenAtMs };
}

/** CPU that sampling took since the frame before, as a share of one core. */
function costRatio(before: Frame | undefined, frame: Frame): number | undefined {
  if (before === undefined) return undefined;
  const elapsedMs = frame.model.takenAtMs - before.model.takenAtMs;
  return elapsedMs > 0 ? frame.cost.cpuMs / elapsedMs : undefined;
}

export function withClock(state: DashboardState, nowMs: number): DashboardState {
  const expired = state.message !== undefined && nowMs >= state.message.untilMs;
  return { ...state, nowMs, message: expired ? undefined : state.message };
}

export function withSize(state: DashboardState, size: Size): DashboardState {
  return withTop({ ...state, size });
}
