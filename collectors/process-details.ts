/** What `procs` and `inspect` show of each process of one container, beyond what every scan reads. */
import { type IdRange, parseIdMap, toInside } from '../src/kernel/proc/id-map.ts';
import { type PidStatus, parsePidStatus } from '../src/kernel/proc/status.ts';
import { type Fact, factOf, isUnknown, known, mapFact } from '../src/kernel/reading.ts';
import type { ProcessFacts } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { cmdlinesOf } from './cmdline.ts';
import type { Collector } from './collector.ts';
import { ofLiving, parsed } from './parsed.ts';

export interface ProcessDetail {
  readonly facts: ProcessFacts;
  readonly status: Fact<PidStatus>;
  readonly argv: Fact<readonly string[]>;
  /** Ids inside the process's own user namespace; absent where they are the same as outside, or not mapped. */
  readonly innerUid: Fact<number>;
  readonly innerGid: Fact<number>;
}

export interface DetailsInput {
  readonly processes: readonly ProcessFacts[];
  /** The observer's user namespace: processes in it have no other ids inside. */
  readonly ownUserNamespace: number | undefined;
}

export const processDetails: Collector<DetailsInput, ProcessDetail[]> = {
  id: 'process-details',
  reads: ['/proc/PID/status', '/proc/PID/cmdline', '/proc/PID/uid_map', '/proc/PID/gid_map'],
  needs: ['CAP_SYS_PTRACE'],
  tier: 'request',
  collect(files, { processes, ownUserNamespace }) {
    const cmdlines = cmdlinesOf(files, processes);
    return processes.map((facts) => {
      const path = files.proc(`${facts.pid}/status`);
      const status = factOf(parsed(ofLiving(files.small(path)), path, parsePidStatus));
      const user = known(facts.namespaces)?.user;
      const ids = known(status);
      const differs = user !== ownUserNamespace || user === undefined;
      return {
        facts,
        status,
        argv: mapFact(cmdlines.get(facts.pid), ({ argv }) => argv),
        innerUid: differs && ids ? insideId(files, facts.pid, 'uid_map', ids.uid.effective) : undefined,
        innerGid: differs && ids ? insideId(files, facts.pid, 'gid_map', ids.gid.effective) : undefined,
      };
    });
  },
};

function insideId(
  files: KernelFiles,
  pid: number,
  name: 'uid_map' | 'gid_map',
  outside: number,
): Fact<number> {
  const path = files.proc(`${pid}/${name}`);
  const map: Fact<IdRange[]> = factOf(parsed(files.text(path), path, parseIdMap));
  return map === undefined || isUnknown(map) ? map : toInside(map, outside);
}
