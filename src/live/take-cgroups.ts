/** One look at the cgroups of a host, joined with the one before it and with the containers they belong to. */
import { type CgroupStart, hierarchyId } from '../../collectors/cgroup-tree.ts';
import { COLLECTORS } from '../../collectors/index.ts';
import { known } from '../kernel/reading.ts';
import { clustersOf } from '../model/build.ts';
import type { CgroupSample } from '../model/cgroup-facts.ts';
import { type CgroupParts, inheritedOf } from '../model/cgroup-parts.ts';
import { buildCgroups, type CgroupOwner, hiddenTops } from '../model/cgroup-tree.ts';
import type { CgroupView } from '../model/cgroup-view.ts';
import type { Container } from '../model/host-model.ts';
import type { HostFacts, Sample, SampleNote } from '../model/sample.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';

export interface CgroupWants {
  readonly host: HostFacts;
  readonly starts: readonly CgroupStart[];
  readonly parts: CgroupParts;
  readonly owners: readonly CgroupOwner[];
}

export interface CgroupLook {
  readonly sample: CgroupSample;
  readonly cgroups: readonly CgroupView[];
  readonly notes: readonly SampleNote[];
}

export function takeCgroups(
  files: KernelFiles,
  { host, starts, parts, owners }: CgroupWants,
  previous?: CgroupSample,
): CgroupLook {
  const sample = COLLECTORS.cgroupTree.collect(files, {
    host,
    starts,
    parts,
    partsAbove: inheritedOf(parts),
  });
  const hostMemoryBytes = known(host.memTotalBytes);
  const cgroups = buildCgroups(sample, { previous, owners, hostMemoryBytes });
  return { sample, cgroups, notes: notesOf(sample, host) };
}

/** Sandboxes own none: a service with private namespaces is still a service. */
export function cgroupOwners(sample: Sample, containers: readonly Container[]): CgroupOwner[] {
  const names = new Map(containers.map((each) => [each.key, each.name]));
  const { drafts, places } = clustersOf(sample);
  return drafts.flatMap((draft): CgroupOwner[] => {
    if (draft.kind === 'sandbox') return [];
    const own = places
      .get(draft)
      .filter((place) => place.own)
      .map((place) => `${hierarchyId(place.hierarchy)}:${place.path}`);
    return [{ key: draft.key, name: names.get(draft.key) ?? draft.key, cgroups: own }];
  });
}

function notesOf(sample: CgroupSample, { hierarchies }: HostFacts): SampleNote[] {
  const notes: SampleNote[] = [];
  if (hierarchies.length === 0) notes.push({ about: 'cgroup', text: 'no cgroup file system is mounted' });
  const hidden = hiddenTops(sample);
  if (hidden.length > 0) {
    const text = `limits set above our cgroup namespace are not seen, in ${hidden.join(', ')}`;
    notes.push({ about: 'namespace', text });
  }
  return notes;
}
