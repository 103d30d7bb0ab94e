/**
 * The caller's terminal while a command in a container has it: every key goes through as it is. On every way out it is as it was:
 * an end, an exception, `process.exit`. A signal that is not listened for would end this process without a word, so the caller
 * of this listens for those (signals.ts).
 */
import { errnoOf } from '../../sys/failure.ts';
import { type LineSettings, lineSettings, raw, setLineSettings } from '../../sys/terminal.ts';

export class RawMode {
  readonly #fd: number;
  readonly #before: LineSettings;
  #isOn = true;
  readonly #onExit = () => this.leave();

  private constructor(fd: number, before: LineSettings) {
    this.#fd = fd;
    this.#before = before;
    process.once('exit', this.#onExit);
  }

  /** @throws {SyscallError} ENOTTY when it is no terminal */
  static enter(fd: number): RawMode {
    const before = lineSettings(fd);
    const mode = new RawMode(fd, before);
    setLineSettings(fd, raw(before), 'drained');
    return mode;
  }

  /** What it was before, for the new terminal to be alike. */
  get before(): LineSettings {
    return this.#before;
  }

  /** After a stop and a go, when the shell had the terminal in between. */
  again(): void {
    if (this.#isOn) this.#set(raw(this.#before), 'drained');
  }

  /** What was typed and not read is forgotten: answers to questions that the command asked the terminal would go to the shell. */
  leave(): void {
    if (!this.#isOn) return;
    this.#isOn = false;
    process.off('exit', this.#onExit);
    this.#set(this.#before, 'flushed');
  }

  /** A terminal that was closed has no settings any more. */
  #set(settings: LineSettings, when: 'drained' | 'flushed'): void {
    try {
      setLineSettings(this.#fd, settings, when);
    } catch (error) {
      if (errnoOf(error) !== 'EIO' && errnoOf(error) !== 'ENOTTY') throw error;
    }
  }
}
