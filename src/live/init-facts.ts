/**
 * What is known of each container through its init, joined from those who ask for it: the very same objects as long as none
 * of them says anything new, so that nothing made of them need be made again.
 */
import { RepeatedTraffic, type TrafficQuestion } from '../../collectors/traffic.ts';
import type { Clusters } from '../model/build.ts';
import type { Draft } from '../model/draft.ts';
import type { EngineFacts, InitAnswers, InitFacts, Traffic } from '../model/sample.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';

const NOTHING: InitFacts = {
  argv: undefined,
  hostname: undefined,
  environContainer: undefined,
  net: undefined,
};

/** What one container's facts are joined from. */
interface Parts {
  readonly answers: InitAnswers | undefined;
  readonly traffic: Traffic | undefined;
  readonly engine: EngineFacts | undefined;
}

interface Joined extends Parts {
  readonly facts: InitFacts;
}

export interface Sources {
  readonly answers: ((key: string) => InitAnswers | undefined) | undefined;
  readonly traffic: ReadonlyMap<string, Traffic> | undefined;
  readonly engines: ReadonlyMap<string, EngineFacts | undefined>;
}

export class JoinedInits {
  #joined = new Map<string, Joined>();
  #facts = new Map<string, InitFacts>();
  #drafts: readonly Draft[] | undefined;
  #sources: Sources | undefined;

  /** By key. Sources that are the very same say the same. */
  join({ drafts }: Clusters, sources: Sources): ReadonlyMap<string, InitFacts> {
    const { answers, traffic, engines } = sources;
    let isNew = drafts !== this.#drafts;
    if (!isNew && this.#sources !== undefined && areSame(this.#sources, sources, SOURCES)) return this.#facts;
    this.#sources = sources;
    const joined = isNew ? new Map<string, Joined>() : this.#joined;
    for (const { key, init } of drafts) {
      if (init === undefined) continue;
      const parts = { answers: answers?.(key), traffic: traffic?.get(key), engine: engines.get(key) };
      const before = this.#joined.get(key);
      const isSame = before !== undefined && areSame(before, parts, PARTS);
      if (!isSame) isNew = true;
      joined.set(key, isSame ? before : { ...parts, facts: factsOf(parts) });
    }
    if (!isNew) return this.#facts;
    this.#drafts = drafts;
    this.#joined = joined;
    this.#facts = new Map();
    joined.forEach(({ facts }, key) => {
      this.#facts.set(key, facts);
    });
    return this.#facts;
  }
}

const SOURCES = ['answers', 'traffic', 'engines'] as const;
const PARTS = ['answers', 'traffic', 'engine'] as const;

function areSame<T>(a: T, b: T, names: readonly (keyof T)[]): boolean {
  return names.every((name) => a[name] === b[name]);
}

function factsOf({ answers, traffic, engine }: Parts): InitFacts {
  return { ...NOTHING, ...answers, ...traffic, ...(engine !== undefined && { engine }) };
}

/** Traffic of containers, asked for again and again with the same questions while nothing is rearranged. */
export class ContainerTraffic {
  readonly #repeated: RepeatedTraffic;
  #asked: { readonly clusters: Clusters; readonly questions: readonly TrafficQuestion[] } | undefined;

  constructor(files: KernelFiles) {
    this.#repeated = new RepeatedTraffic(files);
  }

  /** By key. @param usageFile where the processor time of a container is read, asked for before in this round */
  of(clusters: Clusters, usageFile: (key: string) => string | undefined): ReadonlyMap<string, Traffic> {
    if (this.#asked?.clusters !== clusters)
      this.#asked = { clusters, questions: questionsOf(clusters, usageFile) };
    return this.#repeated.read({ questions: this.#asked.questions, host: clusters.host });
  }
}

function questionsOf(
  { drafts, places }: Clusters,
  usageFile: (key: string) => string | undefined,
): TrafficQuestion[] {
  return drafts.flatMap((draft) => {
    const { key, init, pids } = draft;
    if (init === undefined) return [];
    const wantsProcessIo = places.get(draft)?.some((place) => place.own) !== true;
    return { key, init, pids, wantsProcessIo, usageFile: usageFile(key) };
  });
}
