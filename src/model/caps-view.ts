/** What `caps --json` says about one process: its sets decoded, against docker's, on exec, and on the host. Pure. */
import type { FileCapabilities } from '../kernel/file-capabilities.ts';
import { type IdRange, toInside, toOutside } from '../kernel/proc/id-map.ts';
import type { CapabilityMasks, Ids, PidStatus } from '../kernel/proc/status.ts';
import { type Fact, isKnown, isUnknown, known, mapFact } from '../kernel/reading.ts';
import {
  capabilityName,
  DOCKER_DEFAULT_CAPABILITIES,
  decodeCapabilities,
  encodeCapabilities,
} from '../kernel/tables/capabilities.ts';
import { CAPABILITY_MEANINGS } from '../kernel/tables/capability-meanings.ts';
import { INITIAL_INODES, type NamespaceType } from '../kernel/tables/namespaces.ts';
import { afterExec } from './caps-exec.ts';
import { ownedNamespaces, type Reach, reachOf } from './caps-reach.ts';
import type { CapabilitySets } from './inspect.ts';
import type { NamespaceInodes } from './sample.ts';

export const CAPABILITY_SETS = ['effective', 'permitted', 'inheritable', 'bounding', 'ambient'] as const;
export type CapabilitySetName = (typeof CAPABILITY_SETS)[number];

export interface AgainstDefault {
  readonly added: readonly string[];
  readonly dropped: readonly string[];
}

export interface CapabilityRow extends Readonly<Record<CapabilitySetName, boolean>> {
  readonly name: string;
  readonly bit: number;
  /** In docker's default set. */
  readonly dockerDefault: boolean;
  readonly means?: string;
  /** What it counts for where this process is, if it holds it. */
  readonly reach?: Fact<Reach>;
}

export interface FileCapabilitiesView {
  readonly version: 1 | 2 | 3;
  readonly effective: boolean;
  readonly permitted: readonly string[];
  readonly inheritable: readonly string[];
  readonly rootUid?: number;
  /** False where `rootUid` is nobody's root here: then it gives nothing. */
  readonly counts: Fact<boolean>;
}

export interface ExecutableView {
  readonly path: string;
  /** Uid of the owner on the host, when the file is setuid. */
  readonly setuidTo?: number;
  readonly setgidTo?: number;
  readonly nosuid?: Fact<boolean>;
  readonly fileCapabilities?: Fact<FileCapabilitiesView>;
  /** What the process would have after executing it once more. */
  readonly onExec: Fact<OnExec>;
}

export interface OnExec {
  readonly capabilities?: CapabilitySets;
  readonly fails?: 'EPERM';
  readonly because: readonly string[];
}

export interface UserNamespaceView {
  readonly inode: Fact<number>;
  readonly isInitial: Fact<boolean>;
  readonly parent?: Fact<number>;
  readonly ownerUid?: Fact<number>;
  readonly uidMap: Fact<readonly IdRange[]>;
  readonly gidMap: Fact<readonly IdRange[]>;
  /** The host's uid for 0 inside; absent when nobody is mapped to it. */
  readonly rootUid?: Fact<number>;
  /** Namespaces of the process that it owns: capabilities count there. */
  readonly owns: readonly NamespaceType[];
  /** Those that belong to a user namespace above: they do not. */
  readonly foreign: readonly NamespaceType[];
}

export interface CapsView {
  readonly capabilities: CapabilitySets;
  /** 16 hex digits each. */
  readonly masks: Readonly<Record<CapabilitySetName, string>>;
  readonly againstDefault: Readonly<Record<CapabilitySetName, AgainstDefault>>;
  readonly lastCap: Fact<number>;
  readonly uid: Ids;
  readonly gid: Ids;
  readonly noNewPrivs?: boolean;
  readonly seccomp?: string;
  readonly seccompFilters?: number;
  readonly userNamespace: UserNamespaceView;
  readonly executable: Fact<ExecutableView>;
  readonly rows: readonly CapabilityRow[];
}

/** What the collector found; see collectors/capabilities.ts. */
export interface CapsInput {
  readonly status: PidStatus;
  readonly lastCap: Fact<number>;
  readonly namespaces: Fact<NamespaceInodes>;
  readonly host: NamespaceInodes;
  readonly owners: Readonly<Partial<Record<NamespaceType, Fact<number>>>>;
  readonly userNamespace: {
    readonly inode: Fact<number>;
    readonly parent: Fact<number>;
    readonly ownerUid: Fact<number>;
    readonly uidMap: Fact<readonly IdRange[]>;
    readonly gidMap: Fact<readonly IdRange[]>;
  };
  readonly executable: Fact<{
    readonly path: string;
    readonly file: Fact<{ readonly uid: number; readonly gid: number; readonly mode: number }>;
    readonly capabilities: Fact<FileCapabilities>;
    readonly nosuid: Fact<boolean>;
  }>;
}

export function capsView(input: CapsInput): CapsView {
  const { status, lastCap } = input;
  const { capabilities: masks, noNewPrivs, seccomp, seccompFilters } = status;
  return {
    capabilities: decoded(masks),
    masks: bySet((set) => masks[set].toString(16).padStart(16, '0')),
    againstDefault: bySet((set) => againstDefault(masks, set)),
    lastCap,
    uid: status.uid,
    gid: status.gid,
    ...(noNewPrivs !== undefined && { noNewPrivs }),
    ...(seccomp !== undefined && { seccomp }),
    ...(seccompFilters !== undefined && { seccompFilters }),
    userNamespace: userNamespaceView(input),
    executable: executableView(input),
    rows: rowsOf(input),
  };
}

function bySet<T>(value: (set: CapabilitySetName) => T): Record<CapabilitySetName, T> {
  return {
    effective: value('effective'),
    permitted: value('permitted'),
    inheritable: value('inheritable'),
    bounding: value('bounding'),
    ambient: value('ambient'),
  };
}

const decoded = (masks: CapabilityMasks): CapabilitySets => bySet((set) => decodeCapabilities(masks[set]));

const DEFAULT_MASK = encodeCapabilities(DOCKER_DEFAULT_CAPABILITIES);
/** Empty since CVE-2022-24769 (Docker 20.10.14); ambient was never filled. */
const EMPTY_BY_DEFAULT: readonly CapabilitySetName[] = ['inheritable', 'ambient'];

function againstDefault(masks: CapabilityMasks, set: CapabilitySetName): AgainstDefault {
  const usual = EMPTY_BY_DEFAULT.includes(set) ? 0n : DEFAULT_MASK;
  return {
    added: decodeCapabilities(masks[set] & ~usual),
    dropped: decodeCapabilities(usual & ~masks[set]),
  };
}

/** Every capability this kernel knows, and those beyond that are set somewhere. */
function rowsOf(input: CapsInput): CapabilityRow[] {
  const { capabilities: masks } = input.status;
  const all = Object.values(masks).reduce((sum, mask) => sum | mask, 0n);
  const last = Math.max(known(input.lastCap) ?? Object.keys(CAPABILITY_MEANINGS).length - 1, highestBit(all));
  return Array.from({ length: last + 1 }, (_, bit) => {
    const name = capabilityName(bit);
    const means = CAPABILITY_MEANINGS[name]?.means;
    const reach = reachOf(name, input);
    return {
      name,
      bit,
      ...bySet((set) => ((masks[set] >> BigInt(bit)) & 1n) === 1n),
      dockerDefault: DOCKER_DEFAULT_CAPABILITIES.includes(name),
      ...(means !== undefined && { means }),
      ...(reach !== undefined && { reach }),
    };
  });
}

const highestBit = (mask: bigint): number => (mask === 0n ? -1 : mask.toString(2).length - 1);

function userNamespaceView(input: CapsInput): UserNamespaceView {
  const { userNamespace, host } = input;
  const { inode, parent, ownerUid, uidMap, gidMap } = userNamespace;
  const isInitial = mapFact(inode, (value) => value === (INITIAL_INODES.user ?? host.user));
  const rootUid = isKnown(uidMap) ? toOutside(uidMap, 0) : undefined;
  // The initial namespace has neither parent nor owner: the kernel says EPERM.
  const isInner = known(isInitial) !== true;
  return {
    inode,
    isInitial,
    ...(isInner && parent !== undefined && { parent }),
    ...(isInner && ownerUid !== undefined && { ownerUid }),
    uidMap,
    gidMap,
    ...(rootUid !== undefined && { rootUid }),
    ...namesOwned(input),
  };
}

function namesOwned(input: CapsInput): Pick<UserNamespaceView, 'owns' | 'foreign'> {
  const { owned, foreign } = ownedNamespaces(input);
  return { owns: owned, foreign };
}

const S_ISUID = 0o4000;
const S_ISGID = 0o2000;
const S_IXGRP = 0o0010;

function executableView(input: CapsInput): Fact<ExecutableView> {
  return mapFact(input.executable, ({ path, file, capabilities, nosuid }): ExecutableView => {
    const found = known(file);
    const isSetuid = found !== undefined && (found.mode & S_ISUID) !== 0;
    const isSetgid = found !== undefined && (found.mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP);
    const fileCapabilities = mapFact(capabilities, (value) => fileView(value, input));
    return {
      path,
      ...(isSetuid && { setuidTo: found.uid }),
      ...(isSetgid && { setgidTo: found.gid }),
      ...(nosuid !== undefined && { nosuid }),
      ...(fileCapabilities !== undefined && { fileCapabilities }),
      onExec: onExec(input, { file, capabilities, nosuid }),
    };
  });
}

function fileView(file: FileCapabilities, input: CapsInput): FileCapabilitiesView {
  const { version, effective, permitted, inheritable, rootUid } = file;
  return {
    version,
    effective,
    permitted: decodeCapabilities(permitted),
    inheritable: decodeCapabilities(inheritable),
    ...(rootUid !== undefined && { rootUid }),
    counts: countsHere(file, input),
  };
}

/** Without a root of its own it counts wherever 0 of the file system is: the initial namespace's, which is above all others. */
function countsHere({ rootUid }: FileCapabilities, { userNamespace }: CapsInput): Fact<boolean> {
  if (rootUid === undefined || rootUid === 0) return true;
  return mapFact(userNamespace.uidMap, (map) => toOutside(map, 0) === rootUid);
}

function onExec(
  input: CapsInput,
  of: {
    readonly file: Fact<{ readonly uid: number; readonly gid: number; readonly mode: number }>;
    readonly capabilities: Fact<FileCapabilities>;
    readonly nosuid: Fact<boolean>;
  },
): Fact<OnExec> {
  const { file, capabilities, nosuid } = of;
  const { status, userNamespace } = input;
  const unknown = [file, capabilities, nosuid, userNamespace.uidMap].find(isUnknown);
  if (unknown !== undefined) return unknown;
  const map = known(userNamespace.uidMap) ?? [];
  const found = known(file);
  const inside = (uid: number) => toInside(map, uid);
  const xattr = known(capabilities);
  const setuidTo = found !== undefined && (found.mode & S_ISUID) !== 0 ? inside(found.uid) : undefined;
  const setgid = found !== undefined && (found.mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP);
  const outcome = afterExec({
    masks: status.capabilities,
    realUid: inside(status.uid.real),
    effectiveUid: inside(status.uid.effective),
    file: xattr !== undefined && known(countsHere(xattr, input)) === true ? xattr : undefined,
    setuidTo,
    setgid: setgid && found.gid !== status.gid.effective && !status.groups.includes(found.gid),
    noNewPrivs: status.noNewPrivs === true,
    nosuid: known(nosuid) === true,
  });
  return {
    ...(outcome.masks !== undefined && { capabilities: decoded(outcome.masks) }),
    ...(outcome.fails !== undefined && { fails: outcome.fails }),
    because: outcome.because,
  };
}
