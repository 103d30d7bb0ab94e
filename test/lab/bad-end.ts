// Test processes that come to a bad end, for tests of what happens to their containers.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { waitFor } from './wait.ts';

export interface BadEnd {
  readonly child: ChildProcess;
  /** Its lab's directory and its containers' inits. */
  readonly dir: string;
  readonly pids: readonly number[];
}

/** Starts child.ts and waits until its containers run: `wait` to be killed, `end` to end without closing its lab. */
export async function startBadEnd(how: 'wait' | 'end'): Promise<BadEnd> {
  const child = spawn(process.execPath, [await bundled(), how], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await waitFor(() => said.endsWith('\n') || child.exitCode !== null, 'the containers of the child', 30_000);
  return { child, ...(JSON.parse(said) as { dir: string; pids: number[] }) };
}

/** Node 20 cannot run TypeScript. */
async function bundled(): Promise<string> {
  const outfile = fileURLToPath(new URL('../../node_modules/.cache/porthole-lab/child.mjs', import.meta.url));
  const entry = fileURLToPath(new URL('child.ts', import.meta.url));
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return outfile;
}
