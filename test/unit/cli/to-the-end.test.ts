import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'porthole-to-the-end-'));
const program = join(folder, 'writes.mjs');

beforeAll(async () => {
  const contents = `import { toTheEnd } from ${JSON.stringify(join(source, 'src/cli/to-the-end.ts'))};
    import { libcFunction } from ${JSON.stringify(join(source, 'src/sys/koffi.ts'))};
    import { writeSync } from 'node:fs';
    const [how, signal, libc] = process.argv.slice(2);
    if (libc === 'open') libcFunction('int getpid()');
    const document = async () => void writeSync(1, 'document\\n');
    const writes = {
      quickly: async () => { await document(); process.kill(process.pid, signal); },
      slowly: async () => { process.kill(process.pid, signal); await new Promise((turn) => setImmediate(turn)); await document(); },
      undisturbed: document,
    };
    await toTheEnd(writes[how]);
    // As a sample that hangs: no listener would run.
    if (how === 'undisturbed') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20_000);
    writeSync(1, 'it went on\\n');`;
  const stdin = { contents, resolveDir: folder, loader: 'ts' } as const;
  await build({ stdin, bundle: true, platform: 'node', format: 'esm', outfile: program, logLevel: 'error' });
});
afterAll(() => rmSync(folder, { recursive: true }));

type Libc = 'open' | 'not open';

async function run(how: string, signal: NodeJS.Signals, libc: Libc) {
  const child = spawn(process.execPath, [program, how, signal, libc], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_PATH: join(source, 'node_modules') },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (how === 'undisturbed') child.kill(signal);
  });
  const [, endedBy] = await once(child, 'close');
  return { output, endedBy };
}

describe('toTheEnd', () => {
  it.each<[string, string, NodeJS.Signals, Libc]>([
    ['that is taken when no turn comes any more to tell of it', 'quickly', 'SIGINT', 'open'],
    ['that is taken when no turn comes any more to tell of it', 'quickly', 'SIGHUP', 'not open'],
    ['in the middle of a document', 'slowly', 'SIGTERM', 'open'],
    ['in the middle of a document', 'slowly', 'SIGTERM', 'not open'],
    ['that comes when the thread is stuck in something else', 'undisturbed', 'SIGINT', 'open'],
  ])('a signal %s ends it: %s, %s, libc %s', async (_, how, signal, libc) => {
    expect(await run(how, signal, libc)).toEqual({ output: 'document\n', endedBy: signal });
  });
});
