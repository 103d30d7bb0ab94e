/** What `renderScreen` yields and the terminal shows: lines of spans with a meaning, not yet with a colour. Types only. */

/** One meaning each; which colour that is, only tui/terminal/palette.ts knows. */
export type Tone = 'plain' | 'faint' | 'strong' | 'heading' | 'watch' | 'act' | 'frozen' | 'bar' | 'cursor';

export interface Style {
  readonly tone: Tone;
  /** On the selected row. */
  readonly selected: boolean;
}

export interface Span {
  readonly text: string;
  readonly style: Style;
}

export type ScreenLine = readonly Span[];

export interface Size {
  readonly columns: number;
  readonly rows: number;
}
