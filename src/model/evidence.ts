/** Why something is called a container: one line per fact, in the kernel's words. Pure. */

import { mountIn } from '../kernel/proc/mount-lookup.ts';
import { overlayDirs } from '../kernel/proc/overlay.ts';
import { isUnknown, known } from '../kernel/reading.ts';
import { NAMESPACE_TYPES } from '../kernel/tables/namespaces.ts';
import type { Draft } from './draft.ts';
import type { NamespaceInodes, Sample } from './sample.ts';

export function evidenceOf(draft: Draft, host: NamespaceInodes, sample: Sample): string[] {
  const lines = [...draft.evidence];
  const { init } = draft;
  if (init === undefined) return lines;
  if (isUnknown(init.namespaces))
    lines.push(`namespaces unknown: ${init.namespaces.path}: ${init.namespaces.errno}`);
  const inodes = known(init.namespaces);
  const pid = inodes?.pid;
  const says = lines.some((line) => line.startsWith('pid namespace'));
  if (pid !== undefined && host.pid !== undefined && pid !== host.pid && !says) {
    lines.push(`pid namespace ${pid} is not the host's`);
  }
  const others = NAMESPACE_TYPES.filter(
    (type) =>
      type !== 'pid' &&
      inodes?.[type] !== undefined &&
      host[type] !== undefined &&
      inodes[type] !== host[type],
  );
  if (others.length > 0)
    lines.push(`own namespaces: ${others.map((type) => `${type} ${inodes?.[type]}`).join(', ')}`);
  const root = rootEvidence(inodes?.mnt, host.mnt, known(init.root), sample);
  if (root !== undefined) lines.push(root);
  return lines;
}

function rootEvidence(
  mnt: number | undefined,
  hostMnt: number | undefined,
  link: string | undefined,
  sample: Sample,
): string | undefined {
  if (mnt === undefined || mnt === hostMnt || link !== '/') return undefined;
  const mount = mountIn(sample.mountTables.get(mnt), '/');
  if (mount === undefined) return undefined;
  const usual = hostMnt === undefined ? undefined : mountIn(sample.mountTables.get(hostMnt), '/');
  if (usual?.device === mount.device && usual.root === mount.root) return undefined;
  if (mount.type !== 'overlay') return `/ is ${mount.root} of ${mount.type} device ${mount.device}`;
  const { upperdir } = overlayDirs(mount.superOptions);
  return upperdir === undefined ? '/ is a read-only overlay' : `/ is an overlay, upperdir ${upperdir}`;
}
