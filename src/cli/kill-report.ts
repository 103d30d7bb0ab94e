/** What `porthole kill` and the dashboard say of a signal that was sent. */
import type { Killed } from '../actions/kill/kill.ts';
import { signalName } from '../kernel/tables/signals.ts';
import type { ContainerTarget } from '../model/host-model.ts';
import { counted } from './counted.ts';
import { durationText } from './duration.ts';

/** `init` is what its init was called, with its pid. */
export function killedLines(name: string, init: string, all: boolean, killed: Killed): string[] {
  const [first, second] = killed.sent;
  const took = durationText(killed.tookMs);
  const whom = all ? `${counted(first?.pids.length ?? 0)} of ${name}` : `init of ${name}, ${init}`;
  const how = first?.method === 'cgroup.kill' ? ' by cgroup.kill' : '';
  return [
    `${first?.signal} sent to ${whom}${how}${killed.wasThawed ? ', which was frozen and has been thawed' : ''}`,
    ...(second === undefined
      ? []
      : [`it had not ended in time: ${second.signal} sent to ${counted(second.pids.length)}`]),
    ...(killed.hasEnded === true ? [`${name} has ended after ${took}`] : []),
  ];
}

/** What the user may not expect. */
export function notesOf(
  { name }: ContainerTarget,
  { isDropped, isFrozen }: Killed,
  signal: number,
): string[] {
  const sent = signalName(signal);
  return [
    ...(isDropped
      ? [
          `the kernel drops ${sent} here: init of ${name} has no handler for it, and is pid 1 of its namespace; --wait or -s KILL ends it`,
        ]
      : []),
    ...(isFrozen ? [`${name} is frozen: ${sent} waits until it is thawed`] : []),
  ];
}
