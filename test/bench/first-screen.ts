/** How long it takes from the start of the dashboard until its first screen is full, as a terminal shows it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestTerminal } from '../terminal.ts';
import type { Bound } from './bounds.ts';
import { median } from './figures.ts';
import { ownEnvironment, SCREEN } from './watcher.ts';

const MOST_MS = 1000;
/** A screen of 120x40 has room for more: fewer are not the host that was made. */
const LEAST_ROWS = 12;
const TITLES = /^ {2}NAME .* PIDS /;
const KEYS = /^ F1 Help /;
/** The line above the pane of the selected container. */
const RULE = /^─/;
/** Name, state, and figures behind it: what is used of memory, at least, is known at first sight. */
const ROW_WITH_FIGURES = /^[▌ ].\S+ .*\b(?:running|frozen)\b.* \d+(?:\.\d+)?[KMG]? /;

export async function firstScreens(porthole: string, rounds: number): Promise<Bound[]> {
  const ms: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await withDashboard(porthole, [], async (terminal, startedMs) => {
      await terminal.waitFor(() => isFull(terminal.lines), 'a full screen');
      ms.push(performance.now() - startedMs);
    });
  }
  return [
    {
      id: 's',
      what: 'first full screen',
      value: median(ms),
      unit: 'ms',
      most: MOST_MS,
      note: `median of ${rounds}, from ${Math.min(...ms).toFixed(0)} to ${Math.max(...ms).toFixed(0)}`,
    },
  ];
}

/** Header, titles, a row with figures on every line there is for one, and the keys. */
export function isFull(lines: readonly string[]): boolean {
  const titles = lines.findIndex((line) => TITLES.test(line));
  const end = lines.findIndex((line, i) => i > titles && RULE.test(line));
  const rows = lines.slice(titles + 1, end);
  return (
    lines[0]?.startsWith(' porthole · ') === true &&
    titles > 0 &&
    rows.length >= LEAST_ROWS &&
    rows.every((line) => ROW_WITH_FIGURES.test(line)) &&
    KEYS.test(lines.at(-1) ?? '')
  );
}

/** Runs it with settings of nobody, and ends it. @param work gets the terminal and when it was started */
export async function withDashboard(
  porthole: string,
  words: readonly string[],
  work: (terminal: TestTerminal, startedMs: number) => Promise<void>,
): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'porthole-bench-'));
  const env = ownEnvironment(home);
  const startedMs = performance.now();
  const terminal = TestTerminal.start(process.execPath, [porthole, 'top', ...words], { ...SCREEN, env });
  try {
    await work(terminal, startedMs);
  } finally {
    await terminal.dispose();
    rmSync(home, { recursive: true, force: true });
  }
}
