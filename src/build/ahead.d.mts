import type { BuildOptions, OutputFile } from 'esbuild';

/** Builds NAME.js, which begins something and then loads NAME-main.js. */
export function buildWithAhead(
  esbuild: typeof import('esbuild'),
  options: BuildOptions,
  what: {
    readonly name: string;
    readonly entry: string;
    readonly begin: string;
    readonly buildMain: (
      options: BuildOptions,
      name: string,
      isAhead: ReadonlySet<string>,
    ) => Promise<readonly OutputFile[]>;
  },
): Promise<readonly OutputFile[]>;
