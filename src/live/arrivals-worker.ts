/** The worker thread of the watch of arrivals: waits for the kernel's word and for requests, for as long as it is not told to quit. */
import { constants, setPriority } from 'node:os';
import { workerData } from 'node:worker_threads';
import { findHierarchies } from '../../collectors/hierarchies.ts';
import { ownMounts } from '../../collectors/host.ts';
import { namespaces } from '../../collectors/namespaces.ts';
import { factOf, known } from '../kernel/reading.ts';
import { NAMESPACE_TYPES } from '../kernel/tables/namespaces.ts';
import { KernelFiles } from '../sys/kernel-files.ts';
import { readPipe } from '../sys/pipe.ts';
import { waitReadable } from '../sys/poll.ts';
import { ProcessConnector } from '../sys/process-connector.ts';
import { Budget } from './arrivals-budget.ts';
import { ArrivalLooks } from './arrivals-looks.ts';
import { type ArrivalsMessage, type ArrivalsSettings, REQUEST, STATE, WORD } from './arrivals-shared.ts';
import { settleDown } from './small-heaps.ts';

/**
 * Whoever has it closed wakes it. A thread that is terminated without that (its owner died, or is stuck) can be only when it
 * comes back from waiting.
 */
const PATIENCE_MS = 1000;

/** A quarter of a processor. What comes meanwhile waits in the socket. */
const WINDOW_MS = 2000;
const BUSY_MS = 500;

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

/** Most of the time there is nothing to tell, and telling that costs more than all else. */
function saysAnything({ executed, exited, ended, overflowed }: ArrivalsMessage): boolean {
  return overflowed || executed.length + exited.length + ended.length > 0;
}

/** False when it is to quit. */
function answer(): boolean {
  const requests = readPipe(settings.wakeUp);
  if (requests.includes(REQUEST.quit)) return false;
  const news = looks.news();
  if (saysAnything(news)) settings.port.postMessage(news);
  Atomics.add(state, WORD.answered, requests.length);
  Atomics.notify(state, WORD.answered);
  return true;
}

/** Nobody waits for argv: as long as there are events, those come first. */
function wait(): readonly boolean[] {
  const descriptors = [settings.socket, settings.wakeUp];
  const atOnce = looks.wantsArgv ? waitReadable(descriptors, 0) : [];
  if (atOnce.includes(true)) return atOnce;
  looks.readArgv();
  return waitReadable(descriptors, PATIENCE_MS);
}

/** Ahead of others, because what executes may end before it is our turn; within a budget, because others can make events at will. */
function hurry(): void {
  try {
    setPriority(0, constants.priority.PRIORITY_HIGHEST);
  } catch (error) {
    // Without CAP_SYS_NICE we are as slow as everybody else.
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

const budget = new Budget(WINDOW_MS, BUSY_MS);

hurry();
Atomics.store(state, WORD.state, STATE.ready);
// The last of the threads.
settleDown();
for (let isWanted = true; isWanted; ) {
  const [hasEvents, hasRequests] = wait();
  budget.begin();
  // What was told before the request belongs to its answer.
  if (hasEvents === true || hasRequests === true) receive();
  if (hasRequests === true) isWanted = answer();
  const restMs = budget.end();
  if (isWanted && restMs > 0) waitReadable([settings.wakeUp], restMs);
}
looks.close();
settings.port.close();
