/**
 * The comparisons, in parts. All commands of one comparison take turns (A B A B), or run side by side over the same
 * seconds, so that what else the machine does hits each of them. A figure never fails the run, but what cannot be
 * measured does.
 */
import { type Load, startHost, sweepLoad } from '../load/load.ts';
import { attaches } from './attach.ts';
import { type Bound, type JudgedBound, judgedBounds } from './bounds.ts';
import { type Figures, figuresOf, type Line } from './figures.ts';
import { freezes } from './freeze.ts';
import { limits } from './limit.ts';
import { type Command, type HostSize, wholeProcesses } from './measure.ts';
import { type BothReads, equalReads, samples, scans } from './scan.ts';
import { screens } from './screen.ts';
import { dashboardTicks, steadyTicks } from './ticks.ts';
import { watches } from './watch.ts';

export interface BenchOptions {
  readonly isQuick: boolean;
  /** Names of the parts to run; all when empty. */
  readonly only: readonly string[];
  /** The built start file of Porthole, and the bundle of in-process.ts. */
  readonly porthole: string;
  readonly inProcess: string;
  /** Called before each step, for people who wait. */
  readonly progress: (text: string) => void;
}

export interface BenchResult {
  /** Of the host that `scan`, `sample`, `tick`, `list` and `ns` look at. */
  readonly processes: number;
  readonly containers: number;
  readonly reads?: BothReads;
  readonly figures: readonly Figures[];
  readonly bounds: readonly JudgedBound[];
  /** What could not be measured here, and why. */
  readonly missing: readonly string[];
}

type Host = keyof ReturnType<typeof sizesOf>;

/** Parts that need a host of the same size share it. */
interface Part {
  readonly name: string;
  readonly host?: Host;
  readonly measure: (context: PartContext) => readonly Line[] | Promise<readonly Line[]>;
}

interface PartContext extends BenchOptions {
  readonly noteReads: (reads: BothReads) => void;
  readonly noteBounds: (bounds: readonly Bound[]) => void;
  readonly noteMissing: (text: string) => void;
}

const START_TARGET = 1.3;
const PS_TARGET = 0.6;
const NS_TARGET = 0.5;
/** The lines whose targets are for the full size: on a small host, starting up outweighs the work. */
const SIZED_LINES = ['b', 'c', 'e', 'n', 's', 'w'];
const NAMESPACE_COLUMNS = 'cgroupns,ipcns,mntns,netns,pidns,timens,userns,utsns';

const PARTS: readonly Part[] = [
  { name: 'start', measure: startUp },
  { name: 'scan', host: 'many', measure: scan },
  { name: 'sample', host: 'many', measure: ({ isQuick, inProcess }) => samples(isQuick ? 3 : 7, inProcess) },
  {
    name: 'tick',
    host: 'many',
    measure: ({ isQuick, inProcess }) => steadyTicks(isQuick ? 2 : 5, inProcess),
  },
  { name: 'list', host: 'many', measure: listings },
  { name: 'ns', host: 'many', measure: namespaces },
  {
    name: 'dashboard',
    host: 'wide',
    measure: ({ isQuick, inProcess }) => dashboardTicks(isQuick ? 1 : 3, inProcess, sizesOf(isQuick).wide),
  },
  { name: 'limit', measure: limits },
  { name: 'attach', measure: (context) => attaches(context, sizesOf(context.isQuick).middle) },
  { name: 'watch', measure: watches },
  { name: 'freeze', measure: freezing },
  { name: 'screen', host: 'middle', measure: (context) => screens(context, sizesOf(context.isQuick).middle) },
];

export const PART_NAMES = PARTS.map(({ name }) => name);

function sizesOf(isQuick: boolean) {
  return isQuick
    ? {
        many: { processes: 1000, containers: 50 },
        wide: { processes: 200, containers: 100 },
        middle: { processes: 300, containers: 30 },
      }
    : {
        many: { processes: 5000, containers: 200 },
        wide: { processes: 2000, containers: 1000 },
        middle: { processes: 2000, containers: 200 },
      };
}

export async function bench(options: BenchOptions): Promise<BenchResult> {
  const { isQuick, only, progress } = options;
  const sizes = sizesOf(isQuick);
  const lines: Line[] = [];
  const bounds: Bound[] = [];
  const missing: string[] = [];
  let reads: BothReads | undefined;
  const context: PartContext = {
    ...options,
    noteBounds: (more) => void bounds.push(...more),
    noteMissing: (text) => void missing.push(text),
    noteReads: (counted) => {
      reads = counted;
    },
  };
  sweepLoad();
  const host = new CurrentHost();
  try {
    for (const part of PARTS.filter(({ name }) => only.length === 0 || only.includes(name))) {
      await host.become(part.host && sizes[part.host], progress);
      progress(part.name);
      lines.push(...(await part.measure(context)));
    }
  } finally {
    await host.become(undefined, progress);
  }
  const figures = figuresOf(inOrder(isQuick ? lines.map(withoutSizedTarget) : lines));
  return {
    ...sizes.many,
    ...(reads !== undefined && { reads }),
    figures,
    bounds: judgedBounds(bounds),
    missing,
  };
}

/** The load that is there, kept from one part to the next that wants the same. */
class CurrentHost {
  #size: HostSize | undefined;
  #load: Load | undefined;

  async become(size: HostSize | undefined, progress: (text: string) => void): Promise<void> {
    if (size === this.#size) return;
    await this.#load?.stop();
    this.#size = size;
    this.#load = undefined;
    if (size === undefined) return;
    progress(`making ${size.processes} processes in ${size.containers} containers`);
    this.#load = await startHost({ ...size, hasNet: true });
  }
}

function withoutSizedTarget(line: Line): Line {
  const { target: _, ...rest } = line;
  return SIZED_LINES.includes(line.id) ? rest : line;
}

function startUp({ isQuick, porthole }: PartContext): Line[] {
  return wholeProcesses('a', isQuick ? 11 : 31, [
    {
      what: 'porthole --version',
      words: [porthole, '--version'],
      output: 'null',
      against: 'node -e 0',
      target: START_TARGET,
    },
    { what: 'node -e 0', words: [process.execPath, '-e', '0'], output: 'null' },
  ]);
}

function scan({ isQuick, inProcess, noteReads }: PartContext): Line[] {
  noteReads(equalReads(inProcess));
  return scans(isQuick ? 7 : 15, inProcess);
}

function listings({ isQuick, porthole }: PartContext): Line[] {
  const json = (output: 'null' | 'pipe'): Command[] => [
    {
      what: `porthole ps --json (${output})`,
      words: [porthole, 'ps', '--json'],
      output,
      against: `lsns -J (${output})`,
      target: PS_TARGET,
    },
    { what: `lsns -J (${output})`, words: ['lsns', '-J'], output },
  ];
  return wholeProcesses('b', isQuick ? 5 : 11, [
    ...json('null'),
    ...json('pipe'),
    { what: 'porthole ps', words: [porthole, 'ps'], output: 'pipe', against: 'lsns -J (pipe)' },
    {
      what: 'ps -eo pid,ppid,comm,*ns',
      words: ['ps', '-eo', `pid,ppid,comm,${NAMESPACE_COLUMNS}`],
      output: 'pipe',
      against: 'lsns -J (pipe)',
    },
  ]);
}

function namespaces({ isQuick, porthole }: PartContext): Line[] {
  return wholeProcesses('n', isQuick ? 5 : 11, [
    {
      what: 'porthole ns --json',
      words: [porthole, 'ns', '--json'],
      output: 'pipe',
      against: 'lsns -J',
      target: NS_TARGET,
    },
    { what: 'lsns -J', words: ['lsns', '-J'], output: 'pipe' },
  ]);
}

async function freezing({ isQuick, porthole, inProcess, noteBounds }: PartContext): Promise<readonly Line[]> {
  const { lines, bounds } = await freezes(isQuick ? 7 : 21, porthole, inProcess);
  noteBounds(bounds);
  return lines;
}

function inOrder(lines: readonly Line[]): Line[] {
  return [...lines].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}
