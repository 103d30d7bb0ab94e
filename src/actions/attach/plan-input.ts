/** What an attach is planned from. Types only. */
import type { Reading } from '../../kernel/reading.ts';
import type { RootedFile } from '../../sys/rooted-file.ts';
import type { AttachOptions } from './options.ts';
import type { ProcessRights, TargetFacts } from './target.ts';
import type { View } from './tools/view.ts';

export interface PlanInput {
  readonly name: string;
  readonly facts: TargetFacts;
  readonly own: ProcessRights;
  /** /proc/sys/kernel/cap_last_cap */
  readonly lastCapability: number;
  readonly options: AttachOptions;
  /** What the command sees with `options.tools`. */
  readonly view?: View | undefined;
  /** Of files in the container, and of the tools. */
  readonly read: (path: string) => Reading<string>;
  readonly stat: (path: string) => Reading<RootedFile>;
}
