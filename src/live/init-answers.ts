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
/** In so many samples one in which it is somebody's turn: to ask takes a process of its own, however many are asked. */
const STEP = 5;

type AnswersOf = (key: string) => Answers | undefined;

export class InitAnswers {
  #kept = new Map<string, Kept>();
  #round = 0;
  #clusters: Clusters | undefined;
  /** On the clock of performance.now(): when none of them is young any more. */
  #youngUntilMs = 0;
  /** Another one when there is another answer. */
  #answersOf: AnswersOf = () => undefined;

  constructor(readonly files: KernelFiles) {}

  /**
   * By the key of the draft; `changed`: pids that executed something since the last time, undefined where nobody tells.
   * The very same function as long as it answers the same.
   */
  of(
    clusters: Clusters,
    processes: ReadonlyMap<number, ProcessFacts>,
    host: HostFacts,
    changed: ReadonlySet<number> | undefined,
  ): AnswersOf {
    const now = performance.now();
    const round = this.#round;
    this.#round += 1;
    const isSomebodysTurn = round % STEP === 0;
    const isCalm = (changed?.size ?? 0) === 0 && now > this.#youngUntilMs;
    if (clusters === this.#clusters && isCalm && !isSomebodysTurn) return this.#answersOf;
    this.#clusters = clusters;
    const due: { draft: Draft; init: ProcessFacts }[] = [];
    const { drafts } = clusters;
    const steps = (changed === undefined ? TURN : TURN_TOLD) / STEP;
    for (let index = 0; index < drafts.length; index += 1) {
      const draft = drafts[index];
      const init = draft && (processes.get(draft.init?.pid ?? -1) ?? draft.init);
      if (draft === undefined || init === undefined) continue;
      const isTurn = isSomebodysTurn && (index + round / STEP) % steps === 0;
      if (isTurn || !this.#isKept(this.#kept.get(draft.key), init, now, changed)) due.push({ draft, init });
    }
    const asked = this.#ask(due, clusters, host);
    for (const { draft, init } of due) {
      const answers = asked.get(draft.key);
      if (answers !== undefined) this.#keep(draft.key, init, answers, now - ageMs(init, host));
    }
    if (this.#kept.size > drafts.length) this.#forgetAllBut(drafts);
    return this.#answersOf;
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
    const isSame = old !== undefined && isDeepStrictEqual(found, old.answers);
    this.#kept.set(key, { init, startedAtMs, answers: isSame ? old.answers : found });
    this.#youngUntilMs = Math.max(this.#youngUntilMs, startedAtMs + YOUNG_MS);
    if (!isSame) this.#answerAnew();
  }

  #forgetAllBut(drafts: readonly Draft[]): void {
    const keys = new Set(drafts.map(({ key }) => key));
    for (const key of this.#kept.keys()) if (!keys.has(key)) this.#kept.delete(key);
    this.#answerAnew();
  }

  #answerAnew(): void {
    this.#answersOf = (key) => this.#kept.get(key)?.answers;
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
