/**
 * What the parts of a screen are written in: text with a meaning and a wish for room, before anything is cut, made harmless
 * or counted in columns. tui/render.ts turns blocks into lines. Types and small makers only.
 */
import type { Glyphs } from './glyphs.ts';
import type { Click, ScreenLine, Tone } from './screen-line.ts';

export interface Cell {
  readonly text: string;
  /** As wide as the text when left out. */
  readonly width?: number;
  readonly align?: 'left' | 'right';
  readonly tone?: Tone;
  /** What a press of the mouse on it means. */
  readonly click?: Click;
}

/** Cells that stay or go together when room is short; the highest rank goes first. */
export interface Part {
  readonly cells: readonly Cell[];
  readonly rank: number;
}

export type Block =
  | { readonly kind: 'cells'; readonly cells: readonly Cell[]; readonly selected?: boolean }
  | {
      readonly kind: 'ends';
      readonly left: readonly Part[];
      readonly right: readonly Part[];
      readonly gap: number;
    }
  | { readonly kind: 'rule'; readonly parts: readonly Part[] }
  /** A labelled text that goes on in as many lines as it needs. */
  | { readonly kind: 'fact'; readonly label: string; readonly text: string; readonly tone?: Tone }
  /** Blocks beside blocks, each in as many columns of the screen as it says. */
  | { readonly kind: 'beside'; readonly columns: readonly BlockColumn[] }
  | KeptBlock;

/** Blocks that whoever made them keeps for the next frame: their lines are kept with them. */
export interface KeptBlock {
  readonly kind: 'kept';
  readonly blocks: readonly Block[];
  /** As they were drawn last; tui/compose.ts alone writes it. */
  drawn?: { readonly width: number; readonly glyphs: Glyphs; readonly lines: readonly ScreenLine[] };
}

export interface BlockColumn {
  readonly width: number;
  readonly blocks: readonly Block[];
}

export const EMPTY_LINE: Block = { kind: 'cells', cells: [] };

export function line(...cells: readonly Cell[]): Block {
  return { kind: 'cells', cells };
}

export function part(rank: number, ...cells: readonly Cell[]): Part {
  return { rank, cells };
}

export function beside(...columns: readonly BlockColumn[]): Block {
  return { kind: 'beside', columns };
}

export function kept(...blocks: readonly Block[]): KeptBlock {
  return { kind: 'kept', blocks };
}

/** A title with a line up to the edge. */
export function heading(text: string): Block {
  return { kind: 'rule', parts: [part(0, { text, tone: 'strong' })] };
}

export function fact(label: string, text: string, tone?: Tone): Block {
  return tone === undefined ? { kind: 'fact', label, text } : { kind: 'fact', label, text, tone };
}
