// Watches arrivals, says so, and ends in the way it was told: for arrivals.test.ts, which looks how long that takes.
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { startArrivals } from '../../src/live/arrivals.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';

async function watch(): Promise<void> {
  const started = startArrivals(new KernelFiles());
  if (!started.ok) throw new Error(`${started.path}: ${started.errno}`);
  while (started.value.drain().overflowed) await sleep(5);
}

const how = process.argv[2];
if (!isMainThread) {
  await watch();
  parentPort?.postMessage('watching');
  // Until it is terminated.
  setInterval(() => undefined, 1000);
} else if (how === 'terminate') {
  const outer = new Worker(new URL(`file://${process.argv[1]}`));
  await new Promise((resolve) => outer.once('message', resolve));
  process.stdout.write('watching\n');
  await outer.terminate();
} else {
  await watch();
  process.stdout.write('watching\n');
  if (how === 'exit') process.exit(3);
}
