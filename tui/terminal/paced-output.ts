/**
 * One piece of output on its way at a time. That a write has returned says little: between here and the eyes lie buffers of
 * the kernel, of sshd and of the network that hold many seconds of a slow line. So every piece ends with the question "are
 * you well?" (DSR), which every terminal since the VT100 answers once it has come to it; until then nothing else is sent.
 * The time to the answer says how much the line carries, and so how large a piece may be. A terminal that answers
 * nothing gets the next piece when the kernel took the last one.
 */

/** The part of a terminal's output that is used. */
export interface FrameOutput {
  write(text: string, done: () => void): unknown;
}

const QUESTION = '\x1b[5n';
/**
 * Less than this needs no question: no line is filled by it. The fewer, the seldomer one is on its way when the process
 * is stopped or killed without being asked (SIGSTOP, SIGKILL), and its answer goes to the shell.
 */
const WORTH_A_QUESTION_BYTES = 1024;
/** For a terminal that has not answered yet: hardly noticed where none ever does. */
const FIRST_PATIENCE_MS = 150;
/** For one that has: its line may have stopped, or an answer got lost. */
const PATIENCE_MS = 5_000;
/** So often one that never answers is asked. */
const QUESTIONS_WITHOUT_ANSWER = 3;
/** How long a piece shall be on its way: a key waits for the one before, so this is what a slow line adds to its answer. */
const PIECE_MS = 400;
/** On the slowest line that is still of use this is one `PIECE_MS`. */
const SMALLEST_PIECE_BYTES = 4096;
/** A small piece says little about the line, so one of them does not undo what a large one said. */
const FORGETTING = 0.9;

export class PacedOutput {
  readonly #output: FrameOutput;
  readonly #nowMs: () => number;
  readonly #onFree: () => void;
  #writing = 0;
  #unanswered = 0;
  #bytesSinceQuestion = 0;
  #waiting = false;
  #heard = false;
  #patience: NodeJS.Timeout | undefined;
  #last = { bytes: 0, atMs: 0 };
  #bytesPerMs = 0;
  readonly #whenQuiet: (() => void)[] = [];

  /** `onFree` is called whenever the next piece can go. */
  constructor(output: FrameOutput, nowMs: () => number, onFree: () => void) {
    this.#output = output;
    this.#nowMs = nowMs;
    this.#onFree = onFree;
  }

  get busy(): boolean {
    return this.#writing > 0 || this.#waiting;
  }

  /** Bytes that the next piece may have. */
  get room(): number {
    return Math.max(SMALLEST_PIECE_BYTES, this.#bytesPerMs * PIECE_MS);
  }

  /** Finds out whether this terminal answers, before there is much to send. */
  open(text: string): void {
    this.#bytesSinceQuestion = WORTH_A_QUESTION_BYTES;
    this.send(text);
  }

  send(text: string): void {
    const bytes = Buffer.byteLength(text);
    this.#bytesSinceQuestion += bytes;
    const answers = this.#heard || this.#unanswered < QUESTIONS_WITHOUT_ANSWER;
    const asks = answers && this.#bytesSinceQuestion >= WORTH_A_QUESTION_BYTES;
    if (asks) {
      this.#unanswered += 1;
      this.#bytesSinceQuestion = 0;
      this.#last = { bytes, atMs: this.#nowMs() };
    }
    // Once it let a question go unanswered it is not waited for any more, until it does answer.
    this.#waiting = asks && (this.#heard || this.#unanswered === 1);
    this.#writing += 1;
    this.#output.write(asks ? text + QUESTION : text, () => this.#written());
  }

  /** The terminal answered a question. */
  answer(): void {
    this.#heard = true;
    this.#unanswered = Math.max(0, this.#unanswered - 1);
    if (this.#unanswered > 0 || !this.#waiting) return;
    const tookMs = Math.max(1, this.#nowMs() - this.#last.atMs);
    this.#bytesPerMs = Math.max(this.#last.bytes / tookMs, this.#bytesPerMs * FORGETTING);
    this.#stopWaiting();
  }

  /** Resolves when no answer is to be expected any more: one that comes later is typed into the shell. */
  quiet(): Promise<void> {
    if (!this.#waiting) return Promise.resolve();
    return new Promise((resolve) => this.#whenQuiet.push(resolve));
  }

  /** Forgets what is on its way. */
  stop(): void {
    this.#unanswered = 0;
    this.#notWaiting();
  }

  #written(): void {
    this.#writing -= 1;
    if (this.#writing > 0) return;
    if (this.#waiting) {
      const patienceMs = this.#heard ? PATIENCE_MS : FIRST_PATIENCE_MS;
      this.#patience = setTimeout(() => this.#giveUp(), patienceMs);
    } else this.#onFree();
  }

  #giveUp(): void {
    // From one that used to answer this answer is lost; from another it may still be on its way.
    if (this.#heard) this.#unanswered = 0;
    this.#stopWaiting();
  }

  #stopWaiting(): void {
    this.#notWaiting();
    if (this.#writing === 0) this.#onFree();
  }

  #notWaiting(): void {
    clearTimeout(this.#patience);
    this.#waiting = false;
    for (const resolve of this.#whenQuiet.splice(0)) resolve();
  }
}
