/** Processes as rows: what every sample knows of them, and what is read of those alone that somebody asks for. */
import { processDetails } from '../../collectors/process-details.ts';
import { known } from '../kernel/reading.ts';
import { type ProcessView, processView } from '../model/process-view.ts';
import type { HostFacts, ProcessFacts } from '../model/sample.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';

/** Processes one look earlier, for rates of their own. */
export interface EarlierProcesses {
  readonly processes: ReadonlyMap<number, ProcessFacts>;
  readonly spanUsec: number;
}

export function takeProcesses(
  files: KernelFiles,
  host: HostFacts,
  processes: readonly ProcessFacts[],
  before?: EarlierProcesses,
): ProcessView[] {
  const ownUserNamespace = known(host.self.namespaces)?.user;
  return processDetails
    .collect(files, { processes, ownUserNamespace })
    .map((detail) =>
      processView(
        detail,
        host,
        before && { facts: before.processes.get(detail.facts.pid), spanUsec: before.spanUsec },
      ),
    );
}
