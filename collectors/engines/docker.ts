/** docker: `DATA-ROOT/containers/ID/config.v2.json`, found through the source of /etc/hostname, /etc/hosts or resolv.conf. */
import { type Engine, given, objectAt, readJson, stringAt, stringsOf, UNKNOWN_RUNTIME } from './engine.ts';
import { podLabels } from './pod-labels.ts';

const OWN_FILE = /^(?<directory>.*\/containers\/(?<id>[0-9a-f]{64}))\/(?:hostname|hosts|resolv\.conf)$/;

export const docker: Engine = {
  runtimes: ['docker', 'oci', UNKNOWN_RUNTIME, 'ecs'],
  ask(disk, { id, sourceOf }) {
    for (const target of ['/etc/hostname', '/etc/hosts', '/etc/resolv.conf']) {
      const found = OWN_FILE.exec(sourceOf(target) ?? '')?.groups;
      const directory = found?.['directory'];
      // In a cluster the files are those of the pod's sandbox, which is another container.
      if (directory === undefined || (id !== undefined && found?.['id'] !== id)) continue;
      const source = `${directory}/config.v2.json`;
      const config = readJson(disk, source);
      if (config === undefined) continue;
      const labels = stringsOf(objectAt(objectAt(config, 'Config'), 'Labels'));
      return {
        runtime: 'docker',
        ...given('id', stringAt(config, 'ID')),
        ...given('name', stringAt(config, 'Name')?.replace(/^\//, '')),
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
