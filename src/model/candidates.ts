/** What a TARGET can mean: of every container what such a word is compared with, and no more. Pure. */
import { clustersOf } from './build.ts';
import type { Draft } from './draft.ts';
import type { Container } from './host-model.ts';
import { idOf, nameOf } from './names.ts';
import { ownPathsOf, type Places } from './ownership.ts';
import type { ProcessFacts, Sample } from './sample.ts';
import type { Candidate, Candidates } from './target.ts';
import { depthOf, innermostOf, inTreeOrder } from './tree-order.ts';

/** In the order of the model. The sample may have been taken without usage, but with names. */
export function candidatesOf(sample: Sample): Candidates {
  const { drafts, places } = clustersOf(sample);
  const containers = inTreeOrder(drafts).flatMap(
    (draft) => draft.init && new NamedDraft(draft, draft.init, sample, places),
  );
  return {
    containers: containers.filter((each) => each !== undefined),
    containerOfPid: innermostOf(drafts),
  };
}

class NamedDraft implements Candidate {
  readonly key: string;
  readonly name: string;
  readonly runtime: string;
  readonly id?: string;
  readonly initPid: number;
  readonly namespaces: Container['namespaces'];

  constructor(
    readonly draft: Draft,
    init: ProcessFacts,
    sample: Sample,
    readonly places: Places,
  ) {
    const engine = sample.inits.get(draft.key)?.engine;
    const named = nameOf(draft, engine, sample);
    const id = idOf(draft, named, engine);
    this.key = draft.key;
    this.name = named.name;
    this.runtime = named.runtime;
    if (id !== undefined) this.id = id;
    this.initPid = init.pid;
    this.namespaces = init.namespaces;
  }

  get depth(): number {
    return depthOf(this.draft);
  }

  /** Asked for by cgroup paths alone, and takes longest to find. */
  get ownPaths(): readonly string[] {
    return ownPathsOf(this.draft, this.places.get(this.draft));
  }
}
