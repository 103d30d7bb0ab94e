/**
 * `porthole ps -w 1 --json` beside other watchers at one update a second: all at once, over the same seconds, by processor
 * time. Start-up and the first sample are part of it.
 */
import { readdirSync } from 'node:fs';
import { startHost } from '../load/load.ts';
import type { Line } from './figures.ts';
import type { HostSize } from './measure.ts';
import { type Watched, type Watcher, watchSideBySide } from './watcher.ts';

const HTOP_TARGET = 1;
/** Five times as many containers and processes. */
const GROWTH_TARGET = 5;
/** A watcher that leaves out updates is cheap for the wrong reason: it is not judged. */
const LEAST_SHARE_OF_UPDATES = 0.9;

interface WatchContext {
  readonly isQuick: boolean;
  readonly porthole: string;
  readonly progress: (text: string) => void;
}

export async function watches({ isQuick, porthole, progress }: WatchContext): Promise<Line[]> {
  const seconds = isQuick ? 5 : 60;
  const small = isQuick ? { processes: 300, containers: 30 } : { processes: 2000, containers: 200 };
  const large = { processes: small.processes * GROWTH_TARGET, containers: small.containers * GROWTH_TARGET };
  const lines = await watchHost(small, seconds, porthole, progress);
  const later = await watchHost(large, seconds, porthole, progress);
  const [ours, bigger] = [lines[0], later[0]];
  if (ours === undefined || bigger === undefined) throw new Error('nothing was watched');
  const { target, ...alsoBigger } = bigger;
  const grown = {
    ...alsoBigger,
    what: `${bigger.what}, again`,
    against: ours.what,
    ...(target !== undefined && { target: GROWTH_TARGET }),
  };
  return [...lines, alsoBigger, grown, ...later.slice(1)];
}

async function watchHost(
  size: HostSize,
  seconds: number,
  porthole: string,
  progress: (text: string) => void,
): Promise<Line[]> {
  progress(`watch: ${size.processes} processes in ${size.containers} containers for ${seconds} s`);
  const load = await startHost({ ...size, hasNet: true });
  try {
    const watchers = watchersOf(porthole);
    const listed = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;
    const watched = await watchSideBySide(watchers, seconds);
    return watchers.flatMap((watcher, index) => {
      const one = watched[index];
      return one === undefined ? [] : [lineOf(watcher, one, size, seconds, listed)];
    });
  } finally {
    await load.stop();
  }
}

function watchersOf(porthole: string): Watcher[] {
  return [
    {
      what: 'porthole ps -w 1 --json',
      words: [process.execPath, porthole, 'ps', '-w', '1', '--json'],
      output: 'lines',
    },
    { what: 'htop -d 10', words: ['htop', '-d', '10'], output: 'terminal' },
    { what: 'top -b -d 1', words: ['top', '-b', '-d', '1'], output: 'pipe' },
    { what: 'systemd-cgtop -b -d 1', words: ['systemd-cgtop', '-b', '-d', '1', '-n', '0'], output: 'pipe' },
  ];
}

function lineOf(
  { what, output }: Watcher,
  { wallMs, cpuMs, lines }: Watched,
  { processes, containers }: HostSize,
  seconds: number,
  listed: number,
): Line {
  const where = `${containers}/${processes}`;
  const isOurs = output === 'lines';
  const isSlow = isOurs && lines < Math.floor(seconds * LEAST_SHARE_OF_UPDATES);
  const perSecond = `${(cpuMs / seconds).toFixed(1)} ms a second`;
  return {
    id: 'w',
    what: `${what}, ${where}`,
    wallMs: [wallMs],
    cpuMs: [cpuMs],
    judgedBy: 'cpu',
    ...(isOurs && { against: `htop -d 10, ${where}` }),
    ...(isOurs && !isSlow && { target: HTOP_TARGET }),
    note: isOurs
      ? `${perSecond}, ${lines} documents${isSlow ? ', TOO FEW TO JUDGE' : ''}, ${listed} processes in all`
      : perSecond,
  };
}
