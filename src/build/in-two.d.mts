import type { BuildOptions, OutputFile } from 'esbuild';

/** Builds a module and what it imports as two files, NAME.js and NAME-later.js. */
export function buildInTwo(
  esbuild: typeof import('esbuild'),
  options: BuildOptions,
  what: { readonly name: string; readonly entry: string; readonly later: readonly string[] },
): Promise<{
  readonly files: readonly OutputFile[];
  /** Paths of what each file has. */
  readonly first: readonly string[];
  readonly later: readonly string[];
}>;
