/**
 * What native/*.c holds: a few loops over many small system calls, for hosts with thousands of processes and cgroups. Where
 * it cannot be had (another processor, a kernel or policy that runs neither a file nor a memfd) the same reads are made one by one.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { failedReading } from './failure.ts';
import { closeDescriptor, type FunctionFinder, loadLibrary } from './koffi.ts';
import { type Library, ownLibrary } from './native-addon.ts';
import { sealedMemfd } from './sealed-memfd.ts';

let loaded: FunctionFinder | 'unavailable' | undefined;

/** Loaded on first use. */
export function nativeLibrary(): FunctionFinder | undefined {
  loaded ??= load();
  return loaded === 'unavailable' ? undefined : loaded;
}

function load(): FunctionFinder | 'unavailable' {
  const library = ownLibrary();
  if (library === undefined) return 'unavailable';
  try {
    return loadedOf(library);
  } catch (error) {
    // A policy against it (vm.memfd_noexec, SELinux execmem, seccomp) is not a reason not to look, nor is a build that has
    // taken this one's place; having run out of descriptors or memory is one, and is thrown again here.
    if (!isRefusedToLoad(error)) failedReading(error, 'native library');
    return 'unavailable';
  }
}

function loadedOf(library: Library): FunctionFinder {
  if ('gzip' in library) return loadSealed(gunzipSync(Buffer.from(library.gzip, 'base64')));
  try {
    return loadLibrary(library.file);
  } catch (error) {
    if (!isRefusedToLoad(error)) throw error;
    // Nothing there may be run (a mount with noexec), which says nothing of memory.
    return loadSealed(readFileSync(library.file));
  }
}

function loadSealed(object: Uint8Array): FunctionFinder {
  const fd = sealedMemfd('porthole-native', object);
  try {
    return loadLibrary(`/proc/self/fd/${fd}`);
  } finally {
    closeDescriptor(fd);
  }
}

/** koffi gives dlopen's own words. */
function isRefusedToLoad(error: unknown): boolean {
  return error instanceof Error && /^Failed to load shared library/.test(error.message);
}
