/** What an attach is planned from. Types only. */
import type { Reading } from '../../kernel/reading.ts';
import type { RootedFile } from '../../sys/rooted-file.ts';
import type { AttachOptions } from './options.ts';
import type { ProcessRights, TargetFacts } from './target.ts';

export interface PlanInput {
  readonly name: string;
  readonly facts: TargetFacts;
  readonly own: ProcessRights;
  /** /proc/sys/kernel/cap_last_cap */
  readonly lastCapability: number;
  readonly options: AttachOptions;
  /** Of files in the container. */
  readonly read: (path: string) => Reading<string>;
  readonly stat: (path: string) => Reading<RootedFile>;
}
