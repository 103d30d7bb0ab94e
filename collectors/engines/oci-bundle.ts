/**
 * OCI bundles: `config.json` beside the container's root file system, or in the working directory of the shim above it. Annotations carry what CRI engines and nerdctl know.
 */
import { basename, dirname } from 'node:path';
import { isHexId } from '../../src/kernel/hex-id.ts';
import { visibleAt } from '../../src/kernel/proc/mountinfo.ts';
import { known } from '../../src/kernel/reading.ts';
import type { HostDisk } from '../../src/sys/host-file.ts';
import {
  type Engine,
  type EngineQuestion,
  given,
  type Json,
  objectAt,
  readJson,
  stringAt,
  stringsOf,
  UNKNOWN_RUNTIME,
} from './engine.ts';
import { podLabels } from './pod-labels.ts';

export interface Bundle {
  readonly directory: string;
  readonly config: Json;
}

/** A file is a bundle's when it says which version of the specification it follows. */
export function bundleAt(disk: HostDisk, directory: string | undefined): Bundle | undefined {
  if (directory === undefined) return undefined;
  const config = readJson(disk, `${directory}/config.json`);
  return config !== undefined && stringAt(config, 'ociVersion') !== undefined
    ? { directory, config }
    : undefined;
}

/** Directories the root file system may have been mounted from or on, as the host sees them. */
export function rootsOnHost({ mounts, hostMounts, sourceOf }: EngineQuestion): string[] {
  const root = visibleAt(mounts, '/');
  const sameFileSystem = hostMounts.filter(
    (mount) =>
      root !== undefined && mount.device === root.device && mount.root === root.root && mount.target !== '/',
  );
  return [...sameFileSystem.map((mount) => mount.target), sourceOf('/') ?? ''].filter((path) => path !== '');
}

function shimBundle(disk: HostDisk, { parentCwd, id }: EngineQuestion): Bundle | undefined {
  const cwd = known(parentCwd());
  if (cwd === undefined) return undefined;
  // One shim serves a whole pod and stays in the sandbox's bundle; the others lie beside it.
  return (id === undefined ? undefined : bundleAt(disk, `${dirname(cwd)}/${id}`)) ?? bundleAt(disk, cwd);
}

export const containerd: Engine = {
  runtimes: ['containerd', 'oci', UNKNOWN_RUNTIME],
  ask(disk, question) {
    const isTaskDirectory = (path: string) => path.includes('io.containerd.runtime.');
    const directories = rootsOnHost(question).map(dirname).filter(isTaskDirectory);
    const candidates = [...directories.map((path) => bundleAt(disk, path)), shimBundle(disk, question)];
    const bundle = candidates.find((each) => each !== undefined && isTaskDirectory(each.directory));
    if (bundle === undefined) return undefined;
    const id = basename(bundle.directory);
    // The shim stands in the sandbox's bundle, which says nothing about another container of the pod.
    if (question.id !== undefined && question.id !== id) return undefined;
    const namespace = basename(dirname(bundle.directory));
    // docker's own state knows more; its bundles are containerd's too.
    if (namespace === 'moby') return undefined;
    const annotations = stringsOf(objectAt(bundle.config, 'annotations'));
    return {
      runtime: 'containerd',
      id,
      // ctr's ids are names; those of sandboxes, which have no other name, are not.
      ...given(
        'name',
        annotations['io.kubernetes.cri.container-name'] ??
          annotations['nerdctl/name'] ??
          (isHexId(id) ? undefined : id),
      ),
      ...given('image', annotations['io.kubernetes.cri.image-name'] ?? annotations['nerdctl/image-name']),
      labels: annotations,
      ...podLabels(annotations),
      source: `${bundle.directory}/config.json`,
      state: { namespace, bundle: bundle.directory },
    };
  },
};

export const crio: Engine = {
  runtimes: ['cri-o'],
  ask(disk, question) {
    const bundle =
      shimBundle(disk, question) ?? rootsOnHost(question).map((path) => bundleAt(disk, dirname(path)))[0];
    if (bundle === undefined) return undefined;
    const annotations = stringsOf(objectAt(bundle.config, 'annotations'));
    return {
      runtime: 'cri-o',
      ...given(
        'name',
        annotations['io.kubernetes.container.name'] ?? annotations['io.kubernetes.cri-o.Name'],
      ),
      ...given(
        'image',
        annotations['io.kubernetes.cri-o.ImageName'] ?? annotations['io.kubernetes.cri-o.Image'],
      ),
      labels: annotations,
      ...podLabels(annotations),
      source: `${bundle.directory}/config.json`,
    };
  },
};
