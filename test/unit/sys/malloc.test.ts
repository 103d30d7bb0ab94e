import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { libcFunction } from '../../../src/sys/koffi.ts';
import { keepMallocSmall, type SmallMalloc } from '../../../src/sys/malloc.ts';

const PAGE = 4096;
/** Of glibc: what a chunk begins with. */
const CHUNK_HEAD = 16;
const MANY = 4000;

let kept: SmallMalloc | undefined;

beforeEach(() => {
  vi.useFakeTimers();
  kept = keepMallocSmall();
});

afterEach(() => {
  kept?.close();
  vi.useRealTimers();
});

it('large buffers are mappings of their own, also after one was given back', () => {
  // Without it glibc would from now on take buffers of up to this size from its heap.
  free(allocate(8 << 20));
  const chunk = allocate(4 << 20);
  expect(chunk % PAGE).toBe(CHUNK_HEAD);
  free(chunk);
});

it('what is free between buffers in use goes back every half minute', () => {
  const before = anonymousBytes();
  const chunks = scattered();
  vi.advanceTimersByTime(30_000);
  // Each buffer in use keeps the page that it is on, or two. What goes back sooner, by the thresholds, is as well.
  expect(anonymousBytes() - before).toBeLessThan(MANY * 3 * PAGE);
  for (const chunk of chunks) free(chunk);
});

it('not after it was closed', () => {
  kept?.close();
  expect(vi.getTimerCount()).toBe(0);
});

/** Small buffers in use, each followed by eight free pages that were written to. */
function scattered(): number[] {
  const fill = libcFunction('uintptr_t memset(uintptr_t at, int value, size_t bytes)');
  const pairs = Array.from({ length: MANY }, () => ({ small: allocate(64), large: allocate(8 * PAGE) }));
  for (const { large } of pairs) {
    fill(large, 1, 8 * PAGE);
    free(large);
  }
  return pairs.map(({ small }) => small);
}

function allocate(bytes: number): number {
  const chunk = libcFunction('uintptr_t malloc(size_t bytes)')(bytes);
  expect(chunk).not.toBe(0);
  return chunk;
}

function free(chunk: number): void {
  libcFunction('void free(uintptr_t chunk)')(chunk);
}

function anonymousBytes(): number {
  const rollup = readFileSync('/proc/self/smaps_rollup', 'utf8');
  return Number(/^Anonymous:\s+(\d+) kB/m.exec(rollup)?.[1]) * 1024;
}
