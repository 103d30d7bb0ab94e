/**
 * podman: the container's run directory (found through the source of /etc/hostname) names its id; names and images stand
 * in `containers.json` of the storage that its root file system comes from.
 */

import { visibleAt } from '../../src/kernel/proc/mountinfo.ts';
import { overlayDirs } from '../../src/kernel/proc/overlay.ts';
import type { HostDisk } from '../../src/sys/host-file.ts';
import {
  type Engine,
  type EngineQuestion,
  given,
  isObject,
  type Json,
  parseJson,
  readJsonValue,
  stringAt,
  UNKNOWN_RUNTIME,
} from './engine.ts';
import { rootsOnHost } from './oci-bundle.ts';

const RUN_FILE = /^(?<storage>.*\/(?<driver>[a-z]+)-containers)\/(?<id>[0-9a-f]{64})\/userdata\/[^/]+$/;
const OWN_TARGETS = ['/etc/hostname', '/run/.containerenv', '/etc/hosts', '/etc/resolv.conf'];

export const podman: Engine = {
  runtimes: ['podman', 'oci', UNKNOWN_RUNTIME],
  ask(disk, question) {
    const found = OWN_TARGETS.map((target) => RUN_FILE.exec(question.sourceOf(target) ?? '')?.groups).find(
      (groups) => groups?.['id'] !== undefined && (question.id === undefined || groups['id'] === question.id),
    );
    const id = question.id ?? found?.['id'];
    if (id === undefined) return undefined;
    for (const list of storageLists(question, found?.['storage'], found?.['driver'])) {
      const entry = entryOf(disk, list, id);
      if (entry === undefined) continue;
      const metadata = parseJson(stringAt(entry, 'metadata') ?? '{}');
      const names = entry['names'];
      const first: unknown = Array.isArray(names) ? names[0] : undefined;
      return {
        runtime: 'podman',
        id,
        ...given('name', typeof first === 'string' ? first : undefined),
        ...given('image', isObject(metadata) ? stringAt(metadata, 'image-name') : undefined),
        ...given('createdAt', stringAt(entry, 'created')),
        source: list,
        state: entry,
      };
    }
    return undefined;
  },
};

/** Where containers.json may be: beside the graph root's overlay directories, and (volatile ones) in the run root. */
function storageLists(
  question: EngineQuestion,
  runStorage: string | undefined,
  driver: string | undefined,
): string[] {
  const lists: string[] = [];
  const graphRoot = graphRootOf(question);
  if (graphRoot !== undefined) {
    for (const name of ['containers.json', 'volatile-containers.json']) {
      lists.push(`${graphRoot.directory}/${driver ?? graphRoot.driver}-containers/${name}`);
    }
  }
  if (runStorage !== undefined)
    lists.push(`${runStorage}/volatile-containers.json`, `${runStorage}/containers.json`);
  return lists;
}

function graphRootOf(question: EngineQuestion): { directory: string; driver: string } | undefined {
  const { mounts, sourceOf } = question;
  const root = visibleAt(mounts, '/');
  const upper = root?.type === 'overlay' ? overlayDirs(root.superOptions).upperdir : undefined;
  const place =
    /^(?<directory>.*)\/(?<driver>overlay)\/[^/]+\/diff$/.exec(upper ?? '')?.groups ??
    /^(?<directory>.*)\/(?<driver>vfs)\/dir\/[^/]+$/.exec(sourceOf('/') ?? '')?.groups ??
    /^(?<directory>.*)\/(?<driver>btrfs)\/subvolumes\/[^/]+$/.exec(sourceOf('/') ?? '')?.groups ??
    // fuse-overlayfs says nothing of its layers; where podman mounted it does.
    rootsOnHost(question)
      .map((path) => /^(?<directory>.*)\/(?<driver>overlay)\/[^/]+\/merged$/.exec(path)?.groups)
      .find((groups) => groups !== undefined);
  const directory = place?.['directory'];
  const driver = place?.['driver'];
  return directory === undefined || driver === undefined ? undefined : { directory, driver };
}

function entryOf(disk: HostDisk, list: string, id: string): Json | undefined {
  const entries = readJsonValue(disk, list);
  if (!Array.isArray(entries)) return undefined;
  return entries.find((entry: unknown): entry is Json => isObject(entry) && entry['id'] === id);
}
