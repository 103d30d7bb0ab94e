/** What the tests of the machines look for: processes and directories that outlived a run, and a run to kill. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** Processes with this word in their arguments. */
export function processesOf(word: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandLine(pid).includes(word));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await sleep(20);
  }
}

export interface Holder {
  readonly holder: ChildProcess;
  readonly dir: string;
}

/**
 * A test run of its own, which boots a machine and waits. Resolves when `atLeast` processes have the machine's directory in
 * their arguments.
 */
export async function startHolder(file: string, start: string, atLeast: number): Promise<Holder> {
  const { outputFiles } = buildSync({
    stdin: {
      contents: `import { ${start} } from './${file}';
        const machine = ${start}({ script: 'sleep 100 & sleep 100' });
        console.log(JSON.stringify({ dir: machine.dir }));`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
    define: { 'import.meta.url': JSON.stringify(new URL(file, import.meta.url).href) },
  });
  const program = outputFiles[0]?.text ?? '';
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  if (holder.stdout === null) throw new Error('spawn gave no pipe');
  const [line] = await once(holder.stdout, 'data');
  const { dir } = JSON.parse(String(line));
  await until(() => processesOf(dir).length >= atLeast, 'the machine to start');
  return { holder, dir };
}
