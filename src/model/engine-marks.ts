/**
 * Rule 1: processes grouped by the engine cgroup they are in. A name that alone proves nothing (`/default/web`, a bare
 * 64-hex directory) counts only when a shim above or an own pid namespace agrees. Pure.
 */

import { isHexId } from '../kernel/hex-id.ts';
import { known } from '../kernel/reading.ts';
import { type Draft, HOST, newDraft } from './draft.ts';
import { chooseInit, pidNamespaceOf } from './init-choice.ts';
import { launcherOf } from './launchers.ts';
import { type EngineMark, isSupervisorPath, marksOf } from './runtime-patterns.ts';
import type { CgroupPlacement, NamespaceInodes, ProcessFacts } from './sample.ts';

type Groups = Map<Draft, ProcessFacts[]>;

/** Every process but kernel threads, by its innermost engine container; `HOST` for those in none. */
export function assignEngineMarks(
  processes: ReadonlyMap<number, ProcessFacts>,
  host: NamespaceInodes,
): Groups {
  const registry = new Map<string, Draft>();
  const chains = new Map<CgroupPlacement, Draft>();
  const groups: Groups = new Map([[HOST, []]]);
  for (const facts of processes.values()) {
    if (facts.isKernelThread) continue;
    const placement = known(facts.cgroup);
    const draft = placement === undefined ? HOST : draftOf(placement, registry, chains);
    const home = isSupervisor(facts, draft, placement, processes, host) ? (draft.enclosing ?? HOST) : draft;
    const group = groups.get(home);
    if (group === undefined) groups.set(home, [facts]);
    else group.push(facts);
  }
  return confirmed(groups, processes, host);
}

function draftOf(
  placement: CgroupPlacement,
  registry: Map<string, Draft>,
  chains: Map<CgroupPlacement, Draft>,
): Draft {
  const seen = chains.get(placement);
  if (seen !== undefined) return seen;
  let innermost = HOST;
  for (const mark of bestMarks(placement)) innermost = registered(mark, innermost, registry);
  chains.set(placement, innermost);
  return innermost;
}

function registered(mark: EngineMark, around: Draft, registry: Map<string, Draft>): Draft {
  const registryKey = `${around.key}\0${mark.path}`;
  const seen = registry.get(registryKey);
  if (seen !== undefined) return seen;
  const draft = newDraft('', mark.runtime, 'container');
  draft.id = mark.id;
  draft.mark = mark;
  draft.pod = mark.pod;
  draft.enclosing = around === HOST ? undefined : around;
  nameKey(draft);
  registry.set(registryKey, draft);
  return draft;
}

/** Ids of engines are unique; names (lxc, ctr) only within what is around them. */
function nameKey(draft: Draft): void {
  const own = `${draft.runtime}:${draft.id}`;
  draft.key =
    draft.enclosing === undefined || isHexId(draft.id ?? '') ? own : `${draft.enclosing.key}/${own}`;
}

const marksOfPlacement = new WeakMap<CgroupPlacement, readonly EngineMark[]>();

/**
 * Outermost first. A process has one path per hierarchy, and engines do not always use all: the most telling path counts.
 * Found once for a placement, which many processes share, and keep.
 */
export function bestMarks(placement: CgroupPlacement): readonly EngineMark[] {
  const seen = marksOfPlacement.get(placement);
  if (seen !== undefined) return seen;
  const found = findBestMarks(placement);
  marksOfPlacement.set(placement, found);
  return found;
}

function findBestMarks(placement: CgroupPlacement): readonly EngineMark[] {
  let best: EngineMark[] = [];
  for (const path of new Set(placement.lines.map((line) => line.path))) {
    const marks = marksOf(path);
    if (marks.length > best.length || (marks.length === best.length && sureness(marks) > sureness(best)))
      best = marks;
  }
  return best;
}

function sureness(marks: readonly EngineMark[]): number {
  return marks.filter((mark) => mark.certainty === 'sure').length;
}

/** Engines whose own process, outside in the host's pid namespace, may wait in its container's cgroup. */
const SUPERVISORS: Readonly<Record<string, string>> = {
  nspawn: 'systemd-nspawn',
  'libvirt-lxc': 'libvirt_lxc',
  flatpak: 'bwrap',
};

function isSupervisor(
  facts: ProcessFacts,
  draft: Draft,
  placement: CgroupPlacement | undefined,
  processes: ReadonlyMap<number, ProcessFacts>,
  host: NamespaceInodes,
): boolean {
  const { mark } = draft;
  if (mark === undefined || placement === undefined) return false;
  // Nearly all: the paths of each of a host's processes are not looked at for this.
  const name = SUPERVISORS[mark.runtime];
  if (name === undefined) return false;
  if (placement.lines.some((line) => isSupervisorPath(line.path, mark))) return true;
  if (facts.comm !== name) return false;
  const pidNamespace = pidNamespaceOf(facts, processes);
  return pidNamespace === undefined || pidNamespace === host.pid;
}

/**
 * Settles what the path left open, innermost first: the processes of a mark that nothing else supports go to what is
 * around it, which may itself be such a mark.
 */
function confirmed(
  groups: Groups,
  processes: ReadonlyMap<number, ProcessFacts>,
  host: NamespaceInodes,
): Groups {
  const settled: Groups = new Map([[HOST, [...(groups.get(HOST) ?? [])]]]);
  const dismissed = new Set<Draft>();
  for (const draft of innermostFirst(groups)) {
    const group = groups.get(draft);
    if (group === undefined) continue;
    const init = chooseInit(group, processes);
    const launcher = init && launcherOf(init, processes);
    const pidNamespace = init && pidNamespaceOf(init, processes);
    const ownPidNamespace = pidNamespace !== undefined && pidNamespace !== host.pid;
    if (draft.mark?.certainty === 'weak' && launcher === undefined && !ownPidNamespace) {
      dismissed.add(draft);
      const around = draft.enclosing ?? HOST;
      const home = around === HOST ? settled : groups;
      home.set(around, [...(home.get(around) ?? []), ...group]);
      continue;
    }
    if (draft.runtime === 'oci' && launcher !== undefined) {
      draft.runtime = launcher.runtime;
      nameKey(draft);
    }
    explain(draft, launcher?.evidence);
    settled.set(draft, group);
  }
  for (const draft of settled.keys()) {
    while (draft.enclosing !== undefined && dismissed.has(draft.enclosing))
      draft.enclosing = draft.enclosing.enclosing;
  }
  return settled;
}

/** Every mark with processes of its own, and those around it. */
function innermostFirst(groups: Groups): Draft[] {
  const depths = new Map<Draft, number>();
  const depthOf = (draft: Draft): number => {
    const depth = depths.get(draft) ?? (draft.enclosing === undefined ? 0 : depthOf(draft.enclosing) + 1);
    depths.set(draft, depth);
    return depth;
  };
  for (const draft of groups.keys()) if (draft !== HOST) depthOf(draft);
  return [...depths].sort((a, b) => b[1] - a[1]).map(([draft]) => draft);
}

function explain(draft: Draft, launcherEvidence: string | undefined): void {
  const { mark } = draft;
  if (mark === undefined) return;
  draft.evidence.push(
    `cgroup ${mark.path} matches ${mark.runtime === 'oci' ? 'an OCI engine' : mark.runtime} (${mark.driver})`,
  );
  if (launcherEvidence !== undefined) draft.evidence.push(launcherEvidence);
}

/** For sandboxes: the runtime a process's own name gives away, if any. */
export function engineNameOf(init: ProcessFacts): string | undefined {
  return /^(?:chrome|chromium|firefox|brave|electron)/.test(init.comm) ? 'browser' : undefined;
}
