/** Values over time as lines on rows of cells, with a scale at the left. Pure to look at: what was drawn is kept for its input. */
import type { Cell } from '../blocks.ts';
import type { Tone } from '../screen-line.ts';
import { asciiOf, brailleOf, type Dots, dotted, type Point, plotLine } from './plot.ts';

export { meter, sparkline } from './bars.ts';

/** Of lines in one chart, and of what else can stand in one. */
export type ChartTone = Extract<
  Tone,
  'chart-1' | 'chart-2' | 'chart-3' | 'chart-4' | 'watch' | 'act' | 'faint'
>;

export interface ChartSeries {
  /** Oldest first; NaN where the line is interrupted. The same array as long as nothing is new. */
  readonly values: readonly number[];
  readonly tone: ChartTone;
}

export interface ChartSpec {
  /** Where two lines meet, the first is seen. Every line after it is dotted. */
  readonly series: readonly ChartSeries[];
  readonly width: number;
  readonly height: number;
  /** Top of the scale; its bottom is 0. */
  readonly max: number;
  /** Samples that the whole width stands for; the newest is at the right. As many as there are when left out. */
  readonly span?: number;
  readonly unicode: boolean;
  /** A value of the scale, in at most LABEL_WIDTH columns. */
  format(value: number): string;
}

export const LABEL_WIDTH = 5;
/** Narrower charts have no scale. */
const LABELS_FROM = LABEL_WIDTH + 10;
/** From here on there is a label half-way up, if some row stands there. */
const MIDDLE_FROM = 5;

/** `height` rows of exactly `width` columns. */
export function lineChart(spec: ChartSpec): readonly (readonly Cell[])[] {
  const anchor = spec.series[0]?.values;
  if (anchor === undefined) return draw(spec);
  const drawn = DRAWN.get(anchor) ?? [];
  const found = drawn.find((each) => isSame(each.spec, spec));
  if (found !== undefined) return found.rows;
  const rows = draw(spec);
  DRAWN.set(anchor, [...drawn, { spec, rows }].slice(-KEPT_SIZES));
  return rows;
}

interface Drawn {
  readonly spec: ChartSpec;
  readonly rows: readonly (readonly Cell[])[];
}

/** By the values of the first line: the screen is drawn again for every key, with the samples it had. */
const DRAWN = new WeakMap<readonly number[], readonly Drawn[]>();
const KEPT_SIZES = 3;

function isSame(a: ChartSpec, b: ChartSpec): boolean {
  return (
    isSameLook(a, b) && a.span === b.span && a.series.every(({ values }, i) => values === b.series[i]?.values)
  );
}

/** But for the dots. */
function isSameLook(a: ChartSpec, b: ChartSpec): boolean {
  return (
    a.width === b.width &&
    a.height === b.height &&
    a.max === b.max &&
    a.unicode === b.unicode &&
    a.format === b.format &&
    a.series.length === b.series.length &&
    a.series.every(({ tone }, i) => tone === b.series[i]?.tone)
  );
}

function draw(spec: ChartSpec): Cell[][] {
  const width = Math.max(0, Math.floor(spec.width));
  const height = Math.max(0, Math.floor(spec.height));
  const labels = width < LABELS_FROM ? [] : scale(spec, height);
  const plotWidth = labels.length === 0 ? width : width - LABEL_WIDTH - 1;
  if (plotWidth === 0 || height === 0) return Array.from({ length: height }, () => []);
  const lines = spec.series.map(({ values, tone }, i) => ({
    tone,
    rows: plotted(pointsOf(values, spec, plotWidth, height), plotWidth, height, i > 0),
  }));
  const first = lines[0]?.rows ?? NO_ROWS;
  const alike = COMPOSED.get(first) ?? [];
  const before = alike.find(
    (each) => isSameLook(each.spec, spec) && lines.every(({ rows }, i) => rows === each.lines[i]),
  );
  if (before !== undefined) return before.rows;
  const rows = Array.from({ length: height }, (_, y) => [
    ...(labels[y] ?? []),
    ...plotCells(
      lines.map(({ tone, rows }) => ({ tone, dots: rows[y] ?? [] })),
      plotWidth,
      spec.unicode,
    ),
  ]);
  const composed = { spec, lines: lines.map((each) => each.rows), rows };
  COMPOSED.set(first, [...alike, composed].slice(-KEPT_ALIKE));
  return rows;
}

const NO_ROWS: readonly (readonly Dots[])[] = [];
/** Charts that begin with the same line: of one screen, those of which nothing is to be seen. */
const KEPT_ALIKE = 8;

interface Composed {
  readonly spec: ChartSpec;
  readonly lines: readonly (readonly (readonly Dots[])[])[];
  readonly rows: Cell[][];
}

/** By the dots of the first line: those of a container at rest stay where they are for some samples. */
const COMPOSED = new WeakMap<object, readonly Composed[]>();

/** Of lines of a few points, which most lines of a container at rest are, and all those on one screen the same few. */
const PLOTTED = new Map<string, readonly (readonly Dots[])[]>();
const NO_DOTS: readonly Dots[] = [];
const FEW_POINTS = 6;
const KEPT_LINES = 24;

function plotted(
  points: readonly Point[],
  width: number,
  height: number,
  isDotted: boolean,
): readonly (readonly Dots[])[] {
  const plot = () => {
    const rows = plotLine(points, width, height);
    return (isDotted ? dotted(rows) : rows).map((row) => (row.some((dots) => dots !== 0) ? row : NO_DOTS));
  };
  if (points.length > FEW_POINTS) return plot();
  const name = `${width} ${height} ${isDotted} ${points.map((point) => point?.join() ?? '-').join(' ')}`;
  const seen = PLOTTED.get(name);
  if (seen !== undefined) return seen;
  const rows = plot();
  if (PLOTTED.size >= KEPT_LINES) PLOTTED.clear();
  PLOTTED.set(name, rows);
  return rows;
}

/** The scale's cells, row by row. */
function scale({ max, format, unicode }: ChartSpec, height: number): Cell[][] {
  const middle = height < MIDDLE_FROM ? -1 : (height - 1) / 2;
  const valueAt = (y: number) => (y === 0 ? max : (max * (height - 1 - y)) / (height - 1));
  return Array.from({ length: height }, (_, y): Cell[] => {
    const isLabelled = y === 0 || y === middle || y === height - 1;
    const [tick, axis] = unicode ? ['┤', '│'] : ['+', '|'];
    return [
      { text: isLabelled ? format(valueAt(y)) : '', width: LABEL_WIDTH, align: 'right', tone: 'faint' },
      { text: isLabelled ? tick : axis, width: 1, tone: 'faint' },
    ];
  });
}

/** Points between two of the same value on one line are left out: the line through them is the same. */
function pointsOf(
  values: readonly number[],
  { max, span }: ChartSpec,
  width: number,
  height: number,
): Point[] {
  const samples = Math.max(2, span ?? values.length);
  const [right, bottom] = [width * 2 - 1, height * 4 - 1];
  const isScaled = max > 0 && Number.isFinite(max);
  const newest = values.length - 1;
  const points: Point[] = [];
  for (let i = Math.max(0, newest + 1 - samples); i <= newest; i += 1) {
    const value = values[i] ?? Number.NaN;
    if (Number.isNaN(value)) {
      if (points.at(-1) !== undefined) points.push(undefined);
      continue;
    }
    const share = isScaled ? Math.min(1, Math.max(0, value / max)) : 0;
    const y = Math.round(bottom - share * bottom);
    points.push([Math.round(right - ((newest - i) * right) / (samples - 1)), y]);
    const first = i;
    while (i < newest && values[i + 1] === value) i += 1;
    if (i > first) points.push([Math.round(right - ((newest - i) * right) / (samples - 1)), y]);
  }
  return points;
}

interface PlottedRow {
  readonly tone: ChartTone;
  readonly dots: readonly Dots[];
}

/** All lines in one row of cells; a cell has the colour of the first line that is in it. */
function plotCells(lines: readonly PlottedRow[], width: number, unicode: boolean): Cell[] {
  if (lines.every(({ dots }) => dots.length === 0))
    return [{ text: ' '.repeat(width), tone: 'plain', width }];
  const cells: Cell[] = [];
  let text = '';
  let tone: Tone = 'plain';
  for (let x = 0; x < width; x += 1) {
    let dots = 0;
    let first: Tone = 'plain';
    for (const line of lines) {
      const own = line.dots[x] ?? 0;
      if (dots === 0 && own !== 0) first = line.tone;
      dots |= own;
    }
    if (first !== tone && text !== '') {
      cells.push({ text, tone, width: text.length });
      text = '';
    }
    tone = first;
    text += unicode ? brailleOf(dots) : asciiOf(dots);
  }
  if (text !== '') cells.push({ text, tone, width: text.length });
  return cells;
}
