/** The menu of signals, as htop's: which ones, to whom, and how long they are waited for. */
import type { Action, Answer } from '../../tui/actions.ts';
import type { Container } from '../model/host-model.ts';
import { shellWord } from '../model/shell-word.ts';
import { counted } from './counted.ts';

/** What a signal of the menu is, for who sends it. */
export interface SignalAction extends Action {
  readonly signal: string;
  /** To every process of it, not to its init alone. */
  readonly all: boolean;
  /** For its end; then SIGKILL goes to all of it. */
  readonly waitMs?: number;
}

export function isSignal(action: Action): action is SignalAction {
  return 'signal' in action && 'all' in action;
}

/** As htop offers them, those that are sent to containers first. KILL goes to all of it: its init alone would not do. */
const SIGNALS = ['KILL', 'HUP', 'INT', 'QUIT', 'USR1', 'USR2', 'WINCH', 'STOP', 'CONT'];

export function signalsOf(container: Container, target: string): Action {
  const { name } = container;
  return {
    id: 'signals',
    label: 'signal',
    command: `porthole kill ${target} -s SIGNAL`,
    first: {
      kind: 'choose',
      title: `Signal to ${name}`,
      from: [
        signalAction(container, target, 'TERM'),
        endAction(container, target),
        ...SIGNALS.map((signal) => signalAction(container, target, signal)),
      ],
    },
  };
}

function signalAction({ initPid, pids, name }: Container, target: string, signal: string): SignalAction {
  const toAll: SignalAction = {
    id: `signal-${signal}-all`,
    label: `signal ${signal} to all`,
    does: `send SIG${signal} to all of ${name}`,
    question: [`SIG${signal} to all of it, ${counted(pids.length)} now`],
    command: `porthole kill ${target} -s ${signal} --all`,
    signal,
    all: true,
  };
  if (signal === 'KILL') return { ...toAll, id: 'signal-KILL', label: 'SIGKILL' };
  return {
    id: `signal-${signal}`,
    label: `SIG${signal}`,
    does: `send SIG${signal} to ${name}`,
    question: [`SIG${signal} to its init, pid ${initPid}`],
    answers: [allAnswer(toAll, pids.length)],
    command: `porthole kill ${target} -s ${signal}`,
    signal,
    all: false,
  };
}

function allAnswer(action: SignalAction, processes: number): Answer {
  return {
    key: 'a',
    label: 'All',
    detail: `to every process of it, ${counted(processes)} now: ${action.command}`,
    action,
  };
}

/** Asks in a form how long. */
function endAction({ name }: Container, target: string): Action {
  return {
    id: 'signal-wait',
    label: 'SIGTERM, then SIGKILL',
    does: `end ${name}`,
    command: `porthole kill ${target} --wait TIME`,
    first: { kind: 'form', title: `end ${name}` },
  };
}

/** @param time as it was typed */
export function timedEnd(
  { id, label }: Action,
  { pids, initPid, name }: Container,
  time: string,
  waitMs: number,
): SignalAction {
  const command = `porthole kill ${shellWord(name)}`;
  const toInit: SignalAction = {
    id,
    label,
    does: `end ${name}`,
    question: [
      `SIGTERM to its init, pid ${initPid}`,
      `SIGKILL to all of it, ${counted(pids.length)} now, when it has not ended ${time} later`,
    ],
    command: `${command} --wait ${shellWord(time)}`,
    signal: 'TERM',
    all: false,
    waitMs,
  };
  const toAll = { ...toInit, command: `${command} --all --wait ${shellWord(time)}`, all: true };
  return { ...toInit, answers: [allAnswer(toAll, pids.length)] };
}
