/**
 * How long a key waits for its answer on the screen while the sampler scans: from the press until the terminal shows what the
 * key does. Presses fall at random moments of scans: the first one after the start, and later ones that `r` asks for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestTerminal } from '../terminal.ts';
import type { Bound } from './bounds.ts';
import { quantile } from './figures.ts';
import { isFull, withDashboard } from './first-screen.ts';

const MOST_MS = 50;
const SELECTED = '▌';
/** A scan and what the screen makes of it take no longer: presses are spread over all of it. */
const SCAN_MS = 100;
/** Between presses in the first scan, of which there is not much. */
const SHORT_PAUSE_MS = 40;
/** The selection goes up and down between these of the visible rows, so that the list does not scroll. */
const ROWS = { first: 5, last: 16 };
const ON_HELP = 'one row up';
const ON_LIST = 'PIDS';

/** Help opens and closes while there are no rows to move among. */
export async function keysWhileStarting(porthole: string, starts: number): Promise<Bound[]> {
  const ms: number[] = [];
  for (let start = 0; start < starts; start += 1) {
    await withDashboard(porthole, [], async (terminal) => {
      await terminal.waitForText(ON_LIST);
      for (let isFirst = true; isFirst || !isFull(terminal.lines); isFirst = false) {
        ms.push(await answer(terminal, '?', () => terminal.text.includes(ON_HELP)));
        await sleep(SHORT_PAUSE_MS * Math.random());
        ms.push(await answer(terminal, 'q', () => terminal.text.includes(ON_LIST)));
        await sleep(SHORT_PAUSE_MS * Math.random());
      }
    });
  }
  return boundsOf('key answered in the first scan', ms);
}

export async function keysWhileScanning(porthole: string, presses: number): Promise<Bound[]> {
  const ms: number[] = [];
  await withDashboard(porthole, [], async (terminal) => {
    await terminal.waitFor(() => isFull(terminal.lines), 'a full screen');
    for (let press = 0; press < presses; press += 1) {
      terminal.type('r');
      await sleep(SCAN_MS * Math.random());
      const row = selectedRow(terminal);
      const key = row <= ROWS.first ? 'j' : row >= ROWS.last ? 'k' : Math.random() < 0.5 ? 'j' : 'k';
      ms.push(await answer(terminal, key, () => terminal.cell(row, 0).text !== SELECTED));
    }
  });
  return boundsOf('key answered while it scans', ms);
}

async function answer(terminal: TestTerminal, key: string, holds: () => boolean): Promise<number> {
  if (holds())
    throw new Error(`the screen shows the answer to ${key} before it is pressed:\n${terminal.text}`);
  const pressedMs = performance.now();
  terminal.type(key);
  await terminal.waitFor(holds, `the answer to ${key}`);
  return performance.now() - pressedMs;
}

function selectedRow(terminal: TestTerminal): number {
  const row = terminal.lines.findIndex((line) => line.startsWith(SELECTED));
  if (row < 0) throw new Error(`no row is selected:\n${terminal.text}`);
  return row;
}

function boundsOf(what: string, ms: readonly number[]): Bound[] {
  const note = `of ${ms.length}: half within ${quantile(ms, 0.5).toFixed(1)}, slowest ${Math.max(...ms).toFixed(1)}`;
  return [{ id: 's', what: `${what}, p99`, value: quantile(ms, 0.99), unit: 'ms', most: MOST_MS, note }];
}
