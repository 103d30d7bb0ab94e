/** Processes of the host or of one container, by pid. Kernel threads are left out: they are in no container. */
import type { ProcessFacts } from '../../model/sample.ts';
import { clockUsec } from '../../sys/kernel-files.ts';
import { type EarlierProcesses, takeProcesses } from '../take-processes.ts';
import type { Lister, ListRequest } from './lister.ts';

export function processLister(): Lister {
  let before: { readonly processes: EarlierProcesses['processes']; readonly readAtUsec: number } | undefined;
  return ({ files, model, container, freshen }) => {
    const processes = freshen(container?.pids ?? userProcesses(model));
    const readAtUsec = clockUsec();
    const earlier = before && {
      processes: before.processes,
      spanUsec: readAtUsec - before.readAtUsec,
    };
    before = { processes: byPid(processes), readAtUsec };
    const names = new Map(model.containers.map(({ key, name }) => [key, name]));
    const rows = takeProcesses(files, model.host, processes, earlier).map((view) => {
      const key = model.containerOfPid.get(view.pid);
      const containerName = names.get(key ?? '');
      return {
        ...view,
        ...(key !== undefined && { container: key }),
        ...(containerName !== undefined && { containerName }),
      };
    });
    return { kind: 'processes', rows, notes: [] };
  };
}

function userProcesses({ processes }: ListRequest['model']): number[] {
  const pids: number[] = [];
  for (const { pid, isKernelThread } of processes.values()) if (!isKernelThread) pids.push(pid);
  return pids.sort((a, b) => a - b);
}

const byPid = (processes: readonly ProcessFacts[]) => new Map(processes.map((facts) => [facts.pid, facts]));
