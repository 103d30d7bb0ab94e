/** docker: `DATA-ROOT/containers/ID/config.v2.json`, found through the source of /etc/hostname, /etc/hosts or resolv.conf. */
import { isHexId } from '../../src/kernel/hex-id.ts';
import { type Engine, given, objectAt, readJson, stringAt, stringsOf, UNKNOWN_RUNTIME } from './engine.ts';
import { podLabels } from './pod-labels.ts';

const OWN_FILES = ['hostname', 'hosts', 'resolv.conf'];

export const docker: Engine = {
  runtimes: ['docker', 'oci', UNKNOWN_RUNTIME, 'ecs'],
  ask(disk, { id, sourceOf }) {
    for (const target of ['/etc/hostname', '/etc/hosts', '/etc/resolv.conf']) {
      const own = ownDirectory(sourceOf(target) ?? '');
      // In a cluster the files are those of the pod's sandbox, which is another container.
      if (own === undefined || (id === undefined ? !isHexId(own.id) : own.id !== id)) continue;
      const source = `${own.directory}/config.v2.json`;
      const config = readJson(disk, source);
      if (config === undefined) continue;
      const labels = stringsOf(objectAt(objectAt(config, 'Config'), 'Labels'));
      return {
        runtime: 'docker',
        ...given('id', stringAt(config, 'ID')),
        ...given('name', withoutSlash(stringAt(config, 'Name'))),
        ...given('image', stringAt(objectAt(config, 'Config'), 'Image')),
        ...given('createdAt', stringAt(config, 'Created')),
        labels,
        ...podLabels(labels),
        source,
        state: objectAt(config, 'State'),
      };
    }
    return undefined;
  },
};

/** Of `DATA-ROOT/containers/ID/hostname`, and of what else lies there. */
function ownDirectory(file: string): { directory: string; id: string } | undefined {
  const slash = file.lastIndexOf('/');
  const directory = file.slice(0, slash);
  const id = directory.slice(directory.lastIndexOf('/') + 1);
  const isOwn = OWN_FILES.includes(file.slice(slash + 1)) && directory.endsWith(`/containers/${id}`);
  return isOwn ? { directory, id } : undefined;
}

function withoutSlash(name: string | undefined): string | undefined {
  return name?.startsWith('/') === true ? name.slice(1) : name;
}
