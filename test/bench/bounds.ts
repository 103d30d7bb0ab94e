/** Figures with a bound of their own, instead of a ratio to another program: what a person waits for, and memory. Pure. */

export type Unit = 'ms' | 'MB';

export interface Bound {
  /** Which comparison it belongs to. */
  readonly id: string;
  readonly what: string;
  readonly value: number;
  readonly unit: Unit;
  /** Not more than this; absent where the figure only informs. */
  readonly most?: number;
  /** What else there is to say, behind the figure. */
  readonly note?: string;
}

export interface JudgedBound extends Bound {
  readonly meetsTarget?: boolean;
}

export function judgedBounds(bounds: readonly Bound[]): JudgedBound[] {
  return bounds.map((bound) => ({
    ...bound,
    value: Number(bound.value.toFixed(1)),
    ...(bound.most !== undefined && { meetsTarget: bound.value <= bound.most }),
  }));
}

export function boundsTable(bounds: readonly JudgedBound[]): string {
  const width = Math.max(...bounds.map(({ what }) => what.length));
  return bounds
    .map(({ id, what, value, unit, most, meetsTarget, note }) =>
      [
        `${id}  ${what.padEnd(width)}`,
        `${value.toFixed(1).padStart(8)} ${unit}`,
        (most === undefined ? '' : `<= ${most}`).padEnd(8),
        (meetsTarget === undefined ? '' : meetsTarget ? 'met' : 'MISSED').padEnd(6),
        note ?? '',
      ]
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
