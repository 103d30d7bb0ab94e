/** The tabs, and which views stand behind each: for the whole host and for one container. Data. */
import { cgroupsView } from './cgroups.ts';
import { containersView } from './containers.ts';
import { mountsView } from './mounts.ts';
import { namespacesView } from './namespaces.ts';
import { interfacesView, socketsView } from './network.ts';
import { containerView, hostView } from './pages.ts';
import { processesView } from './processes.ts';
import { capabilitiesView, securityView } from './security.ts';
import type { Tab } from './view.ts';

/** `users`: names of the host's users. */
export function makeTabs(users: ReadonlyMap<number, string>): readonly [Tab, ...Tab[]] {
  const processes = processesView(users);
  const namespaces = namespacesView(users, 'parent');
  const owners = namespacesView(users, 'owner');
  const sockets = socketsView(users);
  return [
    { number: 1, title: 'Containers', short: 'Cont', host: [containersView], container: [containerView] },
    { number: 2, title: 'Processes', short: 'Proc', host: [processes], container: [processes] },
    {
      number: 3,
      title: 'Namespaces',
      short: 'Ns',
      host: [namespaces, owners],
      container: [namespaces, owners],
    },
    { number: 4, title: 'Cgroups', short: 'Cgr', host: [cgroupsView], container: [cgroupsView] },
    { number: 5, title: 'Mounts', short: 'Mnt', host: [mountsView], container: [mountsView] },
    {
      number: 6,
      title: 'Network',
      short: 'Net',
      host: [interfacesView, sockets],
      container: [interfacesView, sockets],
    },
    { number: 7, title: 'Security', short: 'Sec', host: [securityView], container: [capabilitiesView] },
    { number: 8, title: 'Host', short: 'Host', host: [hostView], container: [hostView] },
  ];
}
