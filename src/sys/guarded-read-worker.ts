/** The thread of `ThreadLane`: one list of files a message, which may never come back. */
import { closeSync, openSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { errnoOf } from './failure.ts';
import { attributeInto, statusInto } from './file-questions.ts';
import type { Wanted } from './guarded-lane.ts';
import { HEADER, type ReadRequests, STATE, viewsOf } from './guarded-read-shared.ts';

parentPort?.on('message', ({ paths, wanted, capsBytes, from, shared }: ReadRequests) => {
  const { header, results, content } = viewsOf(shared, paths.length);
  const end = (state: number) => {
    Atomics.store(header, HEADER.state, state);
    Atomics.notify(header, HEADER.state);
  };
  let used = 0;
  for (let at = from; at < paths.length; at++) {
    Atomics.store(header, HEADER.next, at);
    const room = capsBytes[at] ?? 0;
    if (used + room > content.length) return end(STATE.full);
    const result = answerInto(content.subarray(used, used + room), paths[at] ?? '', wanted[at] ?? 'content');
    results[at] = result;
    used += Math.max(0, result);
  }
  Atomics.store(header, HEADER.next, paths.length);
  end(STATE.done);
});

/** How many bytes there were, or a negative errno. */
function answerInto(content: Buffer, path: string, wanted: Wanted): number {
  try {
    if (wanted === 'status') return statusInto(content, path);
    if (wanted !== 'content') return attributeInto(content, path, wanted.attribute);
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
  } catch (error) {
    const errno = errnoOf(error) ?? 'EIO';
    return -(Object.entries(constants.errno).find(([name]) => name === errno)?.[1] ?? constants.errno.EIO);
  }
}
