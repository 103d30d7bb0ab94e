/**
 * From processes to containers, by the four rules of DESIGN.md in their order: engine mark, own pid namespace, own root,
 * private namespaces only. The innermost match wins, outer ones become parents. Pure: the facts decide, engines do not.
 */
import { isKnown, known } from '../kernel/reading.ts';
import type { NamespaceType } from '../kernel/tables/namespaces.ts';
import { type Draft, draftKeyOf, HOST, newDraft } from './draft.ts';
import { assignEngineMarks, bestMarks, engineNameOf } from './engine-marks.ts';
import { chooseInit, isZombie, pidNamespaceOf } from './init-choice.ts';
import { launcherOf } from './launchers.ts';
import { isOwnRoot, type RootIdentity, rootIdentityOf } from './own-root.ts';
import type { MountTable, NamespaceInodes, ProcessFacts } from './sample.ts';

export interface ClusterInput {
  readonly processes: ReadonlyMap<number, ProcessFacts>;
  readonly mountTables: ReadonlyMap<number, MountTable>;
  readonly host: NamespaceInodes;
}

/** Namespaces of which two or more make a sandbox; pid and root are rules of their own, cgroup and time say little. */
const SANDBOX_TYPES: readonly NamespaceType[] = ['mnt', 'net', 'user', 'ipc', 'uts'];
const SANDBOX_LEAST = 2;
/** Tools that leave no cgroup mark: their name above a process makes one private namespace enough. */
const SANDBOX_TOOLS: ReadonlySet<string> = new Set(['bubblewrap', 'firejail']);

/** Every container of every kind; each process is in at most one draft. */
export function clusterContainers(input: ClusterInput): Draft[] {
  const { processes, host } = input;
  const members = assignEngineMarks(processes, host);
  const drafts = [...members.keys()].filter((draft) => draft !== HOST);
  for (const draft of drafts) settle(draft, members.get(draft) ?? [], processes);
  drafts.sort(byInit);
  const ofPid = new Map<number, Draft>();
  for (const [draft, group] of members) for (const facts of group) ofPid.set(facts.pid, draft);

  splitByPidNamespace(input, drafts, ofPid);
  splitByRoot(input, drafts, ofPid);
  findSandboxes(input, drafts, ofPid);

  for (const draft of drafts) draft.pids.length = 0;
  for (const [pid, draft] of ofPid) if (draft !== HOST) draft.pids.push(pid);
  const listed = drafts.filter((draft) => draft.pids.length > 0).sort(byInit);
  for (const { pids } of listed) pids.sort((a, b) => a - b);
  tellApart(listed);
  return withParents(listed, ofPid, processes);
}

/** In no way by the order in which processes are listed: whoever comes or goes beside them must not decide what they are. */
function byInit({ init: a }: Draft, { init: b }: Draft): number {
  return (a?.starttimeTicks ?? 0) - (b?.starttimeTicks ?? 0) || (a?.pid ?? 0) - (b?.pid ?? 0);
}

/** Two users may each have an lxc container `web`, and an app of flatpak may run twice: the cgroup tells them apart. */
function tellApart(drafts: readonly Draft[]): void {
  const keys = new Set<string>();
  for (const draft of drafts) {
    if (keys.has(draft.key)) draft.key += `@${draft.mark?.path ?? ''}`;
    keys.add(draft.key);
  }
}

/** Fixes a draft's init, and with it its base namespaces. */
function settle(
  draft: Draft,
  group: readonly ProcessFacts[],
  processes: ReadonlyMap<number, ProcessFacts>,
): void {
  const init = chooseInit(group, processes);
  if (init === undefined) return;
  draft.init = init;
  if (draft.key === '') draft.key = draftKeyOf(init);
}

/** Rule 2. Also brings home what entered an existing pid namespace from another cgroup (nsenter, lxc-attach). */
function splitByPidNamespace(input: ClusterInput, drafts: Draft[], ofPid: Map<number, Draft>): void {
  const { processes, host } = input;
  const bases = new Map<number | string, Draft[]>();
  for (const draft of drafts) {
    const base = draft.init && pidNamespaceOf(draft.init, processes);
    if (base !== undefined && base !== host.pid) bases.set(base, [...(bases.get(base) ?? []), draft]);
  }
  const strangers = new Map<number | string, ProcessFacts[]>();
  for (const [pid, draft] of ofPid) {
    const facts = processes.get(pid);
    const namespace = facts && pidNamespaceOf(facts, processes);
    if (facts === undefined || namespace === undefined || namespace === host.pid) continue;
    if (isAtHome(draft, namespace, processes)) continue;
    const home = homeOf(bases.get(namespace) ?? [], facts);
    // A process of one engine's cgroup inside a sibling's pid namespace stays where its cgroup says.
    if (home !== undefined) {
      if (draft === HOST || isAbove(draft, home)) ofPid.set(pid, home);
    } else strangers.set(namespace, [...(strangers.get(namespace) ?? []), facts]);
  }
  for (const [namespace, group] of strangers) {
    if (isDying(group)) continue;
    const init = chooseInit(group, processes);
    if (init === undefined) continue;
    const around = ofPid.get(init.pid) ?? HOST;
    const launcher = launcherOf(init, processes);
    const draft = newDraft(draftKeyOf(init), launcher?.runtime ?? 'unshare', 'container', init);
    draft.enclosing = around === HOST ? undefined : around;
    draft.evidence.push(
      typeof namespace === 'number'
        ? `pid namespace ${namespace} is not ${around === HOST ? "the host's" : `that of ${around.key}`}; pid ${init.pid} is its init`
        : `pid ${init.pid} is pid 1 of an inner pid namespace (NSpid of its status)`,
    );
    if (launcher !== undefined) {
      draft.evidence.push(launcher.evidence);
      draft.launched = launcher.pid === init.ppid;
    }
    draft.vague = launcher === undefined;
    drafts.push(draft);
    for (const { pid } of group) ofPid.set(pid, draft);
  }
}

/**
 * All of them on their way out. On v1 they are in the root cgroup already, whichever container they were of: they make none
 * of their own in their last moments. A zombie may stay for long, and is shown.
 */
function isDying(group: readonly ProcessFacts[]): boolean {
  return group.every((facts) => facts.isExiting === true && !isZombie(facts));
}

/** Its own base namespace, or one further out: what an engine runs on the way in is not a container of its own. */
function isAtHome(
  draft: Draft,
  namespace: number | string,
  processes: ReadonlyMap<number, ProcessFacts>,
): boolean {
  for (let each: Draft | undefined = draft; each !== undefined; each = each.enclosing) {
    if (each.init !== undefined && pidNamespaceOf(each.init, processes) === namespace) return true;
  }
  return false;
}

function homeOf(candidates: readonly Draft[], facts: ProcessFacts): Draft | undefined {
  const mnt = known(facts.namespaces)?.mnt;
  const sameMounts = candidates.find((draft) => draft.init && known(draft.init.namespaces)?.mnt === mnt);
  return sameMounts ?? candidates[0];
}

function isAbove(outer: Draft, inner: Draft): boolean {
  for (let each = inner.enclosing; each !== undefined; each = each.enclosing) if (each === outer) return true;
  return false;
}

/** Rule 3: a root directory other than that of the container (or host) around it. */
function splitByRoot(input: ClusterInput, drafts: Draft[], ofPid: Map<number, Draft>): void {
  const jails = new Map<string, { around: Draft; root: RootIdentity; group: ProcessFacts[] }>();
  const mountsOfContainers = inodesOfInits(drafts, ['mnt'], input.host);
  const usualRoots = new Map<Draft, RootIdentity | undefined>();
  /** Seen to have the usual root. */
  let last: { around: Draft; mnt: number | undefined; root: ProcessFacts['root'] } | undefined;
  for (const [pid, around] of ofPid) {
    const facts = input.processes.get(pid);
    if (facts === undefined) continue;
    if (!usualRoots.has(around)) usualRoots.set(around, usualRoot(around, input));
    const usual = usualRoots.get(around);
    const mnt = known(facts.namespaces)?.mnt;
    // Nearly all of them.
    if (usual !== undefined && facts.root === usual.link && mnt === usual.mnt) continue;
    // An engine's helpers with mounts of their own are listed one after the other.
    if (last?.around === around && last.mnt === mnt && last.root === facts.root) continue;
    const root = rootIdentityOf(facts, input.mountTables);
    if (root === undefined) continue;
    if (hasUsualRoot(root, usual, around, input)) {
      last = { around, mnt, root: facts.root };
      continue;
    }
    // Somebody who entered the mounts of a container, and only those.
    if (root.link === '/' && root.mnt !== undefined && mountsOfContainers.has(root.mnt)) continue;
    const where = `${around.key}\0${root.mnt}\0${root.link}`;
    const jail = jails.get(where) ?? { around, root, group: [] };
    jail.group.push(facts);
    jails.set(where, jail);
  }
  for (const { around, root, group } of jails.values()) {
    if (isDying(group)) continue;
    const init = chooseInit(group, input.processes);
    if (init === undefined) continue;
    const launcher = launcherOf(init, input.processes);
    const isSnap = sandboxRuntime(init) === 'snap';
    const draft = isSnap
      ? newDraft(draftKeyOf(init), 'snap', 'sandbox', init)
      : newDraft(draftKeyOf(init), launcher?.runtime ?? 'chroot', 'jail', init);
    draft.enclosing = around === HOST ? undefined : around;
    draft.evidence.push(
      root.link === '/'
        ? `its root is ${root.root ?? 'another mount'} on device ${root.device ?? 'unknown'}, not that of ${around === HOST ? 'the host' : around.key}`
        : `its root directory is ${root.link}`,
    );
    if (launcher !== undefined) {
      draft.evidence.push(launcher.evidence);
      draft.launched = launcher.pid === init.ppid;
    }
    // A plain chroot has no engine; what pivot_root left may.
    draft.vague = launcher === undefined && root.link === '/';
    drafts.push(draft);
    for (const { pid } of group) ofPid.set(pid, draft);
  }
}

/** That of the container around it, or of one further out: runc on its way in still has the host's. */
function hasUsualRoot(
  root: RootIdentity,
  usual: RootIdentity | undefined,
  around: Draft,
  input: ClusterInput,
): boolean {
  if (usual === undefined || !isOwnRoot(root, usual)) return true;
  if (around === HOST) return false;
  for (const outer of outwards(around)) {
    const further = usualRoot(outer, input);
    if (further !== undefined && root.mnt === further.mnt && !isOwnRoot(root, further)) return true;
  }
  return false;
}

/** What is around a container, nearest first, the host last. */
function outwards(draft: Draft): Draft[] {
  const outer: Draft[] = [];
  for (let each = draft.enclosing; each !== undefined; each = each.enclosing) outer.push(each);
  return [...outer, HOST];
}

function usualRoot(around: Draft, input: ClusterInput): RootIdentity | undefined {
  if (around !== HOST) return around.init && rootIdentityOf(around.init, input.mountTables);
  const table = input.host.mnt === undefined ? undefined : input.mountTables.get(input.host.mnt);
  return rootIdentityOf({ mnt: input.host.mnt, link: '/', table }, input.mountTables);
}

/** Namespaces that containers have and the host has not. */
function inodesOfInits(
  drafts: readonly Draft[],
  types: readonly NamespaceType[],
  host: NamespaceInodes,
): Set<number> {
  const taken = new Set<number>();
  for (const draft of drafts) {
    const inodes = draft.init && known(draft.init.namespaces);
    for (const type of types) {
      const inode = inodes?.[type];
      if (inode !== undefined && inode !== host[type]) taken.add(inode);
    }
  }
  return taken;
}

/** Rule 4. What shares a namespace with a container is its launcher or a visitor, not a sandbox. */
function findSandboxes(input: ClusterInput, drafts: Draft[], ofPid: Map<number, Draft>): void {
  const taken = inodesOfInits(drafts, SANDBOX_TYPES, input.host);
  const basesOf = new Map<Draft, NamespaceInodes[]>();
  const usualOf = new Map<Draft, Set<NamespaceInodes>>();
  const sandboxes = new Map<string, { around: Draft; types: NamespaceType[]; group: ProcessFacts[] }>();
  for (const [pid, around] of ofPid) {
    const facts = input.processes.get(pid);
    if (facts === undefined || !isKnown(facts.namespaces)) continue;
    const inodes = facts.namespaces;
    // Seen to be usual there: processes that stand in the same ones mostly share the object.
    const usual = usualOf.get(around) ?? new Set<NamespaceInodes>();
    if (usual.has(inodes)) continue;
    usualOf.set(around, usual);
    const bases = basesOf.get(around) ?? basesAround(around, input.host);
    basesOf.set(around, bases);
    const types = privateTypes(inodes, bases);
    if (types.length === 0) {
      usual.add(inodes);
      continue;
    }
    if (types.length < leastOfSandbox(facts, input.processes)) continue;
    if (types.some((type) => taken.has(inodes[type] ?? 0))) continue;
    const tuple = `${around.key}\0${SANDBOX_TYPES.map((type) => inodes[type]).join(' ')}`;
    const sandbox = sandboxes.get(tuple) ?? { around, types, group: [] };
    sandbox.group.push(facts);
    sandboxes.set(tuple, sandbox);
  }
  for (const { around, types, group } of sandboxes.values()) {
    if (isDying(group)) continue;
    const init = chooseInit(group, input.processes);
    if (init === undefined) continue;
    const launcher = launcherOf(init, input.processes);
    const draft = newDraft(draftKeyOf(init), launcher?.runtime ?? sandboxRuntime(init), 'sandbox', init);
    draft.enclosing = around === HOST ? undefined : around;
    draft.evidence.push(
      `private namespaces ${types.join(', ')}, but pid namespace and root of ${around === HOST ? 'the host' : around.key}`,
    );
    if (launcher !== undefined) draft.evidence.push(launcher.evidence);
    drafts.push(draft);
    for (const { pid } of group) ofPid.set(pid, draft);
  }
}

/** @param bases what is usual around it, nearest first */
function privateTypes(inodes: NamespaceInodes, bases: readonly NamespaceInodes[]): NamespaceType[] {
  return SANDBOX_TYPES.filter(
    (type) =>
      inodes[type] !== undefined &&
      // What the innermost base does not know (its init is a zombie) cannot be compared with it.
      bases[0]?.[type] !== undefined &&
      bases.every((base) => inodes[type] !== base[type]),
  );
}

function leastOfSandbox(facts: ProcessFacts, processes: ClusterInput['processes']): number {
  return SANDBOX_TOOLS.has(launcherOf(facts, processes)?.runtime ?? '') ? 1 : SANDBOX_LEAST;
}

/**
 * Does every rule leave this process to the host, whatever else is there? Not where that hangs on others: then the rules are
 * applied to all of them.
 */
export function isOfHost(facts: ProcessFacts, input: ClusterInput): boolean {
  if (facts.isKernelThread) return true;
  const { namespaces } = facts;
  const placement = known(facts.cgroup);
  if (placement !== undefined && bestMarks(placement).length > 0) return false;
  const isDeep = known(namespaces)?.pid === undefined && (known(facts.nsPid)?.length ?? 1) > 1;
  if (isDeep || (known(namespaces)?.pid ?? input.host.pid) !== input.host.pid) return false;
  const root = rootIdentityOf(facts, input.mountTables);
  if (root !== undefined && !hasUsualRoot(root, usualRoot(HOST, input), HOST, input)) return false;
  if (!isKnown(namespaces)) return true;
  return privateTypes(namespaces, [input.host]).length < leastOfSandbox(facts, input.processes);
}

/** What counts as usual in a container: its init's namespaces, then those of what is around it, the host's last. */
function basesAround(around: Draft, host: NamespaceInodes): NamespaceInodes[] {
  const chain = around === HOST ? [HOST] : [around, ...outwards(around)];
  return chain.map((each) => (each === HOST ? host : (known(each.init?.namespaces) ?? {})));
}

function sandboxRuntime(init: ProcessFacts): string {
  const lines = known(init.cgroup)?.lines ?? [];
  if (lines.some(({ path }) => /\/snap\.[^/]+$/.test(path))) return 'snap';
  if (lines.some(({ path }) => path.endsWith('.service'))) return 'systemd';
  return engineNameOf(init) ?? 'unshare';
}

/** The parent is the container around it by cgroup, else that of the nearest ancestor process that is in another one. */
function withParents(
  drafts: readonly Draft[],
  ofPid: ReadonlyMap<number, Draft>,
  processes: ReadonlyMap<number, ProcessFacts>,
): Draft[] {
  const alive = new Set(drafts);
  for (const draft of drafts) {
    let around = draft.enclosing;
    while (around !== undefined && !alive.has(around)) around = around.enclosing;
    const parents = [ancestorDraft(draft, around, ofPid, processes), around];
    draft.parent = parents.find((parent) => parent !== undefined && !isDescendant(parent, draft));
  }
  return [...drafts];
}

/** Cgroups and process ancestry can contradict each other (a shim moved into its own container's cgroup): no rings. */
function isDescendant(parent: Draft, draft: Draft): boolean {
  for (let each: Draft | undefined = parent; each !== undefined; each = each.parent) {
    if (each === draft) return true;
  }
  return false;
}

/** Walks up from the init; only a container inside `around` is a closer parent than `around` itself. */
function ancestorDraft(
  draft: Draft,
  around: Draft | undefined,
  ofPid: ReadonlyMap<number, Draft>,
  processes: ReadonlyMap<number, ProcessFacts>,
): Draft | undefined {
  const seen = new Set<number>();
  let facts = draft.init && processes.get(draft.init.ppid);
  while (facts !== undefined && !seen.has(facts.pid)) {
    seen.add(facts.pid);
    const owner = ofPid.get(facts.pid);
    if (owner !== undefined && owner !== HOST && owner !== draft) {
      return around === undefined || owner === around || isAbove(around, owner) ? owner : undefined;
    }
    facts = processes.get(facts.ppid);
  }
  return undefined;
}
