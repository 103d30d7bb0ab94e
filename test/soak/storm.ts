/**
 * A host where nothing stays: 200 short-lived processes a second, half of them in a container, while containers come and
 * go, and `porthole ps -w` looks on five times a second.
 */
import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Load, startHost, startStorm, sweepLoad } from '../load/load.ts';
import { DocumentChecker } from './documents.ts';
import { RuncContainers } from './runc.ts';
import type { Check, Soak, SoakContext } from './soak.ts';
import { Vitals } from './vitals.ts';

const PER_SECOND = 200;
const TICK_SECONDS = 0.2;
/** Of the documents that an idle machine would see: below this Porthole stood still. */
const LEAST_SHARE_OF_DOCUMENTS = 0.25;
const END_MS = 10_000;
/** A process that uses a fifth of a core must show as busy: rates of a host that sleeps would prove nothing. */
const BUSY_PERCENT = 20;
const LEAST_BUSY_RATIO = 0.05;

export const soak: Soak = { name: 'storm', seconds: 60, run };

async function run(context: SoakContext): Promise<Check[]> {
  sweepLoad();
  const runc = RuncContainers.prepare();
  if (typeof runc === 'string') context.say(`without runc containers: ${runc}`);
  const loads: Load[] = [];
  const ended = new AbortController();
  const watched = new WatchedPs(context.porthole);
  const churns: Promise<Churned>[] = [];
  try {
    loads.push(await startHost({ processes: 20, containers: 5, hasNet: true, busyPercent: BUSY_PERCENT }));
    const perSecond = PER_SECOND / 2;
    const seconds = context.seconds * 2;
    loads.push(await startStorm({ perSecond, seconds }));
    loads.push(await startStorm({ perSecond, seconds, isContained: true }));
    churns.push(churnHelper(ended.signal));
    if (typeof runc !== 'string') churns.push(churnRunc(runc, ended.signal));
    await watched.watch(context.seconds, Promise.race(churns));
  } finally {
    ended.abort();
    await Promise.allSettled(churns);
    await watched.end();
    for (const load of loads) await load.stop();
    if (typeof runc !== 'string') runc.dispose();
  }
  const churned = await Promise.all(churns);
  return [...watched.checks(context.seconds), ...churned.map((each) => seenCheck(each, watched.checker))];
}

interface Churned {
  readonly what: string;
  readonly ids: readonly string[];
}

/** Two containers at a time, with processes and cgroups of their own, made and unmade without a pause. */
async function churnHelper(signal: AbortSignal): Promise<Churned> {
  const ids: string[] = [];
  while (!signal.aborted) {
    const load = await startHost({ processes: 6, containers: 2, hasNet: ids.length % 4 === 0 });
    ids.push(...load.containers.map(({ id }) => id));
    await sleep(TICK_SECONDS * 2000 * Math.random());
    await load.stop();
  }
  return { what: 'unshare', ids };
}

async function churnRunc(runc: RuncContainers, signal: AbortSignal): Promise<Churned> {
  const ids: string[] = [];
  while (!signal.aborted) ids.push(await runc.runOne());
  return { what: 'runc', ids };
}

/** Not every one lives long enough to be met, but most do. */
function seenCheck({ what, ids }: Churned, checker: DocumentChecker): Check {
  const seen = ids.filter((id) => checker.ids.has(id)).length;
  return {
    what: `${what} containers that came and went were shown`,
    passed: seen > 0,
    detail: `${seen} of ${ids.length} by id`,
  };
}

class WatchedPs {
  readonly checker = new DocumentChecker(cpus().length);
  readonly #child;
  readonly #vitals: Vitals;
  readonly #exited: Promise<string>;
  #complaints = '';
  #early: string | undefined;
  #isAsked = false;

  constructor(porthole: string) {
    const words = [porthole, 'ps', '-w', String(TICK_SECONDS), '--json'];
    this.#child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    if (this.#child.pid === undefined) throw new Error(`${porthole} could not be started`);
    this.#vitals = new Vitals(this.#child.pid);
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => resolve(String(code ?? signal)));
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints += text;
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.checker.take(line));
  }

  /** Looks at it each second. `broken` rejects when the load fails. */
  async watch(seconds: number, broken: Promise<unknown>): Promise<void> {
    const crash = this.#exited.then((status) => {
      if (!this.#isAsked) this.#early = `ended by itself with ${status}`;
    });
    const started = performance.now();
    for (let second = 0; second <= seconds && this.#early === undefined; second += 1) {
      await Promise.race([sleep(started + second * 1000 - performance.now()), crash, broken]);
      if (this.#early === undefined) this.#vitals.look(second);
    }
  }

  async end(): Promise<void> {
    this.#isAsked = true;
    this.#child.kill('SIGINT');
    const late = sleep(END_MS, 'late', { ref: false });
    if ((await Promise.race([this.#exited, late])) !== 'late') return;
    this.#child.kill('SIGKILL');
    this.#complaints += `did not end within ${END_MS} ms of SIGINT`;
  }

  checks(seconds: number): Check[] {
    const { documents, schema, twice, rates, keys, mostContainers, highestRatio } = this.checker;
    const least = Math.floor((seconds / TICK_SECONDS) * LEAST_SHARE_OF_DOCUMENTS);
    return [
      {
        what: 'it runs to the end and says nothing on stderr',
        passed: this.#early === undefined && this.#complaints === '',
        detail: [this.#early, this.#complaints.trim()].filter(Boolean).join(' '),
      },
      {
        what: 'documents keep coming',
        passed: documents >= least,
        detail: `${documents}, ${keys.size} containers in all, ${mostContainers} at most at once`,
      },
      { what: 'every document is valid', passed: schema.length === 0, detail: schema.join('; ') },
      { what: 'no key is twice in a document', passed: twice.length === 0, detail: twice.join(', ') },
      {
        what: 'no rate is negative or wild',
        passed: rates.length === 0 && highestRatio > LEAST_BUSY_RATIO,
        detail: [...rates, `highest cpu ratio ${highestRatio.toFixed(2)}`].join('; '),
      },
      ...(this.#early === undefined ? this.#vitals.checks(seconds) : []),
    ];
  }
}
