/** Running, frozen or ended, and whose wish a freeze is. Pure. */
import { known } from '../kernel/reading.ts';
import type { Container, ContainerState } from './host-model.ts';
import { isZombie } from './init-choice.ts';
import type { FreezerFacts, ProcessFacts } from './sample.ts';

export function stateOf(init: ProcessFacts, freezer: FreezerFacts | undefined): ContainerState {
  if (isZombie(init)) return 'exited-init';
  return known(freezer?.state) ?? 'running';
}

/** When it is an ancestor's. */
export function frozenByOf(
  { ownPaths }: Container['cgroup'],
  freezer: FreezerFacts | undefined,
): string | undefined {
  const wishedBy = freezer?.wishedBy;
  return wishedBy === undefined || ownPaths?.includes(wishedBy) ? undefined : wishedBy;
}
