/** Capabilities, limits and ids of the command: the target's, as far as ours reach, and what could not follow. Pure. */

import { type IdRange, toInside } from '../../kernel/proc/id-map.ts';
import type { ResourceLimit } from '../../kernel/proc/limits.ts';
import type { CapabilityMasks } from '../../kernel/proc/status.ts';
import { decodeCapabilities, encodeCapabilities } from '../../kernel/tables/capabilities.ts';
import { RLIMIT } from '../../launch/flags.ts';

export interface CapabilityPlan {
  /** To be dropped from the bounding set, by number. */
  readonly drops: readonly number[];
  readonly sets: { readonly effective: bigint; readonly permitted: bigint; readonly inheritable: bigint };
  readonly ambient: readonly number[];
}

const RESOURCE = encodeCapabilities(['CAP_SYS_RESOURCE']);

export function capabilityPlan(
  wanted: CapabilityMasks,
  /** Ours by the time they are set: all of them, once another user namespace has been joined. */
  have: { readonly permitted: bigint; readonly bounding: bigint },
  isRoot: boolean,
  { add = 0n, drop = 0n }: { readonly add?: bigint | undefined; readonly drop?: bigint | undefined },
): CapabilityPlan & { readonly missing: readonly string[] } {
  const changed = (mask: bigint) => (mask & ~drop) | add;
  const bounding = changed(wanted.bounding);
  const permitted = changed(wanted.permitted) & have.permitted;
  // Who is not root keeps over execve only what is inheritable and ambient.
  const carried = isRoot ? 0n : add;
  const inheritable = ((wanted.inheritable & ~drop) | carried) & bounding & have.bounding & have.permitted;
  const ambient = ((wanted.ambient & ~drop) | carried) & inheritable & permitted;
  return {
    drops: bitsOf(have.bounding & ~bounding),
    sets: {
      effective: changed(wanted.effective) & permitted,
      permitted,
      inheritable,
    },
    ambient: bitsOf(ambient),
    missing: decodeCapabilities((changed(wanted.permitted) & ~have.permitted) | (bounding & ~have.bounding)),
  };
}

const HALF = 0xffff_ffffn;

export function bitsOf(mask: bigint): number[] {
  const [low, high] = [Number(mask & HALF), Number((mask >> 32n) & HALF)];
  const bits: number[] = [];
  for (let bit = 0; bit < 64; bit++) if (((bit < 32 ? low : high) >>> (bit % 32)) & 1) bits.push(bit);
  return bits;
}

/** All that this kernel knows. */
export function allCapabilities(last: number): bigint {
  return (1n << BigInt(last + 1)) - 1n;
}

export interface LimitStep {
  readonly name: string;
  readonly resource: number;
  readonly soft: bigint;
  readonly hard: bigint;
}

const INFINITY = 0xffff_ffff_ffff_ffffn;

const RESOURCES: Readonly<Record<string, keyof typeof RLIMIT>> = {
  'Max cpu time': 'RLIMIT_CPU',
  'Max file size': 'RLIMIT_FSIZE',
  'Max data size': 'RLIMIT_DATA',
  'Max stack size': 'RLIMIT_STACK',
  'Max core file size': 'RLIMIT_CORE',
  'Max resident set': 'RLIMIT_RSS',
  'Max processes': 'RLIMIT_NPROC',
  'Max open files': 'RLIMIT_NOFILE',
  'Max locked memory': 'RLIMIT_MEMLOCK',
  'Max address space': 'RLIMIT_AS',
  'Max file locks': 'RLIMIT_LOCKS',
  'Max pending signals': 'RLIMIT_SIGPENDING',
  'Max msgqueue size': 'RLIMIT_MSGQUEUE',
  'Max nice priority': 'RLIMIT_NICE',
  'Max realtime priority': 'RLIMIT_RTPRIO',
  'Max realtime timeout': 'RLIMIT_RTTIME',
};

/** Those that differ. A hard limit above ours can only be raised with CAP_SYS_RESOURCE: ours stays then. */
export function limitPlan(
  theirs: readonly ResourceLimit[],
  ours: readonly ResourceLimit[],
  effective: bigint,
): { readonly limits: readonly LimitStep[]; readonly short: readonly string[] } {
  const limits: LimitStep[] = [];
  const short: string[] = [];
  for (const { name, soft, hard } of theirs) {
    const resource = RESOURCES[name];
    const own = ours.find((each) => each.name === name);
    if (resource === undefined || own === undefined) continue;
    const most = (effective & RESOURCE) === 0n ? bytesOf(own.hard) : INFINITY;
    const wanted = { soft: bytesOf(soft), hard: bytesOf(hard) };
    if (wanted.hard > most) short.push(name);
    const set = { soft: least(wanted.soft, most), hard: least(wanted.hard, most) };
    if (set.soft === bytesOf(own.soft) && set.hard === bytesOf(own.hard)) continue;
    limits.push({ name: resource, resource: RLIMIT[resource], ...set });
  }
  return { limits, short };
}

function bytesOf(limit: ResourceLimit['soft']): bigint {
  return limit === 'max' ? INFINITY : BigInt(limit);
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** The id inside for one that we see; undefined where the map has none. */
export function insideId(map: readonly IdRange[] | undefined, outside: number): number | undefined {
  return map === undefined ? outside : toInside(map, outside);
}
