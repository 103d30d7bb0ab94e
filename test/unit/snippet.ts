/** A few lines that import modules of Porthole, as a program of their own: for what is of a whole process, as its end and its flags. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Writes it, in CommonJS, to `outfile`.
 * @param folder of the repository, below which `contents` finds what it imports
 */
export async function writeProgram(outfile: string, folder: string, contents: string): Promise<void> {
  const resolveDir = fileURLToPath(new URL(`../../${folder}`, import.meta.url));
  await build({
    stdin: { contents, resolveDir, loader: 'ts' },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    define: { 'import.meta.url': JSON.stringify(import.meta.url) },
    outfile,
  });
}
