/** Programs of the caller that an attach brings along, and how they come to lie in the command's view. Types only. */
import type { Reading } from '../../../kernel/reading.ts';
import type { StarterTable } from '../../../launch/starter.ts';
import type { RootedFile } from '../../../sys/rooted-file.ts';

/** A directory of ours, and where in the tools' own directory it is put; read-only, with everything mounted below it. */
export interface ToolTree {
  readonly from: string;
  readonly at: string;
}

export interface Tools {
  /** The directory in the command's root that they are in, and that the container has not: `/.porthole`. */
  readonly place: string;
  readonly trees: readonly ToolTree[];
  readonly links: readonly { readonly at: string; readonly target: string }[];
  /** For programs that look for their loader and libraries where the container has its own, or none. */
  readonly starter: { readonly at: string; readonly table: StarterTable } | undefined;
  /** For PATH. */
  readonly directories: readonly string[];
  /** `NAME=value`, where the container's environment has no such name: where programs find what belongs to them. */
  readonly variables: readonly string[];
  /** Of a path below `place`. */
  stat(path: string): Reading<RootedFile>;
}
