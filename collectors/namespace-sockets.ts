/**
 * Sockets made in another net namespace than their process is in now: they keep it alive. Every socket is asked once,
 * however many descriptors it has; one of the net namespace of its own process keeps nothing that the process does not.
 */
import { type FailedReading, known } from '../src/kernel/reading.ts';
import type { NamespaceSighting } from '../src/model/namespace-facts.ts';
import type { ProcessFacts } from '../src/model/sample.ts';
import type { NamespaceDoors } from '../src/sys/namespace-door.ts';
import { SocketNamespaces } from '../src/sys/socket-namespace.ts';
import type { Collector } from './collector.ts';
import type { DescriptorFacts } from './descriptors.ts';

export interface SocketsInput {
  readonly descriptors: readonly DescriptorFacts[];
  readonly processes: ReadonlyMap<number, ProcessFacts>;
  /** A namespace that nothing else leads to is kept open here. */
  readonly doors: NamespaceDoors;
}

export interface SocketScan {
  readonly sightings: readonly NamespaceSighting[];
  readonly refused: readonly FailedReading[];
}

export const namespaceSockets: Collector<SocketsInput, SocketScan> = {
  id: 'namespaceSockets',
  reads: ['/proc/PID/fd/*'],
  needs: ['CAP_SYS_PTRACE', 'CAP_NET_ADMIN'],
  tier: 'slow',
  collect(files, { descriptors, processes, doors }) {
    const sightings: NamespaceSighting[] = [];
    const refused: FailedReading[] = [];
    /** Net namespace by the socket's inode; undefined where it could not be asked. */
    const asked = new Map<number, number | undefined>();
    const sockets = new SocketNamespaces();
    try {
      for (const { pid, fd, kind, inode } of descriptors) {
        if (kind !== 'socket' || pid === process.pid) continue;
        if (!asked.has(inode)) {
          const found = sockets.open(pid, fd, inode, files.proc(`${pid}/fd/${fd}`));
          asked.set(inode, found.ok ? found.value.inode : undefined);
          if (found.ok) doors.keep('net', found.value);
          else if (found.why !== 'gone' && found.why !== 'absent') refused.push(found);
        }
        const net = asked.get(inode);
        const own = known(processes.get(pid)?.namespaces)?.net;
        if (net === undefined || net === own) continue;
        sightings.push({ type: 'net', inode: net, holder: { kind: 'socket', pid, fd } });
      }
    } finally {
      sockets.close();
    }
    return { sightings, refused };
  },
};
