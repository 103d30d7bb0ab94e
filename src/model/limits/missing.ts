/** Why a cgroup has no file for a limit, and what would have to be done where. Pure. */
import { parseControllers } from '../../kernel/cgroup/controllers.ts';
import { known } from '../../kernel/reading.ts';
import type { LimitKey } from './keys.ts';
import { LimitRefusal } from './refusal.ts';
import { type LimitLevel, type LimitPlace, parsedAt } from './snapshot.ts';

/** The line that says it, for `limit` without values and for refusals alike. */
export function whyMissing(place: LimitPlace, key: LimitKey): string {
  const { version } = place;
  if (key.files[version].length === 0 && key.unit !== 'hugetlb')
    return `cgroup v${version} has no such limit${hint(key.instead?.[version])}`;
  const names = key.files[version].map(({ name }) => name).join(' or ');
  if (version === 1) return `this kernel has no ${names || 'such file'} in ${place.own.directory}`;
  const controller = key.controller[2];
  const isEnabled = listed(place.own, 'cgroup.controllers').includes(controller);
  if (isEnabled) return `this kernel has no ${names || `${controller} files`} in ${place.own.directory}`;
  return `the ${controller} controller is not enabled for ${place.own.path}: ${howToEnable(place, controller)}`;
}

export function missing(place: LimitPlace, key: LimitKey): LimitRefusal {
  return new LimitRefusal(`${key.id}: ${whyMissing(place, key)}`);
}

const hint = (text: string | undefined) => (text === undefined ? '' : `; ${text}`);

/** From the outermost that has it and does not hand it down. */
function howToEnable({ above }: LimitPlace, controller: string): string {
  const withheld = above
    .filter((level) => !listed(level, 'cgroup.subtree_control').includes(controller))
    .map(({ directory }) => `${directory}/cgroup.subtree_control`)
    .reverse();
  if (withheld.length === 0) return 'its parents hand it down, but it is not there';
  return `write +${controller} to ${withheld.join(', then to ')}`;
}

function listed(level: LimitLevel, file: string): readonly string[] {
  return known(parsedAt(level, file, parseControllers)) ?? [];
}
