/** One process of a container as `procs --json` and `inspect --json` give it (CONTRACT, `procs`). Pure. */

import type { PidStatus } from '../kernel/proc/status.ts';
import { type Fact, isUnknown, known, mapFact } from '../kernel/reading.ts';
import type { CgroupPlacement, HostFacts, ProcessFacts } from './sample.ts';

export interface ProcessView {
  readonly pid: number;
  /** Outermost pid namespace (the reader's) first. */
  readonly innerPids: Fact<readonly number[]>;
  readonly ppid: number;
  readonly comm: string;
  readonly argv: Fact<readonly string[]>;
  readonly state: string;
  readonly threads: number;
  readonly starttimeTicks: number;
  readonly startedAt: string;
  readonly uid: Fact<number>;
  readonly gid: Fact<number>;
  readonly innerUid?: Fact<number>;
  readonly innerGid?: Fact<number>;
  readonly cpu: { readonly usageUsec: number; readonly ratio?: number };
  readonly memoryBytes: number;
  /** 16 hex digits. */
  readonly capEff: Fact<string>;
  readonly seccomp: Fact<string>;
  readonly cgroup: Fact<Readonly<Record<string, string>>>;
}

interface ProcessInput {
  readonly facts: ProcessFacts;
  readonly status: Fact<PidStatus>;
  readonly argv: Fact<readonly string[]>;
  readonly innerUid: Fact<number>;
  readonly innerGid: Fact<number>;
}

const CAP_DIGITS = 16;

export function processView(
  { facts, status, argv, innerUid, innerGid }: ProcessInput,
  host: HostFacts,
  before?: { readonly facts: ProcessFacts | undefined; readonly spanUsec: number },
): ProcessView {
  const usecPerTick = 1_000_000 / host.clockTicksPerSecond;
  const ticks = facts.utimeTicks + facts.stimeTicks;
  const ratio = ratioOf(facts, ticks, usecPerTick, before);
  return {
    pid: facts.pid,
    innerPids: mapFact(status, ({ nsPid }) => nsPid),
    ppid: facts.ppid,
    comm: facts.comm,
    argv,
    state: facts.state,
    threads: facts.threads,
    starttimeTicks: facts.starttimeTicks,
    startedAt: new Date(
      host.bootTimeMs + (facts.starttimeTicks * 1000) / host.clockTicksPerSecond,
    ).toISOString(),
    uid: mapFact(status, ({ uid }) => uid.effective),
    gid: mapFact(status, ({ gid }) => gid.effective),
    ...(innerUid !== undefined && { innerUid }),
    ...(innerGid !== undefined && { innerGid }),
    cpu: { usageUsec: Math.round(ticks * usecPerTick), ...(ratio !== undefined && { ratio }) },
    memoryBytes: facts.rssPages * host.pageSizeBytes,
    capEff: mapFact(status, ({ capabilities }) =>
      capabilities.effective.toString(16).padStart(CAP_DIGITS, '0'),
    ),
    seccomp: isUnknown(status) ? status : known(status)?.seccomp,
    cgroup: mapFact(facts.cgroup, sharedPathsOf),
  };
}

function ratioOf(
  facts: ProcessFacts,
  ticks: number,
  usecPerTick: number,
  before: { readonly facts: ProcessFacts | undefined; readonly spanUsec: number } | undefined,
): number | undefined {
  if (before?.facts?.starttimeTicks !== facts.starttimeTicks || before.spanUsec <= 0) return undefined;
  const earlier = before.facts.utimeTicks + before.facts.stimeTicks;
  return Math.max(0, ((ticks - earlier) * usecPerTick) / before.spanUsec);
}

const pathsOfPlacement = new WeakMap<CgroupPlacement, Readonly<Record<string, string>>>();

/** One for all that are in the same cgroups: there may be thousands. */
function sharedPathsOf(placement: CgroupPlacement): Readonly<Record<string, string>> {
  const seen = pathsOfPlacement.get(placement);
  if (seen !== undefined) return seen;
  const paths = pathsOf(placement);
  pathsOfPlacement.set(placement, paths);
  return paths;
}

/** Controller to path; `''` is v2's. */
export function pathsOf({ lines }: CgroupPlacement): Record<string, string> {
  const paths: Record<string, string> = {};
  for (const { controllers, path } of lines) {
    if (controllers.length === 0) paths[''] = path;
    for (const controller of controllers) paths[controller] = path;
  }
  return paths;
}
