/** The part of blessed-contrib's canvas that is used. */
declare module 'drawille-canvas-blessed-contrib' {
  export interface DrawingContext {
    beginPath(): void;
    moveTo(x: number, y: number): void;
    lineTo(x: number, y: number): void;
    stroke(): void;
    readonly canvas: {
      /** Dots of each cell, row by row. */
      readonly content: Uint8Array;
    };
  }

  export class Canvas {
    /** In dots: two across and four down a cell. */
    constructor(width: number, height: number);
    getContext(): DrawingContext;
  }
}
