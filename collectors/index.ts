/** Every source of facts, listed explicitly; the sampler and the commands take them from here. */
import { capabilities } from './capabilities.ts';
import { cgroupTree } from './cgroup-tree.ts';
import { cgroups } from './cgroups.ts';
import { descriptors } from './descriptors.ts';
import { detail } from './detail.ts';
import { links } from './links.ts';
import { deviceNames, namespaceTables, shortNames } from './mount-details.ts';
import { namespaceBinds } from './namespace-binds.ts';
import { namespaceDetails } from './namespace-details.ts';
import { namespaceLeaders } from './namespace-leaders.ts';
import { namespaceList } from './namespace-list.ts';
import { namespaceRelations } from './namespace-relations.ts';
import { namespaceSockets } from './namespace-sockets.ts';
import { namespaceThreads } from './namespace-threads.ts';
import { namespaces } from './namespaces.ts';
import { netNeighbours } from './net-neighbours.ts';
import { netPlaces } from './net-places.ts';
import { processDetails } from './process-details.ts';
import { SAMPLED } from './sampled.ts';
import { sockets } from './sockets.ts';

export const COLLECTORS = {
  ...SAMPLED,
  namespaces,
  cgroups,
  cgroupTree,
  detail,
  processDetails,
  links,
  netNeighbours,
  netPlaces,
  sockets,
  descriptors,
  namespaceTables,
  capabilities,
  deviceNames,
  shortNames,
  namespaceBinds,
  namespaceDetails,
  namespaceLeaders,
  namespaceList,
  namespaceRelations,
  namespaceSockets,
  namespaceThreads,
};
