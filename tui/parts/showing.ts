/** How and when something is shown. Types only. */
import type { Glyphs } from '../glyphs.ts';

export interface Showing {
  readonly unicode: boolean;
  /** Has the font braille patterns, for charts? */
  readonly braille: boolean;
  /** When what is shown was so. */
  readonly nowMs: number;
  readonly glyphs: Glyphs;
}
