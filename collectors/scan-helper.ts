/**
 * A second thread that shares one scan. Both take the next few names off the same counter until none is left, so that
 * neither waits for the other however late the thread starts. If it does not answer, its share is read again here.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import type { ScanPart, ScanSettings } from './process-pass.ts';

export interface ScanRequest {
  readonly procRoot: string;
  readonly sysRoot: string;
  readonly names: readonly string[];
  readonly settings: ScanSettings;
  readonly shared: SharedArrayBuffer;
  readonly port: MessagePort;
}

/** Layout of `shared`, in 32-bit words: the counter of shares, whether the helper is done, then who took each share. */
export const NEXT = 0;
export const DONE = 1;
export const FIRST_OWNER = 2;
export const TAKEN_BY_HELPER = 1;
const NAMES_PER_SHARE = 32;
/** Far more than a share takes; a host where it is not enough is read by one thread. */
const PATIENCE_MS = 2000;

/** The names of the next share that nobody has taken, or undefined. `owner` is noted beside it. */
export function takeShare(
  words: Int32Array,
  names: readonly string[],
  owner: number,
): readonly string[] | undefined {
  const share = Atomics.add(words, NEXT, 1);
  const from = share * NAMES_PER_SHARE;
  if (from >= names.length) return undefined;
  Atomics.store(words, FIRST_OWNER + share, owner);
  return names.slice(from, from + NAMES_PER_SHARE);
}

export class ScanHelper {
  readonly #words: Int32Array;
  readonly #worker: Worker;
  readonly #port: MessagePort;

  constructor(
    workerUrl: URL,
    files: KernelFiles,
    readonly names: readonly string[],
    settings: ScanSettings,
  ) {
    const shares = Math.ceil(names.length / NAMES_PER_SHARE);
    const shared = new SharedArrayBuffer((FIRST_OWNER + shares) * Int32Array.BYTES_PER_ELEMENT);
    this.#words = new Int32Array(shared);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const { procRoot, sysRoot } = files;
    const workerData: ScanRequest = { procRoot, sysRoot, names, settings, shared, port: port2 };
    this.#worker = new Worker(workerUrl, { workerData, transferList: [port2] });
    // It ends by itself; a failure shows as no answer, and its share is read here.
    this.#worker.on('error', () => Atomics.store(this.#words, DONE, 1));
    this.#worker.unref();
  }

  nextShare(): readonly string[] | undefined {
    return takeShare(this.#words, this.names, 0);
  }

  /** Waits for what the helper found; undefined when it gave nothing in time. */
  join(): ScanPart | undefined {
    const hasShares = this.sharesTaken().length > 0;
    if (hasShares) Atomics.wait(this.#words, DONE, 0, PATIENCE_MS);
    const answer: { message: ScanPart } | undefined = hasShares
      ? receiveMessageOnPort(this.#port)
      : undefined;
    this.#port.close();
    void this.#worker.terminate();
    return hasShares ? answer?.message : { found: [], vanished: 0, refused: [] };
  }

  sharesTaken(): string[] {
    const owners = this.#words.subarray(FIRST_OWNER);
    return [...owners].flatMap((owner, share) =>
      owner === TAKEN_BY_HELPER
        ? this.names.slice(share * NAMES_PER_SHARE, (share + 1) * NAMES_PER_SHARE)
        : [],
    );
  }
}
