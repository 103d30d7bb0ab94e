/** Every kind of list and what takes it. */
import type { ListKind } from '../feed.ts';
import { cgroupLister } from './cgroups.ts';
import type { Lister } from './lister.ts';
import { mountLister } from './mounts.ts';
import { namespaceLister } from './namespaces.ts';
import { interfaceLister, socketLister } from './network.ts';
import { processLister } from './processes.ts';
import { securityLister } from './security.ts';

export const LISTERS: Readonly<Record<ListKind, () => Lister>> = {
  processes: processLister,
  namespaces: namespaceLister,
  cgroups: cgroupLister,
  mounts: mountLister,
  interfaces: interfaceLister,
  sockets: socketLister,
  security: securityLister,
};
