/** The thread of `GuardedReader`: one read a message, which may never come back. */
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { errnoOf } from './failure.ts';
import { HEADER_WORDS, type ReadRequest, STATE } from './guarded-read-shared.ts';

parentPort?.on('message', ({ path, shared }: ReadRequest) => {
  const header = new Int32Array(shared, 0, HEADER_WORDS);
  const content = Buffer.from(shared, HEADER_WORDS * Int32Array.BYTES_PER_ELEMENT);
  const answer = (state: number, length: number) => {
    Atomics.store(header, 1, length);
    Atomics.store(header, 0, state);
    Atomics.notify(header, 0);
  };
  try {
    answer(STATE.done, readInto(content, path));
  } catch (error) {
    answer(STATE.failed, content.write(errnoOf(error) ?? 'EIO', 'latin1'));
  }
});

function readInto(content: Buffer, path: string): number {
  const fd = openSync(path, 'r');
  try {
    let length = 0;
    for (;;) {
      const got = readSync(fd, content, length, content.length - length, null);
      length += got;
      if (got === 0 || length === content.length) return length;
    }
  } finally {
    closeSync(fd);
  }
}
