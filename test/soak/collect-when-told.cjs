// Loaded before the dashboard by its soak, in each of its threads: with SIGUSR2 all of them collect their garbage. What is left of
// its memory then lives; otherwise one look in a hundred comes right after a collection, and V8 decides which.
'use strict';
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');
const { BroadcastChannel, isMainThread } = require('node:worker_threads');

let gc;
function collect() {
  if (gc === undefined) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('gc');
  }
  gc();
}

const channel = new BroadcastChannel('collect');
channel.unref();
channel.onmessage = collect;
if (isMainThread)
  process.on('SIGUSR2', () => {
    channel.postMessage('now');
    collect();
  });
