/** A few lines that import modules of Porthole, as a program of their own: for what is of a whole process, as its end and its flags. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { LIBRARIES } from '../../src/sys/native/library.generated.ts';

/** As in the build, the native library is a file: this one. */
export function libraryFile(outfile: string): Plugin {
  const { arch } = process;
  const { gzip } = arch === 'x64' || arch === 'arm64' ? LIBRARIES[arch] : { gzip: '' };
  writeFileSync(outfile, gunzipSync(Buffer.from(gzip, 'base64')));
  const contents = `export const LIBRARIES = ${JSON.stringify({ [arch]: { file: outfile } })};`;
  return {
    name: 'library-file',
    setup: ({ onLoad }) => onLoad({ filter: /\/native\/library\.generated\.ts$/ }, () => ({ contents })),
  };
}

/**
 * Writes it, in CommonJS, to `outfile`.
 * @param folder of the repository, below which `contents` finds what it imports
 */
export async function writeProgram(
  outfile: string,
  folder: string,
  contents: string,
  plugins: Plugin[] = [],
): Promise<void> {
  const resolveDir = fileURLToPath(new URL(`../../${folder}`, import.meta.url));
  await build({
    stdin: { contents, resolveDir, loader: 'ts' },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    define: { 'import.meta.url': JSON.stringify(import.meta.url) },
    plugins,
    outfile,
  });
}
