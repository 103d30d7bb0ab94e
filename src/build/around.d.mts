/** What esbuild puts around a file that src/sys/compiled.ts loads. */
export function around(
  esbuild: typeof import('esbuild'),
  root: string,
): Promise<{ readonly banner: { readonly js: string }; readonly footer: { readonly js: string } }>;
