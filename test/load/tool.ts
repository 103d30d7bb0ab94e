/** C programs of the load and the bench: compiled when they are first needed, again when their source has changed. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const cache = join(repository, '.cache');

export class MissingToolError extends Error {
  override name = 'MissingToolError';
}

/**
 * @param sources paths below the repository, `.h` files included so that a change in them counts
 * @returns path of the program
 * @throws {MissingToolError} when there is no gcc
 */
export function compiled(name: string, sources: readonly string[]): string {
  const hash = createHash('sha256');
  for (const source of sources) hash.update(readFileSync(join(repository, source)));
  const directory = join(cache, 'c', `${name}-${hash.digest('hex').slice(0, 16)}`);
  const program = join(directory, name);
  if (existsSync(program)) return program;
  mkdirSync(directory, { recursive: true });
  // Two runs may compile at once: each into its own file, and the rename is what makes it appear.
  const unfinished = `${program}.${process.pid}`;
  try {
    const units = sources.filter((source) => source.endsWith('.c'));
    execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-o', unfinished, ...units], {
      cwd: repository,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    renameSync(unfinished, program);
  } catch (error) {
    rmSync(unfinished, { force: true });
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new MissingToolError('gcc is missing: install it (apt-get install gcc libc6-dev)', {
        cause: error,
      });
    }
    throw error;
  }
  return program;
}
