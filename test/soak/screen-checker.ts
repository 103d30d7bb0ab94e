/** What is wrong with the screens of the dashboard while containers come and go, one look after the other. Pure. */
import type { Member } from './crowd.ts';
import { type ListedRow, type ListedScreen, listedScreen, nameIn } from './listed-screen.ts';
import type { Check } from './soak.ts';

/** So long after its end a container may still be shown: two samples, and the work of a busy machine. */
const LATE_MS = 5000;
/** As long as the sample that saw it being made may be on the screen: one second, and the time of taking the next. */
const BEING_MADE_MS = 2000;
const MOST_PROBLEMS = 10;
const NO_LIMIT = '–';
/** A container of this host that is not of the crowd. */
const SOMEBODY_ELSE = '';

const KINDS = {
  jumps: 'the selection stays on its container for as long as that lives',
  numbers: 'no row shows the numbers of another container',
  twice: 'no container stands on two rows',
  late: 'no row stays after its container has ended',
  pane: 'the pane is about the selected container',
  redraw: 'drawing the whole screen again changes nothing on it',
} as const;

type Kind = keyof typeof KINDS;

export class ScreenChecker {
  readonly #members: ReadonlyMap<string, Member>;
  readonly #problems = new Map<Kind, string[]>();
  /** What the selection is to stay on; undefined after a key that moves it. */
  #selected: string | undefined;
  #mayMove = false;
  screens = 0;
  rows = 0;
  ownNumbers = 0;
  redraws = 0;
  /** Containers that the selection was on. */
  readonly everSelected = new Set<string>();

  constructor(members: ReadonlyMap<string, Member>) {
    this.#members = members;
  }

  /** A whole screen, not one that is being drawn. */
  look(lines: readonly string[], nowMs: number): void {
    const screen = listedScreen(lines);
    if (screen === undefined) return;
    this.screens += 1;
    for (const row of screen.rows) this.#row(row, nowMs);
    const names = screen.rows.map(({ name }) => name);
    for (const name of names.filter((each, i) => names.indexOf(each) !== i)) this.note('twice', name);
    this.#selection(screen, nowMs);
  }

  /** Between keys that move the selection and their answer it may be anywhere; after that it has to stay where it is. */
  set mayMove(mayMove: boolean) {
    this.#mayMove = mayMove;
    this.#selected = undefined;
  }

  note(kind: Kind, problem: string): void {
    const known = this.#problems.get(kind) ?? [];
    if (known.length < MOST_PROBLEMS) known.push(problem);
    this.#problems.set(kind, known);
  }

  checks(): Check[] {
    const share = `${this.ownNumbers} of ${this.rows} rows have all of their processes`;
    const details: Readonly<Record<Kind, string>> = {
      jumps: `${this.screens} screens, ${this.everSelected.size} containers were selected`,
      numbers: share,
      twice: '',
      late: '',
      pane: '',
      redraw: `${this.redraws} times`,
    };
    return (['jumps', 'numbers', 'twice', 'late', 'pane', 'redraw'] as const).map((kind) => {
      const problems = this.#problems.get(kind) ?? [];
      return {
        what: KINDS[kind],
        passed: problems.length === 0,
        detail: [details[kind], ...problems].filter((text) => text !== '').join('; '),
      };
    });
  }

  /** One that is being made or unmade has not all of its processes, but never more. */
  #row({ line, name, processes, limit }: ListedRow, nowMs: number): void {
    this.rows += 1;
    const member = this.#members.get(name);
    if (member === undefined) {
      this.note('numbers', `nobody is called ${name}: ${line}`);
      return;
    }
    const count = Number(processes);
    const isOwn = count === member.processes;
    if (isOwn) this.ownNumbers += 1;
    const isPossible = isOwn || (!member.stays && processes !== '' && count >= 0 && count < member.processes);
    // Seen in the middle of being made, or of ending: version 1 takes who exits out of its cgroups at once.
    const isBeingMade =
      !member.stays && (member.madeMs === undefined || nowMs - member.madeMs < BEING_MADE_MS);
    const isEnding = member.endingMs !== undefined && member.endingMs <= nowMs;
    const mayLackLimit = (isBeingMade || isEnding) && limit === NO_LIMIT;
    const hasOwnLimit = limit === undefined || limit === `${member.limitMib}M` || mayLackLimit;
    if (!isPossible || !hasOwnLimit) this.note('numbers', `limit ${member.limitMib}M, shown as: ${line}`);
    if (member.endedMs !== undefined && nowMs - member.endedMs > LATE_MS)
      this.note('late', `${((nowMs - member.endedMs) / 1000).toFixed(1)} s after its end: ${line}`);
  }

  #selection({ rows, selected, isCovered, paneName }: ListedScreen, nowMs: number): void {
    if (selected.length === 0 && isCovered) return;
    if (selected.length > 1 || (selected.length === 0 && rows.length > 0)) {
      this.note(
        'jumps',
        `${selected.length} of ${rows.length} rows are selected, the first is ${rows[0]?.line}`,
      );
      return;
    }
    const name = nameIn(selected[0] ?? '') ?? SOMEBODY_ELSE;
    const before = this.#selected;
    this.#selected = this.#mayMove ? undefined : name;
    if (name !== SOMEBODY_ELSE) {
      this.everSelected.add(name);
      if (paneName !== undefined && paneName !== name) this.note('pane', `${paneName} below ${name}`);
    }
    // When others end is not known here.
    if (before === undefined || before === name || before === SOMEBODY_ELSE) return;
    const endingMs = this.#members.get(before)?.endingMs;
    if (endingMs === undefined || endingMs > nowMs) this.note('jumps', `from ${before} to ${name}`);
  }
}
