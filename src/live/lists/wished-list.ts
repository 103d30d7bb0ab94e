/**
 * The list that a screen wishes for: when it is due, and what comes of taking it. One that cannot be taken says why, and
 * never stops the samples.
 */
import type { Container, HostModel } from '../../model/host-model.ts';
import type { Listing, ListKind, ListRows, ListWish } from '../feed.ts';
import { LISTERS } from './index.ts';
import type { Found, Lister, ListSource } from './lister.ts';

/** A list takes no more than a tenth of the time. */
const REST = 10;

interface Current {
  readonly wish: ListWish;
  readonly lister: Lister;
  /** Of the container, from when it was there. */
  name?: string;
  dueAtMs: number;
}

export class WishedList {
  #current: Current | undefined;

  constructor(readonly listers: Readonly<Record<ListKind, () => Lister>> = LISTERS) {}

  /** Another wish is due at once; the same again changes nothing. */
  want(wish: ListWish | undefined): void {
    const { kind, container } = this.#current?.wish ?? {};
    if (wish?.kind === kind && wish?.container === container) return;
    this.#current = wish && { wish, lister: this.listers[wish.kind](), dueAtMs: Number.NEGATIVE_INFINITY };
  }

  /** Somebody waits for it who has not seen anything of it yet. */
  get isNew(): boolean {
    return this.isDue(Number.NEGATIVE_INFINITY);
  }

  isDue(nowMs: number): boolean {
    return this.#current !== undefined && nowMs >= this.#current.dueAtMs;
  }

  /** Nothing without a wish. */
  async take(source: ListSource): Promise<Listing | undefined> {
    const current = this.#current;
    if (current === undefined) return undefined;
    const startedMs = performance.now();
    const takenAtMs = Date.now();
    const found = await foundBy(current, source);
    const durationMs = performance.now() - startedMs;
    current.dueAtMs = startedMs + REST * durationMs;
    const { container } = current.wish;
    return { ...found, takenAtMs, durationMs, ...(container !== undefined && { container }) };
  }
}

async function foundBy(current: Current, source: ListSource): Promise<Found & { readonly failed?: string }> {
  const { wish, lister } = current;
  const container = wish.container === undefined ? undefined : livingIn(source.model, wish.container);
  if (wish.container !== undefined && container === undefined)
    return failed(
      wish.kind,
      current.name === undefined ? `no container ${wish.container} is running` : `${current.name} has ended`,
    );
  if (container !== undefined) current.name = container.name;
  try {
    return await lister({ ...source, container });
  } catch (error) {
    return failed(wish.kind, error instanceof Error ? error.message : String(error));
  }
}

function livingIn({ containers }: HostModel, key: string): Container | undefined {
  return containers.find((each) => each.key === key && each.state !== 'exited');
}

const NO_ROWS: { readonly [Kind in ListKind]: Extract<ListRows, { readonly kind: Kind }> } = {
  processes: { kind: 'processes', rows: [] },
  namespaces: { kind: 'namespaces', rows: [] },
  cgroups: { kind: 'cgroups', rows: [] },
  mounts: { kind: 'mounts', rows: [] },
  interfaces: { kind: 'interfaces', rows: [] },
  sockets: { kind: 'sockets', rows: [] },
  security: { kind: 'security', rows: [] },
};

const failed = (kind: ListKind, why: string) => ({ ...NO_ROWS[kind], notes: [], failed: why });
