/** The parts of blessed-contrib's canvas that are used. */
declare module 'drawille-blessed-contrib' {
  export default class Canvas {
    /** In dots: two across and four down a cell. */
    constructor(width: number, height: number);
    /** Nothing outside of it. */
    set(x: number, y: number): void;
    clear(): void;
    /** Dots of each cell, row by row. */
    readonly content: Uint8Array;
  }
}

declare module 'bresenham' {
  /** The dots of a line, both ends included; one where they are the same. */
  export default function bresenham(
    fromX: number,
    fromY: number,
    toX: number,
    toY: number,
    dot: (x: number, y: number) => void,
  ): void;
}
