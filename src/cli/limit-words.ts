/** The options of `porthole limit` as commander gives them. Types only. */
import type { SourceOptions } from './options.ts';

export interface LimitWords extends SourceOptions {
  readonly json?: true;
  readonly raw?: true;
  readonly dryRun?: true;
  readonly force?: true;
  readonly quiet?: true;
  /** Seconds. */
  readonly interval?: number;
  /** Milliseconds. */
  readonly for?: number;
  readonly undo?: true;
  readonly history?: true;
  readonly from?: string;
  readonly preset?: string;
  readonly persist?: true;
  readonly apply?: true;
  readonly move?: true;
}
