import { expect, it } from 'vitest';
import { libcFunction } from '../../../src/sys/koffi.ts';
import { keepMallocSmall } from '../../../src/sys/malloc.ts';

const PAGE = 4096;
/** Of glibc: what a chunk begins with. */
const CHUNK_HEAD = 16;

it('large buffers are mappings of their own, also after one was given back', () => {
  expect(keepMallocSmall()).toBe(true);
  // Without it glibc would from now on take buffers of up to this size from its heap.
  libcFunction('void free(uintptr_t chunk)')(allocate(8 << 20));
  const chunk = allocate(4 << 20);
  expect(chunk % PAGE).toBe(CHUNK_HEAD);
  libcFunction('void free(uintptr_t chunk)')(chunk);
});

function allocate(bytes: number): number {
  const chunk = libcFunction('uintptr_t malloc(size_t bytes)')(bytes);
  expect(chunk).not.toBe(0);
  return chunk;
}
