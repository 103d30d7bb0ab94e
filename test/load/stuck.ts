/** A sleeping process whose mmap lock is held (stuck.c): who reads its argv through /proc waits with it. Needs root and gcc. */
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { compiled } from './tool.ts';

const GONE_MS = 60_000;
/** Getting stuck is a race between two of its threads, which it now and then loses. */
const READY_MS = 5000;
const TRIES = 4;
const LOOK_AGAIN_MS = 20;

export interface Stuck {
  readonly pid: number;
  /** Frees the lock and resolves when the process is gone. */
  end(): Promise<void>;
}

/** @param directory one of the caller's, for the file that is mounted over */
export async function startStuck(directory: string): Promise<Stuck> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const stuck = await tryToStick(directory);
    if (stuck !== undefined) return stuck;
  }
  throw new Error(`no process was stuck in ${TRIES} tries`);
}

/** Undefined when it was not stuck in time. */
async function tryToStick(directory: string): Promise<Stuck | undefined> {
  const file = join(directory, 'mounted-over');
  writeFileSync(file, '');
  const program = compiled('porthole-stuck', ['test/load/stuck.c']);
  const server = spawn(program, [file, 'word'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve, reject) => {
    server.once('exit', resolve);
    server.once('error', reject);
  });
  let pid = 0;
  const end = async () => {
    server.kill('SIGKILL');
    await ended;
    if (pid > 0) await gone(pid);
  };
  const lines = createInterface({ input: server.stdout });
  const late = setTimeout(() => {
    server.kill('SIGKILL');
    // Its end is not that of the pipe while somebody else has that.
    lines.close();
  }, READY_MS);
  for await (const line of lines) {
    if (line.startsWith('stuck ')) pid = Number(line.slice('stuck '.length));
    if (line === 'ready' && pid > 0) {
      clearTimeout(late);
      return { pid, end };
    }
  }
  clearTimeout(late);
  await end();
  return undefined;
}

async function gone(pid: number): Promise<void> {
  const due = performance.now() + GONE_MS;
  while (existsSync(`/proc/${pid}`)) {
    if (performance.now() > due) throw new Error(`process ${pid} is still stuck`);
    await sleep(LOOK_AGAIN_MS);
  }
}
