/**
 * `freezer.state` (v1): one word. FREEZING lasts until every task has stopped. v2 says it in `cgroup.events`.
 * @see Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst
 */
import { KernelParseError } from '../errors.ts';
import { onlyLine } from '../proc/lines.ts';

export type FreezerState = 'THAWED' | 'FREEZING' | 'FROZEN';

/** @throws {KernelParseError} on another word */
export function parseFreezerState(text: string): FreezerState {
  const state = onlyLine(text, 'freezer.state');
  if (state === 'THAWED' || state === 'FREEZING' || state === 'FROZEN') return state;
  throw new KernelParseError('freezer.state', 'unknown state', state);
}
