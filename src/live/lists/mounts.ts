/** Mounts as a container's init sees them, or as Porthole itself does. */
import { takeMounts } from '../take-mounts.ts';
import type { Lister } from './lister.ts';

export const mountLister =
  (): Lister =>
  ({ files, sample, model, container }) => {
    const pid = container?.initPid ?? (files.ownProc ? process.pid : 1);
    const { mounts, storage, notes } = takeMounts(files, model, pid, sample.mountTables);
    // What a root file system is made of is a question about containers.
    return { kind: 'mounts', rows: mounts, notes, ...(container !== undefined && { storage }) };
  };
