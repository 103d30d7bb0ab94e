/** A mouse event as tui/terminal decodes it and tui/update.ts understands it. Types only. */

/** A cell of the screen, counted from 0. */
interface Place {
  readonly column: number;
  readonly row: number;
}

export type MouseButton = 'left' | 'middle' | 'right';

export type MouseEvent =
  | (Place & {
      readonly kind: 'press';
      readonly button: MouseButton;
      /** The second of two quick presses on one cell. The third is a first one again. */
      readonly double: boolean;
    })
  | (Place & { readonly kind: 'wheel-up' | 'wheel-down' });
