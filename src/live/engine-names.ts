/**
 * What engines' files (or docker's socket) say about containers, kept between samples: asked for again while a container is
 * young and nameless, and now and then later, since engines write late, and rename.
 */
import type { Clusters } from '../model/build.ts';
import type { Draft } from '../model/draft.ts';
import type { EngineFacts, HostFacts, Sample } from '../model/sample.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { askEngines } from './ask-engines.ts';
import { startedAtMs } from './started-at.ts';

interface EngineAnswer {
  readonly facts: EngineFacts | undefined;
  readonly askedAtMs: number;
}

const VERY_YOUNG_MS = 3000;
const NOT_SO_YOUNG_EVERY_MS = 2500;
const YOUNG_MS = 15_000;
const ASK_AGAIN_AFTER_MS = 60_000;
const MOST_STALE_PER_SAMPLE = 10;

type Told = ReadonlyMap<string, EngineFacts | undefined>;
type Looked = Pick<Sample, 'host' | 'processes' | 'mountTables'>;

export class EngineNames {
  #answers = new Map<string, EngineAnswer>();
  /** What was told last, of which drafts, and until when nobody need be asked again. */
  #told: { readonly drafts: readonly Draft[]; readonly facts: Told; readonly untilMs: number } | undefined;

  constructor(readonly files: KernelFiles) {}

  /** By the key of the draft. The very same map as long as nobody had to be asked. */
  async of(clusters: Clusters, looked: Looked): Promise<Told> {
    const nowMs = Date.now();
    const { drafts } = clusters;
    if (this.#told?.drafts === drafts && nowMs < this.#told.untilMs) return this.#told.facts;
    const due = this.#due(drafts, looked.host, nowMs);
    const found =
      due.length === 0 ? new Map<string, EngineFacts>() : await askEngines(this.files, due, clusters, looked);
    const asked = new Set(due);
    const current = new Map<string, EngineAnswer>();
    const facts = new Map<string, EngineFacts | undefined>();
    let untilMs = Number.POSITIVE_INFINITY;
    for (const draft of drafts) {
      const key = engineKey(draft);
      const old = this.#answers.get(key);
      const answer = {
        facts: found.get(draft.key) ?? old?.facts,
        askedAtMs: asked.has(draft) ? nowMs : (old?.askedAtMs ?? nowMs),
      };
      current.set(key, answer);
      facts.set(draft.key, answer.facts);
      untilMs = Math.min(untilMs, dueAtMs(draft, answer, looked.host, nowMs));
    }
    this.#answers = current;
    this.#told = { drafts, facts, untilMs };
    return facts;
  }

  #due(drafts: readonly Draft[], host: HostFacts, nowMs: number): Draft[] {
    const fresh: Draft[] = [];
    const stale: Draft[] = [];
    for (const draft of drafts) {
      const answer = this.#answers.get(engineKey(draft));
      if (answer === undefined) fresh.push(draft);
      else if (nowMs >= dueAtMs(draft, answer, host, nowMs))
        (nowMs - answer.askedAtMs >= ASK_AGAIN_AFTER_MS ? stale : fresh).push(draft);
    }
    return [...fresh, ...stale.slice(0, MOST_STALE_PER_SAMPLE)];
  }
}

/** When it has to be asked again: while it is nameless and very young at the next sample, while it is young soon. */
function dueAtMs(draft: Draft, { facts, askedAtMs }: EngineAnswer, host: HostFacts, nowMs: number): number {
  const ageMs = nowMs - startedAtMs(host, draft.init?.starttimeTicks ?? 0);
  if (facts !== undefined || ageMs >= YOUNG_MS) return askedAtMs + ASK_AGAIN_AFTER_MS;
  return ageMs < VERY_YOUNG_MS ? nowMs : askedAtMs + NOT_SO_YOUNG_EVERY_MS;
}

/** A container that was restarted under the same id is asked about again. */
function engineKey(draft: Draft): string {
  return `${draft.key} ${draft.init?.pid} ${draft.init?.starttimeTicks}`;
}
