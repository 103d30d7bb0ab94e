/**
 * What is worth knowing of one type only: the hostname of a uts namespace, the interfaces of a net namespace, the id maps
 * of a user namespace. Maps are shown by processes alone; hostnames, and interfaces where there is no process, only from
 * inside.
 */
import { hostname } from 'node:os';
import { parseIdMap } from '../src/kernel/proc/id-map.ts';
import { parseNetDev } from '../src/kernel/proc/net-dev.ts';
import { type Fact, factOf, mapReading, ok, type Reading } from '../src/kernel/reading.ts';
import type { NamespaceDetails } from '../src/model/namespace-facts.ts';
import type { NamespaceUsers } from '../src/model/namespace-users.ts';
import { Excursions } from '../src/sys/excursion.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import type { NamespaceDoors } from '../src/sys/namespace-door.ts';
import type { Collector } from './collector.ts';
import { parsed } from './parsed.ts';

export interface DetailsInput {
  readonly doors: NamespaceDoors;
  readonly users: ReadonlyMap<number, NamespaceUsers>;
  /** Our own, whose hostname needs no visit. */
  readonly ownUts: number | undefined;
}

/** By inode. */
export const namespaceDetails: Collector<DetailsInput, Map<number, NamespaceDetails>> = {
  id: 'namespaceDetails',
  reads: ['/proc/PID/net/dev', '/proc/PID/uid_map', '/proc/PID/gid_map', '/proc/PID/ns/uts'],
  needs: ['CAP_SYS_ADMIN'],
  tier: 'slow',
  collect(files, { doors, users, ownUts }) {
    const details = new Map<number, NamespaceDetails>();
    const uts = new Excursions('uts');
    const net = new Excursions('net');
    try {
      for (const [inode, { type }] of doors.entries()) {
        const pid = users.get(inode)?.leader.pid;
        if (type === 'uts')
          details.set(inode, { hostname: inode === ownUts ? hostname() : hostnameOf(inode, doors, uts) });
        if (type === 'net') details.set(inode, { interfaces: interfacesOf(files, pid, inode, doors, net) });
        if (type === 'user') details.set(inode, idMapsOf(files, pid, inode));
      }
    } finally {
      uts.close();
      net.close();
    }
    return details;
  },
};

function hostnameOf(inode: number, doors: NamespaceDoors, uts: Excursions): Fact<string> {
  return factOf(flat(doors.through(inode, (fd, path) => uts.into(fd, path, () => ok(hostname())))));
}

function interfacesOf(
  files: KernelFiles,
  pid: number | undefined,
  inode: number,
  doors: NamespaceDoors,
  net: Excursions,
): Fact<readonly string[]> {
  const namesIn = (path: string) =>
    mapReading(parsed(files.text(path), path, parseNetDev), (devices) => devices.map(({ name }) => name));
  if (pid !== undefined) return factOf(namesIn(files.proc(`${pid}/net/dev`)));
  const look = () => namesIn('/proc/thread-self/net/dev');
  return factOf(flat(doors.through(inode, (fd, path) => net.into(fd, path, look))));
}

function idMapsOf(files: KernelFiles, pid: number | undefined, inode: number): NamespaceDetails {
  const map = (name: string) => {
    // Only a process in it shows them: without one there is no telling.
    if (pid === undefined)
      return { unknown: 'unsupported', path: `${name} of user:[${inode}]`, errno: 'ESRCH' } as const;
    const path = files.proc(`${pid}/${name}`);
    return factOf(parsed(files.text(path), path, parseIdMap));
  };
  return { uidMap: map('uid_map'), gidMap: map('gid_map') };
}

function flat<T>(reading: Reading<Reading<T>>): Reading<T> {
  return reading.ok ? reading.value : reading;
}
