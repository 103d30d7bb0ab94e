/** What the C library keeps of memory that was given back to it (mallopt(3), malloc_trim(3)). */
import { libcFunction } from './koffi.ts';

const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;
const OWN_MAPPING_FROM_BYTES = 64 * 1024;
const MOST_KEPT_BYTES = 128 * 1024;
const TRIM_EVERY_MS = 30_000;

export interface SmallMalloc {
  /** From now on nothing is given back but by the thresholds, which stay. */
  close(): void;
}

/**
 * For who runs on and on: buffers from 64 KiB are mappings of their own, which go back to the kernel when they are freed, and
 * of small ones at most 128 KiB wait for reuse at the end of a heap. glibc would raise both thresholds to twice the largest
 * buffer freed, and fill the heaps of its threads with what it keeps: 12 MB with 200 containers and 2,000 processes.
 *
 * What is free between buffers still in use no threshold gives back: 2 to 3 MB in a dashboard's first minutes, measured. That is
 * given back every half minute, in the heaps of all threads.
 *
 * @returns undefined where the C library has none of this (musl), and keeps little by itself
 */
export function keepMallocSmall(): SmallMalloc | undefined {
  const mallopt = ofGlibc('int mallopt(int param, int value)');
  const trim = ofGlibc('int malloc_trim(size_t pad)');
  if (mallopt === undefined || trim === undefined) return undefined;
  // They fail only for values out of range.
  mallopt(M_MMAP_THRESHOLD, OWN_MAPPING_FROM_BYTES);
  mallopt(M_TRIM_THRESHOLD, MOST_KEPT_BYTES);
  const timer = setInterval(() => trim(0), TRIM_EVERY_MS).unref();
  return { close: () => clearInterval(timer) };
}

function ofGlibc(declaration: string): ReturnType<typeof libcFunction> | undefined {
  try {
    return libcFunction(declaration);
  } catch (error) {
    // A library without a function of this name is another library; anything else is a mistake of ours.
    if (error instanceof Error && /mallopt|malloc_trim/.test(error.message)) return undefined;
    throw error;
  }
}
