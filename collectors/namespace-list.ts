/** What the kernel itself lists, where it can (Linux 6.19): namespaces that no other way led to are opened and kept. */
import type { FailedReading } from '../src/kernel/reading.ts';
import { closeDescriptor } from '../src/sys/koffi.ts';
import { listNamespaceIds, openNamespaceId } from '../src/sys/listns.ts';
import type { NamespaceDoors } from '../src/sys/namespace-door.ts';
import { typeOf } from '../src/sys/nsfs.ts';
import type { Collector } from './collector.ts';

export interface ListInput {
  readonly doors: NamespaceDoors;
}

/** What could not be opened; empty where the kernel has no such list. */
export const namespaceList: Collector<ListInput, readonly FailedReading[]> = {
  id: 'namespaceList',
  reads: [],
  needs: ['CAP_SYS_ADMIN'],
  tier: 'slow',
  collect(_files, { doors }) {
    const ids = listNamespaceIds();
    if (!ids.ok) return [];
    const failures: FailedReading[] = [];
    for (const id of ids.value) {
      const opened = openNamespaceId(id);
      if (!opened.ok) {
        // ESTALE: it went while we looked.
        if (opened.errno !== 'ESTALE' && opened.errno !== 'ENOENT') failures.push(opened);
        continue;
      }
      const type = typeOf(opened.value.fd, `namespace id ${id}`);
      if (type.ok) doors.keep(type.value, opened.value);
      else closeDescriptor(opened.value.fd);
    }
    return failures;
  },
};
