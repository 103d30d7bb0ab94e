/** What the bench says: a line per thing measured, its figures, and the ratio to what it is held against. Pure. */

/** Milliseconds, one per round. */
export type Rounds = readonly number[];

export interface Line {
  /** Which comparison it belongs to. */
  readonly id: string;
  readonly what: string;
  /** Elapsed time, and processor time where that is known: the steadier one on a busy machine. */
  readonly wallMs: Rounds;
  readonly cpuMs?: Rounds;
  /** The line of the same comparison that this one is held against, by its `what`. */
  readonly against?: string;
  /** The ratio to stay below; absent where the line only informs. */
  readonly target?: number;
  /** Which ratio the target is for; that of elapsed times unless it says otherwise. */
  readonly judgedBy?: Judge;
  /** What else there is to say, behind the figures. */
  readonly note?: string;
}

export type Judge = 'wall' | 'cpu' | 'both';

export interface Figures {
  readonly id: string;
  readonly what: string;
  readonly rounds: number;
  readonly wallMs: Summary;
  readonly cpuMs?: Summary;
  readonly against?: string;
  readonly ratio?: number;
  readonly cpuRatio?: number;
  readonly target?: number;
  readonly judgedBy?: Judge;
  readonly meetsTarget?: boolean;
  /** One of the two waited for processors more than it used them: look at the processor time instead. */
  readonly isNoisy?: true;
  readonly note?: string;
}

/** Elapsed time above processor time by more than this is somebody else's work. */
const NOISY = 1.25;

export interface Summary {
  readonly median: number;
  readonly p90: number;
  readonly least: number;
}

export function figuresOf(lines: readonly Line[]): Figures[] {
  return lines.map((line) => {
    const other = lines.find(({ id, what }) => id === line.id && what === line.against);
    if (line.against !== undefined && other === undefined) throw new Error(`nothing called ${line.against}`);
    const ratio = other && median(line.wallMs) / median(other.wallMs);
    const cpuRatio = line.cpuMs && other?.cpuMs && median(line.cpuMs) / median(other.cpuMs);
    return {
      id: line.id,
      what: line.what,
      rounds: line.wallMs.length,
      wallMs: summary(line.wallMs),
      ...(line.cpuMs !== undefined && { cpuMs: summary(line.cpuMs) }),
      ...(line.against !== undefined && { against: line.against }),
      ...(ratio !== undefined && { ratio: rounded(ratio, 3) }),
      ...(cpuRatio !== undefined && { cpuRatio: rounded(cpuRatio, 3) }),
      ...(line.target !== undefined && { target: line.target }),
      ...(line.target !== undefined && line.judgedBy !== undefined && { judgedBy: line.judgedBy }),
      ...(line.target !== undefined && { meetsTarget: judged(line, ratio, cpuRatio) <= line.target }),
      ...(other !== undefined &&
        line.judgedBy !== 'cpu' &&
        (isNoisy(line) || isNoisy(other)) && { isNoisy: true }),
      ...(line.note !== undefined && { note: line.note }),
    };
  });
}

/** @throws when a line with a target lacks what it is judged by */
function judged({ what, judgedBy = 'wall' }: Line, ratio: number | undefined, cpuRatio: number | undefined) {
  const ratios = { wall: [ratio], cpu: [cpuRatio], both: [ratio, cpuRatio] }[judgedBy];
  const known = ratios.flatMap((each) => each ?? []);
  if (known.length < ratios.length) throw new Error(`${what} has a target but nothing to judge it by`);
  return Math.max(...known);
}

function isNoisy({ wallMs, cpuMs }: Line): boolean {
  return cpuMs !== undefined && median(wallMs) > median(cpuMs) * NOISY;
}

const JUDGED = { wall: '', cpu: 'cpu ', both: 'both ' };

export function tableOf(figures: readonly Figures[]): string {
  const head = ['', 'median ms', 'p90', 'least', 'cpu ms', 'ratio', 'cpu ratio', 'target', '', ''];
  const rows = figures.map((each) => [
    `${each.id}  ${each.what}`,
    each.wallMs.median.toFixed(1),
    each.wallMs.p90.toFixed(1),
    each.wallMs.least.toFixed(1),
    each.cpuMs?.median.toFixed(1) ?? '',
    each.ratio?.toFixed(2) ?? '',
    each.cpuRatio?.toFixed(2) ?? '',
    each.target === undefined ? '' : `${JUDGED[each.judgedBy ?? 'wall']}<= ${each.target}`,
    verdict(each),
    each.note ?? '',
  ]);
  const all = [head, ...rows];
  const leftAligned = [0, head.length - 1];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, i) =>
          leftAligned.includes(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function verdict({ meetsTarget, isNoisy }: Figures): string {
  const word = meetsTarget === undefined ? '' : meetsTarget ? 'met' : 'MISSED';
  return isNoisy ? `${word} (noisy)`.trim() : word;
}

function summary(rounds: Rounds): Summary {
  return {
    median: rounded(median(rounds), 2),
    p90: rounded(quantile(rounds, 0.9), 2),
    least: rounded(Math.min(...rounds), 2),
  };
}

export function median(values: Rounds): number {
  return quantile(values, 0.5);
}

/** Between the two nearest values, in proportion. */
export function quantile(values: Rounds, share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  if (below === undefined || above === undefined) throw new Error('no values');
  return below + (above - below) * (at - Math.floor(at));
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
