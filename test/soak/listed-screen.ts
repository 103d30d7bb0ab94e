/** What the list of containers says, read off the lines of a screen; rows that are not of the crowd are left out. Pure. */

const TITLES = /^ {2}NAME\S? +(?:RUNTIME\S? +)?STATE/;
const NAME = /\d\d-(?:still|short)-\d+-\d+/;
/** Before the pane of the selected container, or before a menu. */
const RULE = /^─/;
/** The pane's goes on after the name; that of a menu, which may be about a container too, does not. */
const PANE = /^─ \S+ ─ \w/;
const SELECTED = '▌';
/** Status line and keys. */
const LINES_BELOW = 2;

export interface ListedRow {
  readonly line: string;
  readonly name: string;
  /** Undefined on a screen that is too narrow for the column. */
  readonly processes: string;
  readonly limit: string | undefined;
}

export interface ListedScreen {
  readonly rows: readonly ListedRow[];
  /** Lines with the mark of the selection. */
  readonly selected: readonly string[];
  /** Below the rows there is something that is not the pane of one of the crowd: a menu, over rows and pane. */
  readonly isCovered: boolean;
  /** Undefined also when it is about somebody who is not of the crowd. */
  readonly paneName: string | undefined;
}

/** Undefined when the screen shows something else. */
export function listedScreen(lines: readonly string[]): ListedScreen | undefined {
  const at = lines.findIndex((line) => TITLES.test(line));
  const titles = lines[at];
  if (titles === undefined) return undefined;
  const rule = lines.findIndex((line, i) => i > at && RULE.test(line));
  const body = lines.slice(at + 1, rule === -1 ? lines.length - LINES_BELOW : rule);
  const processes = rightAligned(titles, 'PIDS', 5);
  const limit = rightAligned(titles, 'LIMIT', 6);
  if (processes === undefined) return undefined;
  const isPane = PANE.test(lines[rule] ?? '');
  const paneName = isPane ? nameIn(lines[rule] ?? '') : undefined;
  return {
    rows: body.flatMap((line) => {
      const name = nameIn(line);
      if (name === undefined) return [];
      return [{ line, name, processes: processes(line), limit: limit?.(line) }];
    }),
    selected: body.filter((line) => line.startsWith(SELECTED)),
    isCovered: rule !== -1 && (!isPane || paneName === undefined),
    paneName,
  };
}

export function nameIn(line: string): string | undefined {
  return NAME.exec(line)?.[0];
}

/** Reads the cell below a title that stands at its right end, with or without the arrow of the order. */
function rightAligned(titles: string, title: string, width: number): ((line: string) => string) | undefined {
  const found = new RegExp(` ${title}\\S?`).exec(titles);
  if (found === null) return undefined;
  const end = found.index + found[0].length;
  return (line) => line.slice(end - width, end).trim();
}
