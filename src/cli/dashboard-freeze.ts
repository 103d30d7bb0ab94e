/** What the menu says of freezing and thawing, and what is asked before. Pure. */
import type { Action } from '../../tui/actions.ts';
import type { Container } from '../model/host-model.ts';
import { shellWord } from '../model/shell-word.ts';
import { counted } from './counted.ts';

/** What was planned is in the action itself. */
export interface FreezeAction extends Action {
  readonly forMs?: number;
  readonly move?: boolean;
}

export function freezeActions(container: Container, target: string): Action[] {
  const { name } = container;
  return [
    {
      id: 'freeze',
      label: 'freeze',
      question: questionOf(container, 'until it is thawed'),
      command: `porthole freeze ${target}`,
    },
    {
      id: 'freeze-for',
      label: 'freeze for a time',
      command: `porthole freeze ${target} --for TIME`,
      first: { kind: 'form', title: `freeze ${name} for a time` },
    },
  ];
}

function questionOf({ pids, cgroup }: Container, until: string): string[] {
  const path = cgroup.paths['freezer'] ?? cgroup.paths[''] ?? '/';
  return [
    `${counted(pids.length)} ${pids.length === 1 ? 'stops' : 'stop'} ${until}: nothing in it runs, and connections to it may break`,
    `by the freezer of ${path}`,
  ];
}

/** @param time as it was typed */
export function freezeForTime(
  action: Action,
  container: Container,
  time: string,
  forMs: number,
): FreezeAction {
  return {
    ...action,
    does: `freeze ${container.name} for ${time}`,
    question: questionOf(container, `for ${time}, or until it is thawed`),
    command: `porthole freeze ${shellWord(container.name)} --for ${shellWord(time)}`,
    forMs,
  };
}

/** @param why it cannot be done without the move */
export function freezeAfterMove(
  action: Action,
  { name }: Container,
  why: string,
  { from, path, pids }: { readonly from: string; readonly path: string; readonly pids: readonly number[] },
): FreezeAction {
  return {
    ...action,
    does: `move and ${action.does ?? `freeze ${name}`}`,
    question: [
      why,
      `${counted(pids.length)} would be moved from ${from} to ${path}, a cgroup made for it, and stop there`,
    ],
    command: `${action.command} --move`,
    move: true,
  };
}

export function thawAction({ pids, frozenBy }: Container, target: string): Action {
  return {
    id: 'thaw',
    label: 'thaw',
    question: [
      `${counted(pids.length)} ${pids.length === 1 ? 'goes' : 'go'} on`,
      ...(frozenBy === undefined ? [] : [`but for what ${frozenBy}, a cgroup above it, keeps frozen`]),
    ],
    command: `porthole thaw ${target}`,
  };
}
