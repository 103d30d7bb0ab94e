/** What a TARGET can mean: of every container what such a word is compared with, and no more. Pure. */
import type { Clusters } from './build.ts';
import type { Draft } from './draft.ts';
import type { Container } from './host-model.ts';
import { idOf, type NamingFacts, nameOf } from './names.ts';
import { type CgroupPlace, ownPathsOf, type Places } from './ownership.ts';
import type { ProcessFacts } from './sample.ts';
import type { Candidate, Candidates } from './target.ts';
import { depthOf, innermostOf, inTreeOrder } from './tree-order.ts';

/** In the order of the model. */
export function candidatesOf(
  { drafts, places }: Clusters,
  facts: NamingFacts,
  namespacesOf: NamespacesOf,
): Candidates<NamedDraft> {
  const containers = inTreeOrder(drafts).flatMap(
    (draft) => draft.init && new NamedDraft(draft, draft.init, facts, places, namespacesOf),
  );
  return {
    containers: containers.filter((each) => each !== undefined),
    get containerOfPid() {
      return innermostOf(drafts);
    },
  };
}

/** Of all types; an init as it was found may have those alone that decide which containers there are. */
export type NamespacesOf = (init: ProcessFacts) => Container['namespaces'];

export class NamedDraft implements Candidate {
  readonly key: string;
  readonly name: string;
  readonly runtime: string;
  readonly id?: string;
  readonly initPid: number;
  readonly #places: Places;
  readonly #namespacesOf: NamespacesOf;

  constructor(
    readonly draft: Draft,
    readonly init: ProcessFacts,
    facts: NamingFacts,
    places: Places,
    namespacesOf: NamespacesOf,
  ) {
    const engine = facts.inits.get(draft.key)?.engine;
    const named = nameOf(draft, engine, facts);
    const id = idOf(draft, named, engine);
    this.key = draft.key;
    this.name = named.name;
    this.runtime = named.runtime;
    if (id !== undefined) this.id = id;
    this.initPid = init.pid;
    this.#places = places;
    this.#namespacesOf = namespacesOf;
  }

  get namespaces(): Container['namespaces'] {
    return this.#namespacesOf(this.init);
  }

  get depth(): number {
    return depthOf(this.draft);
  }

  /** Takes longest to find. */
  get places(): readonly CgroupPlace[] {
    return this.#places.get(this.draft);
  }

  get ownPaths(): readonly string[] {
    return ownPathsOf(this.draft, this.places);
  }
}
