// Loaded before the dashboard by its soak, in each of its threads: with SIGUSR2 all of them collect their garbage. What is left of
// its memory then lives; otherwise one look in a hundred comes right after a collection, and V8 decides which.
'use strict';
const { queryObjects } = require('node:v8');
const { BroadcastChannel, isMainThread } = require('node:worker_threads');

class Nobody {}

/**
 * As the heap profiler does before it counts objects: until there is nothing more to collect, and what is kept for young objects is
 * as small as it gets. After `gc()` that is 0.3 to 4 MB a thread, by how much was made just before.
 */
function collect() {
  const { emitWarning } = process;
  // That the function may change one day, on the dashboard's screen.
  process.emitWarning = () => undefined;
  try {
    queryObjects(Nobody);
  } finally {
    process.emitWarning = emitWarning;
  }
}

const channel = new BroadcastChannel('collect');
channel.unref();
channel.onmessage = collect;
if (isMainThread)
  process.on('SIGUSR2', () => {
    channel.postMessage('now');
    collect();
  });
