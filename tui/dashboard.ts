/**
 * The dashboard: models in, a terminal out. State changes are tui/update.ts, drawing is tui/render.ts, the terminal is
 * tui/terminal; this file only connects them, and sees to it that every way out goes through one door.
 */
import type { ReadStream, WriteStream } from 'node:tty';
import type { Frame, ModelFeed } from '../src/live/feed.ts';
import type { Container } from '../src/model/host-model.ts';
import { asked, withList, withOutcome, withPlannedAction } from './action-menu.ts';
import { type Action, type ContainerActions, type Filling, NO_ACTIONS, type Refusal } from './actions.ts';
import type { Form } from './form.ts';
import { withContents, withFilling, withPlan } from './forms.ts';
import { clickAt } from './hit.ts';
import type { Key } from './key.ts';
import { withError } from './message.ts';
import type { MouseEvent } from './mouse.ts';
import { OwnUse } from './own-use.ts';
import { onPointing } from './pointing.ts';
import { Screen } from './render.ts';
import { NOTHING_SAVED, type SavedSettings } from './saved-settings.ts';
import { toSave } from './saving.ts';
import type { ScreenLine } from './screen-line.ts';
import { type DashboardState, initialState } from './state.ts';
import type { Effect } from './step.ts';
import type { ColourDepth } from './terminal/abilities.ts';
import { HANGUP_STATUS, stopProcessGroup, watchExits } from './terminal/exits.ts';
import { Terminal } from './terminal/terminal.ts';
import type { ThemeName } from './terminal/themes.ts';
import { onKey, showsTime, wishOf, withClock, withFrame, withSize } from './update.ts';
import { makeTabs } from './views/index.ts';

export interface DashboardOptions {
  readonly intervalMs: number;
  /** False for LANG=C: nothing but ASCII goes to the terminal. */
  readonly unicode: boolean;
  readonly depth: ColourDepth;
  readonly mouse: boolean;
  /** The terminal has the font of the Linux console. */
  readonly consoleFont?: boolean;
  /** False where the font has no braille patterns: charts are drawn otherwise. */
  readonly braille: boolean;
  /** Names of the host's users. */
  readonly users?: ReadonlyMap<number, string>;
  /** What was remembered, and where to remember it from now on; says what stands in the way. */
  readonly saved?: SavedSettings;
  readonly save?: (settings: SavedSettings) => string | undefined;
  /** Colours for this time, whatever is remembered. */
  readonly theme?: ThemeName;
  readonly actions?: ContainerActions;
  /** Said at the start, in the status line. */
  readonly notice?: string;
  readonly input?: ReadStream;
  readonly output?: WriteStream;
}

const CLOCK_MS = 1000;
const NO_LOOKS: Refusal = { refused: 'that cannot be set here' };
/** How long the sampler may take to end; it can be stuck in a read that the kernel does not answer. */
const CLOSE_DEADLINE_MS = 2000;

/**
 * Runs until somebody quits or something ends it. Resolves with the exit status once the terminal is as it was: 0 after a
 * key, 1 after an error (printed), 128+n after signal n. Closes `feed`.
 */
export function runDashboard(feed: ModelFeed, options: DashboardOptions): Promise<number> {
  return new Dashboard(feed, options).run();
}

class Dashboard {
  readonly #feed: ModelFeed;
  readonly #terminal: Terminal;
  readonly #save: (settings: SavedSettings) => string | undefined;
  #state: DashboardState;
  readonly #own = new OwnUse();
  #wished = '';
  readonly #screen = new Screen();
  /** What the mouse points at. */
  #drawn: readonly ScreenLine[] = [];
  #drawing: NodeJS.Immediate | undefined;
  #dirty = false;
  #stopped = false;
  #ending: { readonly status: number; readonly error?: unknown } | undefined;
  #end: () => void = () => undefined;

  constructor(feed: ModelFeed, options: DashboardOptions) {
    this.#feed = feed;
    const { input = process.stdin, output = process.stdout, intervalMs, unicode, depth, mouse } = options;
    const { users = new Map(), saved = NOTHING_SAVED, actions = NO_ACTIONS, notice } = options;
    this.#save = options.save ?? (() => undefined);
    this.#terminal = new Terminal(
      input,
      output,
      { theme: options.theme ?? saved.theme, depth, mouse, consoleFont: options.consoleFont ?? false },
      {
        onKey: (key) => this.#key(key),
        onMouse: (event) => this.#mouse(event),
        onResize: () => this.#change(withSize(this.#state, this.#terminal.size)),
        onReady: () => this.#draw(),
        onHangup: () => this.#finish(HANGUP_STATUS),
      },
    );
    const start = initialState({
      size: this.#terminal.size,
      unicode,
      braille: options.braille,
      intervalMs,
      nowMs: Date.now(),
      tabs: makeTabs(users),
      actions,
      saved,
      theme: options.theme,
    });
    this.#state = notice === undefined ? start : withError(start, notice);
  }

  async run(): Promise<number> {
    const ended = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    const unwatch = watchExits({
      onSignal: (status) => this.#finish(status),
      onError: (error) => this.#finish(1, error),
      onStop: () => this.#catching(this.#stop()),
      onContinue: () => this.#continue(),
    });
    const clock = setInterval(() => this.#passTime(), CLOCK_MS);
    const unsubscribe = this.#subscribe();
    this.#open();
    await ended;
    unsubscribe();
    clearInterval(clock);
    clearImmediate(this.#drawing);
    const flushed = await this.#terminal.close();
    unwatch();
    const status = this.#report(flushed);
    await this.#closeFeed();
    return status;
  }

  #open(): void {
    try {
      this.#terminal.open();
      this.#change(this.#state);
    } catch (error) {
      this.#finish(1, error);
    }
  }

  #subscribe(): () => void {
    const stopFrames = this.#feed.onFrame((frame) => this.#frame(frame));
    const stopTrouble = this.#feed.onTrouble((text) => this.#change(withError(this.#state, text)));
    return () => {
      stopFrames();
      stopTrouble();
    };
  }

  #passTime(): void {
    const next = withClock(this.#state, Date.now());
    if (showsTime(this.#state, next)) this.#change(next);
    else this.#state = next;
  }

  #frame(frame: Frame): void {
    this.#change(withFrame(this.#state, frame, Date.now(), this.#own.since()));
  }

  #key(key: Key): void {
    const { state, effects } = onKey(this.#state, key);
    this.#change(state);
    for (const effect of effects) this.#do(effect);
  }

  #mouse(event: MouseEvent): void {
    const click = clickAt(this.#drawn, event.column, event.row);
    const { state, effects } = onPointing(this.#state, event, click);
    this.#change(state);
    for (const effect of effects) this.#do(effect);
  }

  #do(effect: Effect): void {
    switch (effect.kind) {
      case 'quit':
        this.#finish(0);
        break;
      case 'stop':
        this.#catching(this.#stop());
        break;
      case 'redraw':
        this.#terminal.redrawAll();
        break;
      case 'refresh':
        this.#feed.refreshNow();
        break;
      case 'interval':
        this.#feed.setIntervalMs(effect.intervalMs);
        break;
      case 'paused':
        this.#feed.setPaused(effect.paused);
        break;
      case 'theme':
        this.#terminal.setTheme(effect.theme);
        break;
      case 'copy':
        this.#terminal.copy(effect.text);
        break;
      case 'act':
        void this.#act(effect.action, effect.container);
        break;
      case 'read-form':
        void this.#readForm(effect.form, effect.container);
        break;
      case 'plan-form':
        void this.#planForm(effect.form, effect.container, effect.values);
        break;
      case 'fill-form':
        void this.#fillForm(effect.form, effect.container, effect.filling);
        break;
      case 'plan-action':
        void this.#planAction(effect.action, effect.container);
        break;
      case 'read-list':
        void this.#readList(effect.action, effect.container);
        break;
      case 'save': {
        const trouble = this.#save(toSave(this.#state));
        if (trouble !== undefined) this.#change(withError(this.#state, trouble));
      }
    }
  }

  /** What takes the terminal gets it whole, and gives it back. */
  async #act(action: Action, container: Container): Promise<void> {
    if (action.takesTerminal === true) await this.#terminal.giveBack();
    const outcome = await this.#state.actions.run(action, container);
    if (action.takesTerminal === true && this.#ending === undefined) this.#terminal.take();
    this.#change(withOutcome(this.#state, outcome, container));
    this.#feed.refreshNow();
  }

  async #readForm(form: Form, container: Container): Promise<void> {
    const found = (await this.#state.actions.looks?.form(form.action, container)) ?? NO_LOOKS;
    this.#change(withContents(this.#state, form, found));
  }

  async #planForm(form: Form, container: Container, values: ReadonlyMap<string, string>): Promise<void> {
    const plan = (await this.#state.actions.looks?.plan(form.action, container, values)) ?? NO_LOOKS;
    this.#change(withPlan(this.#state, form, plan, (state, action) => asked(state, action, container)));
  }

  async #fillForm(form: Form, container: Container, filling: Filling): Promise<void> {
    const values = (await this.#state.actions.looks?.fill(form.action, container, filling)) ?? NO_LOOKS;
    this.#change(withFilling(this.#state, form, values));
  }

  async #planAction(action: Action, container: Container): Promise<void> {
    const plan = (await this.#state.actions.looks?.plan(action, container, new Map())) ?? NO_LOOKS;
    this.#change(withPlannedAction(this.#state, plan, container));
  }

  async #readList(action: Action, container: Container): Promise<void> {
    const found = (await this.#state.actions.looks?.list(action, container)) ?? NO_LOOKS;
    this.#change(withList(this.#state, action, found, container));
  }

  /** Draws once for all that happens in one turn of the event loop, and not at all while the terminal is behind. */
  #change(state: DashboardState): void {
    this.#state = state;
    this.#dirty = true;
    const wish = wishOf(state);
    const wished = JSON.stringify(wish ?? null);
    if (wished !== this.#wished) {
      this.#wished = wished;
      this.#feed.want(wish);
    }
    this.#drawing ??= setImmediate(() => {
      this.#drawing = undefined;
      this.#draw();
    });
  }

  #draw(): void {
    if (!this.#dirty || this.#stopped || this.#ending !== undefined || this.#terminal.busy) return;
    this.#dirty = false;
    this.#drawn = this.#screen.draw(this.#state);
    this.#terminal.draw(this.#drawn);
  }

  /** Gives the terminal back, stops, and takes it again when continued. */
  async #stop(): Promise<void> {
    if (this.#stopped || this.#ending !== undefined) return;
    this.#stopped = true;
    await this.#terminal.giveBack();
    if (this.#ending !== undefined) return;
    stopProcessGroup();
    // Where the kernel did not stop us no SIGCONT will come either.
    setImmediate(() => this.#continue());
  }

  #continue(): void {
    if (this.#ending !== undefined) return;
    this.#stopped = false;
    this.#terminal.take();
    // The terminal may have another size by now, and told only those who ran: Node asks anew on this signal.
    process.kill(process.pid, 'SIGWINCH');
    this.#change(this.#state);
  }

  #catching(work: Promise<void>): void {
    work.catch((error: unknown) => this.#finish(1, error));
  }

  /** The one door out; the first reason counts. */
  #finish(status: number, error?: unknown): void {
    if (this.#ending !== undefined) return;
    this.#ending = { status, error };
    this.#end();
  }

  /** A thread stuck in the kernel keeps even process.exit() waiting; the shell shall have its prompt back. */
  async #closeFeed(): Promise<void> {
    const deadline = setTimeout(() => {
      process.stderr.write('porthole: the sampler hangs in the kernel; killed\n');
      process.kill(process.pid, 'SIGKILL');
    }, CLOSE_DEADLINE_MS);
    await this.#feed.close();
    clearTimeout(deadline);
  }

  #report(flushed: boolean): number {
    const { status, error } = this.#ending ?? { status: 1, error: new Error('ended without a reason') };
    // A terminal that takes no output would keep the process alive, and waiting in the next line, until it does.
    if (!flushed) process.exit(status);
    if (error !== undefined) process.stderr.write(`porthole: ${describe(error)}\n`);
    return status;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `dashboard: ${String(error)}`;
  return process.env['PORTHOLE_DEBUG'] === '1'
    ? (error.stack ?? error.message)
    : `dashboard: ${error.message}`;
}
