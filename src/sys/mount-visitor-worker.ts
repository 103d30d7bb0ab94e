/**
 * The thread of `MountVisitor`: leaves the directories it shares with the rest of the process, then joins one mount
 * namespace after the other, as asked. It does nothing in there: others look through its links in /proc.
 */
import { readlinkSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { CLONE_FLAGS } from '../kernel/tables/namespaces.ts';
import { errnoOf } from './failure.ts';
import { checked, libcFunction, setns } from './koffi.ts';
import { CLONE_FS, STATE, TEXT_BYTES, type VisitorShared, WORDS } from './mount-visitor-shared.ts';

const { shared }: VisitorShared = workerData;
const words = new Int32Array(shared, 0, WORDS.count);
const text = Buffer.from(shared, WORDS.count * Int32Array.BYTES_PER_ELEMENT, TEXT_BYTES);

/** Everything that must be loaded is loaded by the first answer: later on, our paths lead elsewhere. */
answer(() => {
  checked('unshare', libcFunction('int unshare(int flags)')(CLONE_FS));
  return readlinkSync('/proc/thread-self');
});
for (;;) {
  Atomics.wait(words, WORDS.state, STATE.idle);
  if (words[WORDS.state] !== STATE.asked) continue;
  answer(() => {
    setns(words[WORDS.fd] ?? -1, CLONE_FLAGS.mnt);
    return '';
  });
}

function answer(step: () => string): void {
  let result: number = STATE.idle;
  let said = '';
  try {
    said = step();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    said = errno;
    result = STATE.failed;
  }
  words[WORDS.length] = text.write(said, 'latin1');
  words[WORDS.result] = result;
  Atomics.store(words, WORDS.state, STATE.idle);
  Atomics.store(words, WORDS.answers, (words[WORDS.answers] ?? 0) + 1);
  Atomics.notify(words, WORDS.answers);
}
