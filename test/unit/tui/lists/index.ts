/** Lists made up for tests: what the sampler would answer to a wish on a host that runs these containers. Always the same. */
import type { Listing, ListRows, ListWish } from '../../../../src/live/feed.ts';
import type { Container } from '../../../../src/model/host-model.ts';
import { cgroupRows } from './cgroups.ts';
import { mountRows } from './mounts.ts';
import { namespaceRows } from './namespaces.ts';
import { interfaceRows, socketRows } from './network.ts';
import { processRows } from './processes.ts';
import { securityRows } from './security.ts';

export interface ListingOptions {
  readonly tick: number;
  readonly takenAtMs: number;
  /** Why it could not be taken. */
  readonly failed?: string;
}

/** Of all containers, or of the one that the wish names. */
export function listingFor(wish: ListWish, all: readonly Container[], options: ListingOptions): Listing {
  const { tick, takenAtMs, failed } = options;
  const { kind, container } = wish;
  const known = container === undefined || all.some(({ key }) => key === container);
  const why = failed ?? (known ? undefined : `${container} has ended`);
  return {
    ...rowsFor(kind, why === undefined ? all : [], container, tick, takenAtMs),
    takenAtMs,
    durationMs: 2,
    notes: [],
    ...(container !== undefined && { container }),
    ...(why !== undefined && { failed: why }),
  };
}

function rowsFor(
  kind: ListWish['kind'],
  all: readonly Container[],
  container: string | undefined,
  tick: number,
  takenAtMs: number,
): ListRows {
  switch (kind) {
    case 'processes':
      return { kind, rows: processRows(all, container, tick, takenAtMs) };
    case 'namespaces':
      return { kind, rows: namespaceRows(all, container) };
    case 'cgroups':
      return { kind, rows: cgroupRows(all, container, tick) };
    case 'mounts':
      return { kind, rows: mountRows(all, container) };
    case 'interfaces':
      return { kind, rows: interfaceRows(all, container, tick) };
    case 'sockets':
      return { kind, rows: socketRows(all, container) };
    case 'security':
      return { kind, rows: securityRows(all, container) };
  }
}
