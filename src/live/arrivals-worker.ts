/** The worker thread of the watch of arrivals: waits for the kernel's word and for requests, for as long as it is not told to quit. */
import { workerData } from 'node:worker_threads';
import { findHierarchies } from '../../collectors/hierarchies.ts';
import { ownMounts } from '../../collectors/host.ts';
import { namespaces } from '../../collectors/namespaces.ts';
import { factOf, known } from '../kernel/reading.ts';
import { NAMESPACE_TYPES } from '../kernel/tables/namespaces.ts';
import { KernelFiles } from '../sys/kernel-files.ts';
import { readPipe } from '../sys/pipe.ts';
import { ProcessConnector, waitReadable } from '../sys/process-connector.ts';
import { ArrivalLooks } from './arrivals-looks.ts';
import { type ArrivalsSettings, REQUEST, STATE, WORD } from './arrivals-shared.ts';

/** A thread that is to be terminated can be only when it comes back from waiting. */
const PATIENCE_MS = 100;

const settings: ArrivalsSettings = workerData;
const state = new Int32Array(settings.shared);
const connector = new ProcessConnector(settings.socket);
const files = new KernelFiles();
const hierarchies = findHierarchies(files, known(factOf(ownMounts(files))) ?? []);
const own = namespaces.collect(files, 'self');
const looks = new ArrivalLooks(files, { types: NAMESPACE_TYPES, hierarchies }, own);

function receive(): void {
  const { events, overflowed } = connector.receive();
  if (overflowed) looks.overflow();
  looks.take(events);
}

/** False when it is to quit. */
function answer(): boolean {
  const requests = readPipe(settings.wakeUp);
  if (requests.includes(REQUEST.quit)) return false;
  settings.port.postMessage(looks.news());
  Atomics.add(state, WORD.answered, requests.length);
  Atomics.notify(state, WORD.answered);
  return true;
}

Atomics.store(state, WORD.state, STATE.ready);
for (let isWanted = true; isWanted; ) {
  const [hasEvents, hasRequests] = waitReadable([settings.socket, settings.wakeUp], PATIENCE_MS);
  // What was told before the request belongs to its answer.
  if (hasEvents === true || hasRequests === true) receive();
  if (hasRequests === true) isWanted = answer();
}
looks.close();
settings.port.close();
