/**
 * The dashboard beside htop and btop, each in a terminal of its own at one update a second over the same seconds, by
 * processor time and memory; then, alone, how long until its first screen is there and until it answers a key.
 */
import { spawnSync } from 'node:child_process';
import type { Bound } from './bounds.ts';
import type { Line } from './figures.ts';
import { firstScreens } from './first-screen.ts';
import { keysWhileScanning, keysWhileStarting } from './key-answers.ts';
import type { HostSize } from './measure.ts';
import { type Watched, type Watcher, watchSideBySide } from './watcher.ts';

const TARGET = 1;
const MOST_RESIDENT_MB = 120;
/** A watcher that leaves out updates is cheap for the wrong reason: it is not judged. */
const LEAST_SHARE_OF_UPDATES = 0.9;
const OURS = 'porthole';
const BYTES_PER_MB = 1e6;

interface ScreenContext {
  readonly isQuick: boolean;
  readonly porthole: string;
  readonly progress: (text: string) => void;
  readonly noteBounds: (bounds: readonly Bound[]) => void;
  readonly noteMissing: (text: string) => void;
}

export async function screens(context: ScreenContext, { containers, processes }: HostSize): Promise<Line[]> {
  const { isQuick, porthole, progress, noteBounds } = context;
  const lines = await sideBySide(context, isQuick ? 5 : 60);
  progress('screen: first screens');
  noteBounds(await firstScreens(porthole, isQuick ? 3 : 11));
  progress('screen: keys');
  noteBounds([
    ...(await keysWhileStarting(porthole, isQuick ? 2 : 10)),
    ...(await keysWhileScanning(porthole, isQuick ? 40 : 400)),
  ]);
  const where = `${containers}/${processes}`;
  return lines.map((line) => ({
    ...line,
    what: `${line.what}, ${where}`,
    ...(line.against !== undefined && { against: `${line.against}, ${where}` }),
  }));
}

async function sideBySide({ porthole, noteBounds, noteMissing }: ScreenContext, seconds: number) {
  const hasBtop = spawnSync('btop', ['--version'], { stdio: 'ignore' }).error === undefined;
  if (!hasBtop) noteMissing('s is without btop: install it (apt-get install btop)');
  const watchers = watchersOf(porthole, hasBtop);
  const watched = await watchSideBySide(watchers, seconds);
  const lines = watchers.flatMap((watcher, i) => {
    const one = watched[i];
    return one === undefined ? [] : [lineOf(watcher, one, seconds)];
  });
  const [ours] = watched;
  if (ours !== undefined) {
    const note = `${mb(ours.rssBytes)} MB at the end`;
    const value = ours.peakBytes / BYTES_PER_MB;
    noteBounds([
      { id: 's', what: 'resident memory, at most', value, unit: 'MB', most: MOST_RESIDENT_MB, note },
    ]);
  }
  return lines.flatMap((line) => (line.what === OURS ? againstEach(line, watchers, ours, seconds) : [line]));
}

function watchersOf(porthole: string, hasBtop: boolean): Watcher[] {
  const btop: Watcher = {
    what: 'btop, 1000 ms',
    words: ['btop'],
    output: 'terminal',
    config: { 'btop/btop.conf': 'update_ms = 1000\n' },
  };
  return [
    { what: OURS, words: [process.execPath, porthole, 'top', '-d', '1'], output: 'terminal' },
    { what: 'htop -d 10', words: ['htop', '-d', '10'], output: 'terminal' },
    ...(hasBtop ? [btop] : []),
  ];
}

function lineOf({ what }: Watcher, one: Watched, seconds: number): Line {
  const { wallMs, cpuMs, bytes, updates, peakBytes, rssBytes } = one;
  const note = [
    `${(cpuMs / seconds).toFixed(1)} ms a second`,
    `${updates} updates, ${bytes} bytes`,
    `${mb(rssBytes)} MB resident, at most ${mb(peakBytes)}`,
  ].join('; ');
  return { id: 's', what, wallMs: [wallMs], cpuMs: [cpuMs], note };
}

/** One line for each of the others. */
function againstEach(
  line: Line,
  watchers: readonly Watcher[],
  ours: Watched | undefined,
  seconds: number,
): Line[] {
  const isSlow = (ours?.updates ?? 0) < Math.floor(seconds * LEAST_SHARE_OF_UPDATES);
  return watchers
    .filter(({ what }) => what !== OURS)
    .map(({ what }, i) => ({
      ...line,
      what: i === 0 ? line.what : `${line.what}, again`,
      against: what,
      judgedBy: 'cpu',
      ...(!isSlow && { target: TARGET }),
      ...(i > 0 && { note: '' }),
      ...(isSlow && { note: `${line.note}; TOO FEW UPDATES TO JUDGE` }),
    }));
}

function mb(bytes: number): string {
  return (bytes / BYTES_PER_MB).toFixed(1);
}
