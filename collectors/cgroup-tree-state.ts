/** What one cgroup is: its type, controllers, processes, descendants, and whether it is frozen. */
import { parseCgroupStat } from '../src/kernel/cgroup/cgroup-stat.ts';
import { parseCgroupType } from '../src/kernel/cgroup/cgroup-type.ts';
import { parseControllers } from '../src/kernel/cgroup/controllers.ts';
import { parseCgroupEvents } from '../src/kernel/cgroup/events.ts';
import { parseFlatKeyed, requiredCount } from '../src/kernel/cgroup/flat-keyed.ts';
import { parseFreezerState } from '../src/kernel/cgroup/freezer.ts';
import type { Hierarchy } from '../src/kernel/cgroup/hierarchy.ts';
import { countPids } from '../src/kernel/cgroup/procs.ts';
import { parseFlag, parseLimitV2, parseSingleCount } from '../src/kernel/cgroup/value.ts';
import type { Count, Limit } from '../src/kernel/count.ts';
import { type Fact, mapFact } from '../src/kernel/reading.ts';
import type {
  DescendantFacts,
  FreezerFactsOfCgroup,
  PidsFacts,
  StateFacts,
} from '../src/model/cgroup-facts.ts';
import type { CgroupParts } from '../src/model/cgroup-parts.ts';
import type { OpenCgroup } from './cgroup-tree-directory.ts';

export function controllersOf(cgroup: OpenCgroup, hierarchy: Hierarchy): Fact<readonly string[]> {
  return cgroup.version === 1 ? hierarchy.controllers : cgroup.fact('cgroup.controllers', parseControllers);
}

export function stateOf(cgroup: OpenCgroup): StateFacts | undefined {
  if (cgroup.version === 1) return undefined;
  return {
    type: cgroup.fact('cgroup.type', parseCgroupType),
    populated: mapFact(cgroup.fact('cgroup.events', parseCgroupEvents), (events) => events.populated),
    subtreeControl: cgroup.fact('cgroup.subtree_control', parseControllers),
  };
}

/** In it, not below. In a threaded cgroup cgroup.procs cannot be read, and threads are what is in it. */
export function procsOf(cgroup: OpenCgroup): { procs: Fact<number>; threads?: Fact<number> } {
  const procs = cgroup.fact('cgroup.procs', countPids);
  const isThreaded = cgroup.fact('cgroup.type', parseCgroupType) === 'threaded';
  return isThreaded ? { procs, threads: cgroup.fact('cgroup.threads', countPids) } : { procs };
}

export function descendantsOf(cgroup: OpenCgroup): DescendantFacts | undefined {
  if (!cgroup.has('cgroup.stat')) return undefined;
  const stat = cgroup.fact('cgroup.stat', parseCgroupStat);
  return {
    descendants: mapFact(stat, (each) => each.descendants),
    dyingDescendants: mapFact(stat, (each) => each.dyingDescendants),
    dyingByController: mapFact(stat, (each) => each.dyingByController),
  };
}

export function pidsOf(cgroup: OpenCgroup, parts: CgroupParts): PidsFacts | undefined {
  if (!cgroup.has('pids.current') || !parts.has('pids')) return undefined;
  const current = cgroup.fact('pids.current', parseSingleCount);
  if (!parts.has('pids-events')) return { current, peak: undefined, maxEvents: undefined };
  return {
    current,
    peak: cgroup.fact('pids.peak', parseSingleCount),
    maxEvents: cgroup.fact(
      'pids.events',
      (text, path): Count => requiredCount(parseFlatKeyed(text, path), 'max', path),
    ),
  };
}

export function pidsMaxOf(cgroup: OpenCgroup): Fact<Limit> {
  return cgroup.fact('pids.max', parseLimitV2);
}

const V1_STATES = { THAWED: 'running', FREEZING: 'freezing', FROZEN: 'frozen' } as const;

/** v2's cgroup.events does not tell running from freezing: the model does, which knows the wishes above. */
export function freezerOf(cgroup: OpenCgroup): FreezerFactsOfCgroup | undefined {
  if (!cgroup.has('cgroup.freeze') && !cgroup.has('freezer.state')) return undefined;
  const frozen =
    cgroup.version === 1
      ? mapFact(cgroup.fact('freezer.state', parseFreezerState), (state) => V1_STATES[state])
      : mapFact(cgroup.fact('cgroup.events', parseCgroupEvents), (events) =>
          events.frozen === true ? ('frozen' as const) : ('running' as const),
        );
  return {
    frozen,
    wish: cgroup.either(['cgroup.freeze', parseFlag], ['freezer.self_freezing', parseFlag]),
    frozenUsec: cgroup.fact('cgroup.stat.local', (text, path) =>
      requiredCount(parseFlatKeyed(text, path), 'frozen_usec', path),
    ),
  };
}
