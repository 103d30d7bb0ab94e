/** Cgroups of every hierarchy, or a container's own and all below them, with rates against the list before. */
import type { CgroupStart } from '../../../collectors/cgroup-tree.ts';
import { cgroupStarts } from '../../../collectors/cgroup-tree-start.ts';
import { clustersOf } from '../../model/build.ts';
import type { CgroupSample } from '../../model/cgroup-facts.ts';
import { ALL_PARTS, type CgroupParts } from '../../model/cgroup-parts.ts';
import type { SampleNote } from '../../model/sample.ts';
import { cgroupOwners, takeCgroups } from '../take-cgroups.ts';
import type { Lister, ListRequest } from './lister.ts';

/** Of a whole host: what its columns show, and what says that there is trouble. The rest costs as much again. */
const PARTS_OF_HOST: CgroupParts = new Set([
  'procs',
  'state',
  'cpu',
  'throttling',
  'cpu-limits',
  'memory',
  'memory-stat',
  'memory-limits',
  'memory-events',
  'io',
  'pids',
  'pids-limits',
  'pressure',
  'freezer',
  'containers',
]);

export function cgroupLister(): Lister {
  let previous: CgroupSample | undefined;
  return (request) => {
    const { files, sample, model, container } = request;
    const { host } = model;
    const starts = container === undefined ? wholeHost(request) : ownOf(request, container.key);
    const parts = container === undefined ? PARTS_OF_HOST : ALL_PARTS;
    const owners = cgroupOwners(sample, model.containers);
    const look = takeCgroups(files, { host, starts, parts, owners }, previous);
    previous = look.sample;
    const notes = starts.length === 0 && container !== undefined ? [NONE_OF_ITS_OWN] : look.notes;
    return { kind: 'cgroups', rows: look.cgroups, notes };
  };
}

const NONE_OF_ITS_OWN: SampleNote = {
  about: 'cgroup',
  text: 'it has no cgroup of its own: others are in each that it is in',
};

const wholeHost = ({ files, model }: ListRequest): readonly CgroupStart[] =>
  cgroupStarts(files, model.host.hierarchies, undefined).starts;

function ownOf({ sample }: ListRequest, key: string): CgroupStart[] {
  const { drafts, places } = clustersOf(sample);
  const draft = drafts.find((each) => each.key === key);
  const own = (draft && places.get(draft)) ?? [];
  return own.flatMap((place) => (place.own ? { hierarchy: place.hierarchy, path: place.path } : []));
}
