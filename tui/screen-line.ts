/** What `renderScreen` yields and the terminal shows: lines of spans with a meaning, not yet with a colour. Types only. */

/** One meaning each; which colour that is, only tui/terminal/palette.ts knows. */
export type Tone =
  | 'plain'
  | 'faint'
  | 'strong'
  | 'heading'
  | 'title'
  /** The active tab. */
  | 'tab'
  | 'good'
  | 'watch'
  | 'act'
  | 'frozen'
  | 'bar'
  | 'cursor'
  | 'chart-1'
  | 'chart-2'
  | 'chart-3'
  | 'chart-4';

export interface Style {
  readonly tone: Tone;
  /** On the selected row. */
  readonly selected: boolean;
}

/** What a press of the mouse on a text means. */
export type Click =
  | { readonly kind: 'row'; readonly key: string }
  | { readonly kind: 'sort'; readonly column: string }
  | { readonly kind: 'tab'; readonly tab: number }
  | { readonly kind: 'command'; readonly command: string }
  | { readonly kind: 'menu'; readonly index: number }
  /** A line of the form that is open. */
  | { readonly kind: 'field'; readonly index: number }
  /** As if it were pressed. */
  | { readonly kind: 'key'; readonly name: string };

export interface Span {
  readonly text: string;
  readonly style: Style;
  readonly click?: Click;
}

export type ScreenLine = readonly Span[];

export interface Size {
  readonly columns: number;
  readonly rows: number;
}
