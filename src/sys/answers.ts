/** Whether a directory answers at all: on a dead FUSE or NFS whoever asks waits, and not even a signal ends that. */
import type { GuardedLane } from './guarded-lane.ts';
import { nativeLane } from './guarded-native.ts';
import { ThreadLane } from './guarded-thread.ts';

/** A busy server is slow, a dead one never answers. */
const PATIENCE_MS = 2000;

/** Their helpers may still write into their memory. */
const stuck: GuardedLane[] = [];

/**
 * Asked by somebody else, who is left behind when it does not; an error is an answer too. It has descriptors of its own: one of
 * ours is below /proc/PID/fd for it, and not below /proc/self.
 */
export function answers(directory: string, patienceMs = PATIENCE_MS): boolean {
  const lane: GuardedLane = nativeLane() ?? new ThreadLane();
  // Opened and not read: a directory says EISDIR to that.
  const request = { path: `${directory}/.`, capBytes: 1, starttimeTicks: 0 };
  const hasAnswered = lane.read([request], 0, patienceMs, () => undefined) === 1;
  if (hasAnswered) lane.close();
  else stuck.push(lane);
  return hasAnswered;
}
