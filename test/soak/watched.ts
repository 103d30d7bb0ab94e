/** A `porthole ps -w --json` under observation: its documents are checked, its vitals looked at. */
import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { DocumentChecker } from './documents.ts';
import type { Check } from './soak.ts';
import { Vitals } from './vitals.ts';

/** Of the documents that an idle machine would see: below this Porthole stood still. */
const LEAST_SHARE_OF_DOCUMENTS = 0.25;
const END_MS = 10_000;

export class WatchedPs {
  readonly checker = new DocumentChecker(cpus().length);
  readonly #child;
  readonly vitals: Vitals;
  readonly #exited: Promise<string>;
  /** Between two documents, from the second on: the first takes a while to come. */
  longestGapMs = 0;
  #lastAtMs: number | undefined;
  #complaints = '';
  #early: string | undefined;
  #isAsked = false;

  constructor(
    porthole: string,
    readonly tickSeconds: number,
  ) {
    const words = [porthole, 'ps', '-w', String(tickSeconds), '--json'];
    this.#child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    if (this.#child.pid === undefined) throw new Error(`${porthole} could not be started`);
    this.vitals = new Vitals(this.#child.pid);
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => resolve(String(code ?? signal)));
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints += text;
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#take(line));
  }

  #take(line: string): void {
    const nowMs = performance.now();
    if (this.#lastAtMs !== undefined && !this.#isAsked)
      this.longestGapMs = Math.max(this.longestGapMs, nowMs - this.#lastAtMs);
    this.#lastAtMs = nowMs;
    this.checker.take(line);
  }

  /** Looks at it every so many seconds. `broken` rejects when the load fails. */
  async watch(seconds: number, broken: Promise<unknown>, everySeconds = 1): Promise<void> {
    const crash = this.#exited.then((status) => {
      if (!this.#isAsked) this.#early = `ended by itself with ${status}`;
    });
    const started = performance.now();
    for (let second = 0; second <= seconds && this.#early === undefined; second += everySeconds) {
      await Promise.race([sleep(started + second * 1000 - performance.now()), crash, broken]);
      if (this.#early === undefined) this.vitals.look(second);
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

  get isRunning(): boolean {
    return this.#early === undefined;
  }

  /** Of the documents alone. */
  checks(seconds: number): Check[] {
    const { documents, schema, twice, rates, keys, mostContainers, highestRatio } = this.checker;
    const least = Math.floor((seconds / this.tickSeconds) * LEAST_SHARE_OF_DOCUMENTS);
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
        passed: rates.length === 0,
        detail: [...rates, `highest cpu ratio ${highestRatio.toFixed(2)}`].join('; '),
      },
    ];
  }
}
