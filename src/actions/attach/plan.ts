/** What an attach will do, decided before anything is done: from the target's facts, our own rights and the user's wishes. */
import { isKnown, isUnknown } from '../../kernel/reading.ts';
import { encodeCapabilities } from '../../kernel/tables/capabilities.ts';
import { CLONE_FLAGS, type NamespaceType } from '../../kernel/tables/namespaces.ts';
import { asBytes } from '../../kernel/text.ts';
import { chooseCommand } from './command.ts';
import { environmentOf } from './environment.ts';
import type { AttachOptions } from './options.ts';
import type { PlanInput } from './plan-input.ts';
import { allCapabilities, type CapabilityPlan, capabilityPlan, type LimitStep, limitPlan } from './rights.ts';
import type { ProcessRights, TargetFacts } from './target.ts';
import type { View } from './tools/view.ts';
import { chooseUser } from './user.ts';

export interface AttachPlan {
  readonly targetPid: number;
  /** With rights over the host the user namespace is joined late, so that they reach as far as possible; else first. */
  readonly isPrivileged: boolean;
  readonly namespaces: readonly NamespaceType[];
  readonly entersRoot: boolean;
  /** With tools: a root that the command alone has. */
  readonly view: View | undefined;
  /** `its`: where the container's init is; `ours`: where we are, among our own files. Else a path inside. */
  readonly workdir: 'its' | 'ours' | { readonly path: string };
  readonly limits: readonly LimitStep[];
  readonly oomScoreAdj: number | undefined;
  readonly umask: number | undefined;
  /** Undefined where there is nothing to set them to. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
  readonly groups: readonly number[] | undefined;
  readonly capabilities: CapabilityPlan | undefined;
  readonly noNewPrivileges: boolean;
  readonly label: { readonly file: string; readonly text: string } | undefined;
  readonly environment: readonly string[];
  readonly path: string;
  readonly argv: readonly string[];
  readonly detach: boolean;
  readonly hasTerminal: boolean;
  /** What could not follow the target, in words. */
  readonly notes: readonly string[];
}

const SYS_ADMIN = encodeCapabilities(['CAP_SYS_ADMIN']);

export function isPrivileged({ status }: ProcessRights): boolean {
  return (status.capabilities.effective & SYS_ADMIN) !== 0n;
}

export function planAttach(input: PlanInput): AttachPlan {
  const { facts, own, options } = input;
  const notes: string[] = [];
  const namespaces = chosenNamespaces(facts, options);
  const joinsUsers = namespaces.includes('user');
  const maps = joinsUsers ? facts.idMaps : undefined;
  const user = chooseUser(input, maps !== undefined, notes);
  const limits = limitPlan(facts.limits, own.limits, own.status.capabilities.effective);
  if (limits.short.length > 0)
    notes.push(`limits kept at ours, raising them needs CAP_SYS_RESOURCE: ${limits.short.join(', ')}`);
  const workdir = chooseWorkdir(input, notes);
  const oomScoreAdj = oomScore(input, notes);
  const capabilities = chooseCapabilities(input, joinsUsers, user.ids?.uid ?? 0, notes);
  const label = options.privileged === true ? undefined : chooseLabel(facts, own, notes);
  // Last: it is still being read.
  const environment = environmentOf({
    inherited: inheritedEnvironment(input, notes),
    isClean: options.cleanEnvironment === true,
    isOtherUser: options.user !== undefined,
    home: () => user.home(),
    term: options.terminal?.name,
    tools: input.view?.tools,
    added: (options.environment ?? []).map(asBytes),
  });
  const command = chooseCommand(input, user, environment);
  return {
    targetPid: facts.pid,
    isPrivileged: isPrivileged(own),
    namespaces,
    entersRoot: entersRoot(facts, options),
    view: input.view,
    workdir,
    limits: limits.limits,
    oomScoreAdj,
    umask: facts.status.umask === undefined ? undefined : Number.parseInt(facts.status.umask, 8),
    ids: user.ids,
    groups: user.groups,
    capabilities,
    noNewPrivileges: options.privileged !== true && facts.status.noNewPrivs === true,
    label,
    environment,
    ...command,
    detach: options.detach === true,
    hasTerminal: options.terminal !== undefined,
    notes: [...notes, ...seccompNote(input)],
  };
}

function inheritedEnvironment({ facts, options }: PlanInput, notes: string[]): readonly string[] {
  const { environment } = facts;
  if (environment.ok) return environment.value;
  if (options.cleanEnvironment !== true)
    notes.push(`the environment of its init could not be read (${environment.errno}): it is left out`);
  return [];
}

function chosenNamespaces(facts: TargetFacts, options: AttachOptions): readonly NamespaceType[] {
  const { namespaces, withoutNamespaces = [] } = options;
  return facts.differing.filter(
    (type) => (namespaces?.includes(type) ?? true) && !withoutNamespaces.includes(type),
  );
}

/** Without its mount namespace its root would be a strange place: the command stays among our files then. */
export function entersRoot(facts: TargetFacts, options: AttachOptions): boolean {
  if (options.root !== undefined) return true;
  return facts.differing.includes('mnt')
    ? chosenNamespaces(facts, options).includes('mnt')
    : facts.hasOwnRoot;
}

function chooseWorkdir({ facts, options }: PlanInput, notes: string[]): AttachPlan['workdir'] {
  if (options.workdir !== undefined) return { path: asBytes(options.workdir) };
  if (options.root !== undefined) return { path: '/' };
  if (!entersRoot(facts, options)) return 'ours';
  // In a view of its own it is the same directory by its path; what a descriptor leads to is not in there.
  if (facts.cwd !== undefined) return options.tools === undefined ? 'its' : { path: facts.cwd };
  notes.push('its working directory is gone or outside its root: the command starts in /');
  return { path: '/' };
}

export function namespaceMask(types: readonly NamespaceType[]): number {
  return types.reduce((mask, type) => mask | CLONE_FLAGS[type], 0);
}

function chooseCapabilities(
  { facts, own, options, lastCapability }: PlanInput,
  joinsUsers: boolean,
  uid: number,
  notes: string[],
): CapabilityPlan | undefined {
  if (options.privileged === true) return undefined;
  const all = allCapabilities(lastCapability);
  const have = joinsUsers ? { permitted: all, bounding: all } : own.status.capabilities;
  const { missing, ...plan } = capabilityPlan(facts.status.capabilities, have, uid === 0, {
    add: options.addCapabilities,
    drop: options.dropCapabilities,
  });
  if (missing.length > 0) notes.push(`capabilities that are not ours to give: ${missing.join(', ')}`);
  return plan;
}

function oomScore({ facts, own }: PlanInput, notes: string[]): number | undefined {
  if (facts.oomScoreAdj === own.oomScoreAdj) return undefined;
  const mayLower = (own.status.capabilities.effective & encodeCapabilities(['CAP_SYS_RESOURCE'])) !== 0n;
  if (facts.oomScoreAdj > own.oomScoreAdj || mayLower) return facts.oomScoreAdj;
  notes.push(
    `oom_score_adj kept at ${own.oomScoreAdj}: lowering it to ${facts.oomScoreAdj} needs CAP_SYS_RESOURCE`,
  );
  return undefined;
}

/** AppArmor says its mode behind the profile; SELinux and Smack take the label as it is. */
function chooseLabel(facts: TargetFacts, own: ProcessRights, notes: string[]): AttachPlan['label'] {
  const { label } = facts;
  if (isUnknown(label))
    notes.push(`its security label could not be read (${label.errno}): the command has ours`);
  if (!isKnown(label) || label === own.label) return undefined;
  const profile = /^(.*) \((?:enforce|complain|kill|unconfined|mixed|prompt)\)$/s.exec(label)?.[1];
  const isAppArmor = profile !== undefined || label === 'unconfined';
  return isAppArmor
    ? { file: '/proc/thread-self/attr/apparmor/exec', text: `exec ${profile ?? label}` }
    : { file: '/proc/thread-self/attr/exec', text: label };
}

function seccompNote({ facts, options, own }: PlanInput): string[] {
  const { seccomp } = facts.status;
  if (seccomp === undefined || seccomp === 'disabled' || options.privileged === true) return [];
  const isOurs =
    own.status.seccomp !== 'disabled' && facts.status.seccompFilters === own.status.seccompFilters;
  return isOurs
    ? []
    : ['its seccomp filter cannot be read without stopping it: the command runs without one'];
}
