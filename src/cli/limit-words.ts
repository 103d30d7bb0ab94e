/** The options of `porthole limit` as commander gives them. */
import { plainWords } from './plain-words.ts';
import type { SourceOptions } from './sources.ts';

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

const PLAIN = {
  '--json': 'json',
  '--raw': 'raw',
  '--dry-run': 'dryRun',
  '-q': 'quiet',
  '--quiet': 'quiet',
  '-f': 'force',
  '--force': 'force',
  '--undo': 'undo',
  '--history': 'history',
  '--persist': 'persist',
  '--apply': 'apply',
  '--move': 'move',
} as const;

/** What commander would give, where the words need none; see plain-words.ts. */
export function plainLimit(argv: readonly string[], env: Readonly<Record<string, string | undefined>>) {
  const plain = plainWords(argv, PLAIN, env);
  if (plain === undefined) return undefined;
  const [target, ...words] = plain.operands;
  const options: LimitWords = plain.options;
  return { target, words, options };
}
