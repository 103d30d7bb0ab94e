/**
 * A slow line between a program and its terminal: takes everything at once, as sshd and the network do, and passes it on at
 * its own pace. A program that only looks at what the kernel takes fills it with seconds of output.
 */
const STEP_MS = 50;

export class SlowLine {
  readonly #stepBytes: number;
  readonly #deliver: (text: string) => void;
  #waiting = '';
  #mostBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(bytesPerSecond: number, deliver: (text: string) => void) {
    this.#stepBytes = (bytesPerSecond * STEP_MS) / 1000;
    this.#deliver = deliver;
  }

  /** The most that was ever on its way at once. */
  get mostBytes(): number {
    return this.#mostBytes;
  }

  push(text: string): void {
    this.#waiting += text;
    this.#mostBytes = Math.max(this.#mostBytes, Buffer.byteLength(this.#waiting));
    this.#timer ??= setInterval(() => this.#step(), STEP_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#waiting = '';
  }

  #step(): void {
    const step = startOf(this.#waiting, this.#stepBytes);
    this.#waiting = this.#waiting.slice(step.length);
    if (this.#waiting === '') this.stop();
    this.#deliver(step);
  }
}

/** As many whole characters as go into `bytes`. */
function startOf(text: string, bytes: number): string {
  let used = 0;
  let end = 0;
  for (const character of text) {
    used += Buffer.byteLength(character);
    if (used > bytes) break;
    end += character.length;
  }
  return text.slice(0, end);
}
