/** The next state for each thing that happens: a frame, a key, the mouse, a resize, the clock. Pure; what must be done comes as effects. */
import type { Frame, ListWish } from '../src/live/feed.ts';
import type { Container } from '../src/model/host-model.ts';
import { runCommand } from './commands.ts';
import { formKey } from './forms.ts';
import type { Key } from './key.ts';
import { type Command, commandFor, keyLabel } from './keys.ts';
import { menuKey } from './menus.ts';
import { withInfo } from './message.ts';
import { promptKey } from './prompting.ts';
import { isListMissing, rowAnywhere, withRows, withTop } from './rows.ts';
import type { Size } from './screen-line.ts';
import {
  type DashboardState,
  type OpenFacts,
  type OwnCost,
  type Scope,
  screenOf,
  selectedLine,
  staleMs,
  viewOf,
} from './state.ts';
import { only, type Step } from './step.ts';
import { type Trouble, troublesOf } from './trouble.ts';
import type { ListLine } from './views/view.ts';

export function onKey(state: DashboardState, key: Key): Step {
  const clean = { ...state, message: undefined };
  if (key.isPasted === true) return pasted(clean, key);
  const screen = screenOf(state);
  const command = commandFor(key.name, screen);
  if (command !== undefined && ANYWHERE.has(command)) return runCommand(clean, command);
  if (state.prompt !== undefined) return only(promptKey(clean, state.prompt, key));
  if (state.menu !== undefined) return menuKey(clean, state.menu, key);
  if (state.form !== undefined) return formKey(clean, state.form, key);
  if (command !== undefined) return runCommand(clean, command);
  const where = WHERE.find(([each]) => commandFor(key.name, each) !== undefined)?.[1];
  return only(
    where === undefined
      ? state
      : withInfo(clean, `${keyLabel(key.name)} does nothing here: it works ${where}`),
  );
}

/** A `q` or a `y` in somebody's clipboard must not do what the keys do. */
function pasted(state: DashboardState, key: Key): Step {
  if (state.prompt !== undefined) return only(promptKey(state, state.prompt, key));
  if (state.form !== undefined && state.menu === undefined) return formKey(state, state.form, key);
  return only(withInfo(state, 'pasted text goes into search, filter and forms only'));
}

/** Neither a prompt nor a menu nor a form may stand in their way. */
const ANYWHERE: ReadonlySet<Command> = new Set(['quit', 'stop', 'redraw']);
const WHERE = [
  ['page', 'in lists and on pages'],
  ['list', 'in lists'],
] as const;

export function withFrame(state: DashboardState, frame: Frame, nowMs: number, own?: OwnCost): DashboardState {
  const before = selectedLine(state);
  state.history.add(frame);
  const next = withFreshFacts(
    withRows({
      ...withClock(state, nowMs),
      frame,
      troubles: troublesIn(frame, state),
      receivedAtMs: nowMs,
      own: own ?? state.own,
      scope: state.scope && followed(state.scope, frame),
    }),
  );
  const followedNext = withFollowed(next, state.frame);
  if (followedNext !== undefined) return followedNext;
  return before === undefined || before.key === next.selectedKey || isListMissing(next)
    ? next
    : withInfo(next, whereSelectionWent(before, next));
}

/**
 * A container that did not change, and was in no trouble, is in none: most of them, on most hosts. Troubles that are told in
 * the same words are the very same, and so is the map of all when all are.
 */
function troublesIn(
  { model }: Frame,
  { frame, troubles, history }: DashboardState,
): ReadonlyMap<string, readonly Trouble[]> {
  const { containers } = model;
  const before = frame?.model.containers ?? [];
  if (containers === before && troubles.size === 0) return troubles;
  const found = new Map<string, readonly Trouble[]>();
  let others: ReadonlySet<Container> | undefined;
  let isSame = true;
  for (let i = 0; i < containers.length; i += 1) {
    const container = containers[i];
    if (container === undefined) continue;
    const known = troubles.get(container.key);
    if (known === undefined && isOneOf(container, i)) continue;
    const now = troublesOf(container, history.past(container.key), model.takenAtMs);
    if (now.length === 0) continue;
    const isTold = known !== undefined && isSameTroubles(known, now);
    if (!isTold) isSame = false;
    found.set(container.key, isTold ? known : now);
  }
  return isSame && found.size === troubles.size ? troubles : found;

  function isOneOf(container: Container, index: number): boolean {
    if (before[index] === container) return true;
    if (before[index]?.key === container.key) return false;
    others ??= new Set(before);
    return others.has(container);
  }
}

function isSameTroubles(a: readonly Trouble[], b: readonly Trouble[]): boolean {
  return (
    a.length === b.length &&
    a.every(
      (each, i) => each.reason === b[i]?.reason && each.level === b[i]?.level && each.about === b[i]?.about,
    )
  );
}

function whereSelectionWent({ name, key }: ListLine, next: DashboardState): string {
  const now = selectedLine(next);
  const reason = rowAnywhere(next, key) === undefined ? goneWord(next) : 'no longer matches';
  return now === undefined ? `${name} ${reason}` : `${name} ${reason}; selected is now ${now.name}`;
}

/** What runs ends; what is only there is gone. */
function goneWord(state: DashboardState): string {
  const { id } = viewOf(state);
  return id === 'containers' || id === 'processes' || id === 'security' ? 'ended' : 'is gone';
}

/** Who is followed and was made anew under the same name is selected again. */
function withFollowed(next: DashboardState, earlier: Frame | undefined): DashboardState | undefined {
  const { follows, frame } = next;
  if (follows === undefined || frame === undefined) return undefined;
  const named = frame.model.containers.filter(({ name, state }) => name === follows && state !== 'exited');
  const newest = named.at(-1);
  if (newest === undefined) return undefined;
  if (next.scope?.endedAtMs !== undefined && next.scope.container.name === follows) {
    return withInfo(
      withRows({ ...next, scope: { container: newest, endedAtMs: undefined } }),
      `${follows} is back`,
    );
  }
  const isListed = next.rows.some(({ key }) => key === newest.key);
  // Who looks at another row meanwhile is left alone until it comes anew.
  const isNew = earlier?.model.containers.every(({ key }) => key !== newest.key) === true;
  if (!isListed || !isNew || named.some(({ key }) => key === next.selectedKey)) return undefined;
  return withInfo(withTop({ ...next, selectedKey: newest.key }), `${follows} is back`);
}

/** The open page shows the container's newest figures, or its last ones and when it was first missing. */
function followed(scope: Scope, frame: Frame): Scope {
  const container = frame.model.containers.find(({ key }) => key === scope.container.key);
  if (container !== undefined) return { container, endedAtMs: undefined };
  return { container: scope.container, endedAtMs: scope.endedAtMs ?? frame.model.takenAtMs };
}

/** The same for the facts of a row. */
function withFreshFacts(state: DashboardState): DashboardState {
  const { facts, frame } = state;
  if (facts === undefined || frame === undefined || isListMissing(state)) return state;
  const line = rowAnywhere(state, facts.line.key);
  const next: OpenFacts =
    line === undefined
      ? { line: facts.line, endedAtMs: facts.endedAtMs ?? frame.model.takenAtMs }
      : { line, endedAtMs: undefined };
  return { ...state, facts: next };
}

export function withClock(state: DashboardState, nowMs: number): DashboardState {
  const expired = state.message !== undefined && nowMs >= state.message.untilMs;
  return { ...state, nowMs, message: expired ? undefined : state.message };
}

/** Does the screen look different for the time alone that has passed? Mostly it does not, and nothing needs to be drawn. */
export function showsTime(before: DashboardState, after: DashboardState): boolean {
  return before.message !== after.message || staleMs(after) !== undefined;
}

export function withSize(state: DashboardState, size: Size): DashboardState {
  return withTop({ ...state, size });
}

/** What the sampler has to take for the screen as it is. */
export function wishOf(state: DashboardState): ListWish | undefined {
  const { needs: kind } = viewOf(state);
  if (kind === undefined) return undefined;
  return state.scope === undefined ? { kind } : { kind, container: state.scope.container.key };
}
