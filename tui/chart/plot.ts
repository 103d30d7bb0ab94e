/**
 * Lines as braille dots, drawn on blessed-contrib's canvas: the one its Line chart draws on, here without the chart around it.
 * That one loads all of blessed's widgets and lodash (11 MB), takes five rows for axes, and labels them without units. The
 * context between the two, which can turn and scale what is drawn, loads a library of matrices; lines need none.
 * Loaded with the first chart that is drawn. No I/O, no screen, no listener.
 */
import { createRequire } from 'node:module';

type Canvas = import('drawille-blessed-contrib').default;

interface Drawing {
  readonly Canvas: typeof import('drawille-blessed-contrib').default;
  readonly drawLine: typeof import('bresenham').default;
}

/** Dots of a cell, as bits 0 to 7 of a braille pattern from U+2800; 0 is an empty cell. */
export type Dots = number;

const BRAILLE = 0x2800;
/** Bits of a cell's left and right column, from the top. */
const COLUMNS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/** A point in dots from the top left, or undefined where the line is interrupted. */
export type Point = readonly [x: number, y: number] | undefined;

let loaded: Drawing | undefined;

/** They are dependencies of blessed-contrib's, not ours: found from there, wherever the installer put them. */
function drawing(): Drawing {
  if (loaded !== undefined) return loaded;
  const contrib = createRequire(import.meta.url).resolve('blessed-contrib');
  const require = createRequire(createRequire(contrib).resolve('drawille-canvas-blessed-contrib'));
  loaded = { Canvas: require('drawille-blessed-contrib'), drawLine: require('bresenham') };
  return loaded;
}

/** The one drawn on last: the lines of one chart, and mostly all charts of a screen, are of one size. */
let drawnOn: { readonly canvas: Canvas; readonly width: number; readonly height: number } | undefined;

function emptyCanvas(width: number, height: number): Canvas {
  if (drawnOn?.width !== width || drawnOn.height !== height) {
    const { Canvas } = drawing();
    drawnOn = { canvas: new Canvas(width * 2, height * 4), width, height };
  } else drawnOn.canvas.clear();
  return drawnOn.canvas;
}

/** One line on `height` rows of `width` cells. */
export function plotLine(points: readonly Point[], width: number, height: number): Dots[][] {
  const { drawLine } = drawing();
  const canvas = emptyCanvas(width, height);
  let before: Point;
  for (const point of points) {
    // A point alone is a dot.
    if (point !== undefined) drawLine(...(before ?? point), ...point, (x, y) => canvas.set(x, y));
    before = point;
  }
  const { content } = canvas;
  return Array.from({ length: height }, (_, y) => Array.from(content.subarray(y * width, (y + 1) * width)));
}

/** The line dotted where it is flat, so that two lines can be told apart without colours; its peaks stay. */
export function dotted(rows: readonly (readonly Dots[])[]): Dots[][] {
  const width = rows[0]?.length ?? 0;
  const dots = new Uint32Array(width);
  for (const row of rows)
    for (let x = 0; x < width; x += 1) dots[x] = (dots[x] ?? 0) + dotsAtRight(row[x] ?? 0);
  return rows.map((row) => row.map((cell, x) => ((dots[x] ?? 0) <= 1 ? cell & ~RIGHT : cell)));
}

const RIGHT = COLUMNS[1].reduce<number>((all, bit) => all | bit, 0);

function dotsAtRight(cell: Dots): number {
  let count = 0;
  for (let left = cell & RIGHT; left !== 0; left &= left - 1) count += 1;
  return count;
}

export function brailleOf(dots: Dots): string {
  return dots === 0 ? ' ' : String.fromCharCode(BRAILLE + dots);
}

/** Where in the cell its dots are, without Unicode. */
export function asciiOf(dots: Dots): string {
  const top = (dots & 0x1b) !== 0;
  const bottom = (dots & 0xe4) !== 0;
  if (top && bottom) return ':';
  if (top) return "'";
  return bottom ? '.' : ' ';
}
