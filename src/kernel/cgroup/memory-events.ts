/**
 * How often a cgroup met its memory limits. v2 `memory.events` (hierarchical) and `memory.events.local`; v1
 * `memory.oom_control`, two flags and a counter.
 * @see Documentation/admin-guide/cgroup-v2.rst, Documentation/admin-guide/cgroup-v1/memory.rst section 10
 */
import { parseFlatKeyed, requiredInteger } from './flat-keyed.ts';

export interface MemoryEvents {
  low: number;
  high: number;
  /** Times memory.max was about to be exceeded; not a kill. */
  max: number;
  oom: number;
  /** Processes killed. */
  oomKill: number;
  /** Since Linux 5.17. */
  oomGroupKill?: number;
}

export interface OomControlV1 {
  /** Processes wait at the limit instead of being killed. */
  oomKillDisable: boolean;
  underOom: boolean;
  /** Since Linux 4.13. */
  oomKill?: number;
}

const EVENTS = 'memory.events';
const OOM_CONTROL = 'memory.oom_control';

/** Unknown keys are skipped. @throws {KernelParseError} when one of the first five is missing or malformed */
export function parseMemoryEvents(text: string): MemoryEvents {
  const values = parseFlatKeyed(text, EVENTS);
  const events: MemoryEvents = {
    low: requiredInteger(values, 'low', EVENTS),
    high: requiredInteger(values, 'high', EVENTS),
    max: requiredInteger(values, 'max', EVENTS),
    oom: requiredInteger(values, 'oom', EVENTS),
    oomKill: requiredInteger(values, 'oom_kill', EVENTS),
  };
  if (values.has('oom_group_kill')) events.oomGroupKill = requiredInteger(values, 'oom_group_kill', EVENTS);
  return events;
}

/** @throws {KernelParseError} when a flag is missing or malformed */
export function parseOomControlV1(text: string): OomControlV1 {
  const values = parseFlatKeyed(text, OOM_CONTROL);
  const control: OomControlV1 = {
    oomKillDisable: requiredInteger(values, 'oom_kill_disable', OOM_CONTROL) !== 0,
    underOom: requiredInteger(values, 'under_oom', OOM_CONTROL) !== 0,
  };
  if (values.has('oom_kill')) control.oomKill = requiredInteger(values, 'oom_kill', OOM_CONTROL);
  return control;
}
