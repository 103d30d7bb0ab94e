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
import { startedAtMs } from './started-at.ts';

interface Kept {
  readonly init: ProcessFacts;
  /** Of the same clock as performance.now(). */
  readonly startedAtMs: number;
  readonly answers: Answers;
}

/** An engine's init executes the container's command, and sets its hostname, in its first moments. */
const YOUNG_MS = 3000;
/** Every so many samples each container is asked again: seldom where the kernel tells who executes. */
const TURN = 20;
const TURN_TOLD = 60;

export class InitAnswers {
  #kept = new Map<string, Kept>();
  #round = 0;

  constructor(readonly files: KernelFiles) {}

  /**
   * By the key of the draft; `changed`: pids that executed something since the last time, undefined where nobody tells.
   */
  of(
    clusters: Clusters,
    processes: ReadonlyMap<number, ProcessFacts>,
    host: HostFacts,
    changed: ReadonlySet<number> | undefined,
  ): (key: string) => Answers | undefined {
    const now = performance.now();
    const due: { draft: Draft; init: ProcessFacts }[] = [];
    const { drafts } = clusters;
    for (let index = 0; index < drafts.length; index += 1) {
      const draft = drafts[index];
      const init = draft && (processes.get(draft.init?.pid ?? -1) ?? draft.init);
      if (draft === undefined || init === undefined) continue;
      const isTurn = (index + this.#round) % (changed === undefined ? TURN : TURN_TOLD) === 0;
      if (isTurn || !this.#isKept(this.#kept.get(draft.key), init, now, changed)) due.push({ draft, init });
    }
    this.#round += 1;
    const asked = this.#ask(due, clusters, host);
    for (const { draft, init } of due) {
      const answers = asked.get(draft.key);
      if (answers !== undefined) this.#keep(draft.key, init, answers, now - ageMs(init, host));
    }
    if (this.#kept.size > drafts.length) this.#forgetAllBut(drafts);
    return (key) => this.#kept.get(key)?.answers;
  }

  #isKept(
    old: Kept | undefined,
    init: ProcessFacts,
    nowMs: number,
    changed: ReadonlySet<number> | undefined,
  ): old is Kept {
    return (
      old !== undefined &&
      isSameProcess(old.init, init) &&
      nowMs - old.startedAtMs > YOUNG_MS &&
      changed?.has(init.pid) !== true
    );
  }

  #keep(key: string, init: ProcessFacts, found: Answers, startedAtMs: number): void {
    const old = this.#kept.get(key);
    // The same object as long as it says the same.
    const answers = old !== undefined && isDeepStrictEqual(found, old.answers) ? old.answers : found;
    this.#kept.set(key, { init, startedAtMs, answers });
  }

  #forgetAllBut(drafts: readonly Draft[]): void {
    const keys = new Set(drafts.map(({ key }) => key));
    for (const key of this.#kept.keys()) if (!keys.has(key)) this.#kept.delete(key);
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
        wantsArgv: true,
      })),
      host: clusters.host,
      hostname: () => host.hostname,
    });
  }
}

function ageMs({ starttimeTicks }: ProcessFacts, host: HostFacts): number {
  return Date.now() - startedAtMs(host, starttimeTicks);
}

function isSameProcess(a: ProcessFacts, b: ProcessFacts): boolean {
  return a === b || (a.pid === b.pid && a.starttimeTicks === b.starttimeTicks);
}
