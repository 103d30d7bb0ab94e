/**
 * What inits say (argv, hostname, environment), kept between samples: asked of new and young containers in every sample, of
 * those that executed something, and of the others in turn.
 */
import { isDeepStrictEqual } from 'node:util';
import { SAMPLED } from '../../collectors/sampled.ts';
import type { Clusters } from '../model/build.ts';
import type { Draft } from '../model/draft.ts';
import type { InitAnswers as Answers, HostFacts, ProcessFacts } from '../model/sample.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';

interface Kept {
  readonly init: string;
  readonly firstAskedAtMs: number;
  readonly answers: Answers;
}

/** An engine's init executes the container's command, and sets its hostname, in its first moments. */
const YOUNG_MS = 3000;
/** Every so many samples each container is asked again. */
const TURN = 20;

export class InitAnswers {
  #kept = new Map<string, Kept>();
  #round = 0;

  constructor(readonly files: KernelFiles) {}

  /** By the key of the draft; `changed`: pids that executed something since the last time. */
  of(
    clusters: Clusters,
    processes: ReadonlyMap<number, ProcessFacts>,
    host: HostFacts,
    changed: ReadonlySet<number>,
  ): Map<string, Answers> {
    const now = performance.now();
    const current = new Map<string, Kept>();
    const due: { draft: Draft; init: ProcessFacts }[] = [];
    for (const [index, draft] of clusters.drafts.entries()) {
      const init = processes.get(draft.init?.pid ?? -1) ?? draft.init;
      if (init === undefined) continue;
      const old = this.#kept.get(draft.key);
      const isKept =
        old?.init === identity(init) && now - old.firstAskedAtMs > YOUNG_MS && !changed.has(init.pid);
      if (isKept && (index + this.#round) % TURN !== 0) current.set(draft.key, old);
      else due.push({ draft, init });
    }
    this.#round += 1;
    const asked = this.#ask(due, clusters, host);
    for (const { draft, init } of due) {
      const found = asked.get(draft.key);
      const old = this.#kept.get(draft.key);
      const firstAskedAtMs = old?.init === identity(init) ? old.firstAskedAtMs : now;
      if (found === undefined) continue;
      // The same object as long as it says the same.
      const answers = isDeepStrictEqual(found, old?.answers) ? (old?.answers ?? found) : found;
      current.set(draft.key, { init: identity(init), firstAskedAtMs, answers });
    }
    this.#kept = current;
    return new Map([...current].map(([key, kept]) => [key, kept.answers]));
  }

  #ask(
    due: readonly { readonly draft: Draft; readonly init: ProcessFacts }[],
    clusters: Clusters,
    host: HostFacts,
  ): Map<string, Answers> {
    if (due.length === 0) return new Map();
    return SAMPLED.inits.collect(this.files, {
      questions: due.map(({ draft, init }) => ({
        key: draft.key,
        init,
        wantsEnviron: draft.mark === undefined,
      })),
      host: clusters.host,
      hostname: host.hostname,
    });
  }
}

function identity({ pid, starttimeTicks }: ProcessFacts): string {
  return `${pid} ${starttimeTicks}`;
}
