// Watches arrivals, says so, and ends in the way it was told: for arrivals.test.ts, which looks how long that takes.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { startArrivals } from '../../src/live/arrivals.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';

function watch(): void {
  const started = startArrivals(new KernelFiles());
  if (!started.ok) throw new Error(`${started.path}: ${started.errno}`);
}

const isWatched = () =>
  readdirSync('/proc/self/task').some(
    (tid) => readFileSync(`/proc/self/task/${tid}/comm`, 'utf8') === 'arrivals\n',
  );

const how = process.argv[2];
if (!isMainThread) {
  watch();
  parentPort?.postMessage('watching');
  // Until it is terminated.
  setInterval(() => undefined, 1000);
} else if (how === 'terminate' || how === 'leave an orphan') {
  const outer = new Worker(new URL(`file://${process.argv[1]}`));
  await new Promise((resolve) => outer.once('message', resolve));
  process.stdout.write('watching\n');
  await outer.terminate();
  // The thread is not Node's: it looks after its owner once a second.
  while (how === 'leave an orphan' && isWatched()) await sleep(5);
} else {
  watch();
  process.stdout.write('watching\n');
  if (how === 'exit') process.exit(3);
}
