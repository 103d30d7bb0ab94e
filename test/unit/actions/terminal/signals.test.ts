import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../../../../src/actions/terminal/signals.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'porthole-signals-'));
const program = join(folder, 'hears.mjs');

/** In a process of its own: a signal may end it. */
beforeAll(async () => {
  const contents = `import { SignalForwarding } from ${JSON.stringify(source)};
    import { writeSync } from 'node:fs';
    const forwarding = new SignalForwarding();
    const come = () => new Promise((told) => {
      process.once('SIGINT', told);
      process.kill(process.pid, 'SIGINT');
    });
    const send = (signal) => writeSync(1, signal + '\\n');
    const over = new Promise((tell) => setTimeout(tell, 2000));
    const stories = {
      early: async () => { await come(); await come(); forwarding.to(send); await over; },
      late: async () => { forwarding.to(send); await come(); await come(); forwarding.stop(); },
      never: async () => { await come(); forwarding.stop(); },
      hanging: async () => { await come(); await over; },
      heard: async () => { process.on('SIGINT', () => undefined); await come(); await over; },
      undisturbed: async () => { forwarding.to(send); forwarding.stop(); },
    };
    await stories[process.argv[2]]();
    writeSync(1, 'it went on\\n');
    process.exit();`;
  const stdin = { contents, resolveDir: folder, loader: 'ts' } as const;
  await build({ stdin, bundle: true, platform: 'node', format: 'esm', outfile: program, logLevel: 'error' });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a signal', () => {
  it.each<[string, string, string, NodeJS.Signals | null]>([
    ['that comes early is sent later, once as the kernel would', 'early', 'SIGINT\nit went on\n', null],
    ['that comes later is sent each time', 'late', 'SIGINT\nSIGINT\nit went on\n', null],
    ['for what never was there has its own effect', 'never', '', 'SIGINT'],
    ['for what is not there after a while has its own effect', 'hanging', '', 'SIGINT'],
    ['that somebody else hears is left to them', 'heard', 'it went on\n', null],
    ['that does not come is not sent', 'undisturbed', 'it went on\n', null],
  ])('%s', async (_, story, output, signal) => {
    const child = spawn(process.execPath, [program, story], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said, [, endedBy]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect([said, endedBy]).toEqual([output, signal]);
  });
});
