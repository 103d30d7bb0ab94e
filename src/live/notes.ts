/** What a whole sample suffers from, said once instead of in every row. Pure. */
import type { ProcessScan } from '../../collectors/processes.ts';
import { isUnknown, known } from '../kernel/reading.ts';
import { decodeCapabilities } from '../kernel/tables/capabilities.ts';
import type { HostFacts, SampleNote } from '../model/sample.ts';

export function notesOf(host: HostFacts, { processes, refused }: ProcessScan): SampleNote[] {
  const notes: SampleNote[] = [];
  const [example] = refused;
  if (example !== undefined) {
    const text = `${refused.length} processes could not be read, for example ${example.path}: ${example.errno}`;
    notes.push({ about: 'refused', text });
  }
  const { users, denied } = countedOf(processes);
  if (denied * 2 > users) {
    notes.push({
      about: 'rights',
      text: `namespaces of ${denied} of ${users} processes may not be read: porthole doctor says what is missing and why`,
    });
  }
  const { hidepid, subsetPid } = host.self.procOptions;
  // It hides nothing from CAP_SYS_PTRACE.
  const seesAll = decodeCapabilities(host.self.effectiveCapabilities).includes('CAP_SYS_PTRACE');
  if (hidepid !== 'off' && !seesAll) {
    const visible = [...processes.values()].reduce((sum, facts) => sum + facts.threads, 0);
    const tasks = known(host.tasks);
    const hidden =
      tasks === undefined ? '' : `, which hides ${Math.max(0, tasks - visible)} of ${tasks} tasks`;
    notes.push({ about: 'hidepid', text: `/proc is mounted with hidepid=${hidepid}${hidden}` });
  }
  if (subsetPid)
    notes.push({ about: 'subset', text: '/proc is mounted with subset=pid: host totals cannot be read' });
  if (host.hierarchies.length === 0) {
    notes.push({
      about: 'cgroup',
      text: 'no cgroup file system is mounted: usage and limits come from processes alone',
    });
  }
  if (isUnknown(host.self.namespaces)) {
    notes.push({ about: 'namespaces', text: `${host.self.namespaces.path}: ${host.self.namespaces.errno}` });
  }
  return notes;
}

interface Counted {
  /** Processes that are no kernel threads. */
  readonly users: number;
  /** Those of them whose namespaces may not be read. */
  readonly denied: number;
}

const counted = new WeakMap<ProcessScan['processes'], Counted>();

/** Counted once for processes of which nothing is new. */
function countedOf(processes: ProcessScan['processes']): Counted {
  const seen = counted.get(processes);
  if (seen !== undefined) return seen;
  let users = 0;
  let denied = 0;
  processes.forEach(({ isKernelThread, namespaces }) => {
    if (isKernelThread) return;
    users += 1;
    if (isUnknown(namespaces)) denied += 1;
  });
  const count = { users, denied };
  counted.set(processes, count);
  return count;
}
