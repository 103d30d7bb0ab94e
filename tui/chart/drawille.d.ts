/** The part of blessed-contrib's canvas that is used. */
declare module 'drawille-canvas-blessed-contrib' {
  export interface DrawingContext {
    /** A number is a colour of the 256. */
    set strokeStyle(colour: number);
    beginPath(): void;
    moveTo(x: number, y: number): void;
    lineTo(x: number, y: number): void;
    stroke(): void;
    readonly canvas: {
      /** Rows of text, each followed by a newline; a cell with dots is a braille pattern between two colour sequences. */
      frame(): string;
    };
  }

  export class Canvas {
    /** In dots: two across and four down a cell. */
    constructor(width: number, height: number);
    getContext(): DrawingContext;
  }
}
