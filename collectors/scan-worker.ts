/** The thread of `ScanHelper`: reads shares until none is left, answers once, and ends. */
import { workerData } from 'node:worker_threads';
import { KernelFiles } from '../src/sys/kernel-files.ts';
import { ProcessPass } from './process-pass.ts';
import { DONE, type ScanRequest, TAKEN_BY_HELPER, takeShare } from './scan-helper.ts';

const { procRoot, sysRoot, names, settings, shared, port }: ScanRequest = workerData;
const words = new Int32Array(shared);
const pass = new ProcessPass(new KernelFiles(procRoot, sysRoot), settings);
for (
  let share = takeShare(words, names, TAKEN_BY_HELPER);
  share !== undefined;
  share = takeShare(words, names, TAKEN_BY_HELPER)
) {
  for (const name of share) pass.look(name);
}
pass.cursor.close();
port.postMessage({ found: [...pass.found.values()], vanished: pass.vanished, refused: pass.refused });
Atomics.store(words, DONE, 1);
Atomics.notify(words, DONE);
