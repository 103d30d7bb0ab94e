/**
 * Which container a namespace belongs to: the outermost one among those that use it. Of several beside each other (a pod)
 * the one that is there longest; none when somebody outside uses it too, other than what started the container. One without
 * processes belongs to whoever keeps it, when that is one container alone. Pure.
 */
import type { Draft } from './draft.ts';
import type { NamespaceUsers } from './namespace-users.ts';
import type { ProcessFacts } from './sample.ts';

type OwnerDraft = Pick<Draft, 'key' | 'init'> & { readonly parent: { readonly key: string } | undefined };

export class ContainerTree {
  readonly #drafts: ReadonlyMap<string, OwnerDraft>;

  constructor(
    drafts: readonly OwnerDraft[],
    readonly processes: ReadonlyMap<number, ProcessFacts>,
  ) {
    this.#drafts = new Map(drafts.map((draft) => [draft.key, draft]));
  }

  ofUsers({ containers, outsiders }: NamespaceUsers): string | undefined {
    const outermost = [...containers].filter((key) => !this.#above(key).some((each) => containers.has(each)));
    const [chosen] = outermost
      .flatMap((key) => this.#drafts.get(key) ?? [])
      .sort((a, b) => startOf(a) - startOf(b) || (a.key < b.key ? -1 : 1));
    if (chosen === undefined) return undefined;
    const launchers = this.#ancestorsOf(chosen.init);
    return outsiders.every(({ pid }) => launchers.has(pid)) ? chosen.key : undefined;
  }

  #above(key: string): string[] {
    const above: string[] = [];
    let each = this.#drafts.get(key)?.parent?.key;
    while (each !== undefined && !above.includes(each)) {
      above.push(each);
      each = this.#drafts.get(each)?.parent?.key;
    }
    return above;
  }

  #ancestorsOf(init: ProcessFacts | undefined): Set<number> {
    const found = new Set<number>();
    for (let pid = init?.ppid; pid !== undefined && !found.has(pid); pid = this.processes.get(pid)?.ppid)
      found.add(pid);
    return found;
  }
}

const startOf = ({ init }: OwnerDraft) => init?.starttimeTicks ?? Number.POSITIVE_INFINITY;

/** Of what keeps a namespace without processes: the one container that all of it is in. */
export function containerOfHolders(containers: readonly (string | undefined)[]): string | undefined {
  const [first] = containers;
  return containers.every((each) => each === first) ? first : undefined;
}
