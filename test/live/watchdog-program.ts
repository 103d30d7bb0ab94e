// Starts a watchdog for the file it is given, says so with its pid, and waits to be ended: for watchdog.test.ts.
import { openSync } from 'node:fs';
import { startWatchdog, startWatchdogOfOurs } from '../../src/actions/watchdog/watchdog.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';

const [, , path = '', after = ''] = process.argv;
const options = { name: 'test', writes: [{ fd: openSync(path, 'r+'), value: 'x' }] };
const files = new KernelFiles();
const { pid } =
  after === ''
    ? await startWatchdogOfOurs(files, options)
    : await startWatchdog(files, { ...options, afterMilliseconds: Number(after) });
process.stdout.write(`${pid}\n`);
setInterval(() => undefined, 1000);
