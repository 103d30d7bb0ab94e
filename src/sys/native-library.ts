/**
 * What native/*.c holds: a few loops over many small system calls, for hosts with thousands of processes and cgroups. Where
 * it cannot be had (another processor, a kernel or policy that runs nothing from a memfd) the same reads are made one by one.
 */
import { gunzipSync } from 'node:zlib';
import { readingOfErrno } from './failure.ts';
import { closeDescriptor, type FunctionFinder, loadLibrary, SyscallError } from './koffi.ts';
import { LIBRARIES } from './native/library.generated.ts';
import { sealedMemfd } from './sealed-memfd.ts';

let loaded: FunctionFinder | 'unavailable' | undefined;

/** Loaded on first use. */
export function nativeLibrary(): FunctionFinder | undefined {
  loaded ??= load();
  return loaded === 'unavailable' ? undefined : loaded;
}

function load(): FunctionFinder | 'unavailable' {
  const { arch } = process;
  if (arch !== 'x64' && arch !== 'arm64') return 'unavailable';
  if (process.env['PORTHOLE_NO_NATIVE_SCAN'] === '1') return 'unavailable';
  const object = objectOf(LIBRARIES[arch]);
  try {
    return loadSealed(object);
  } catch (error) {
    // A policy against it (vm.memfd_noexec, SELinux execmem, seccomp) is not a reason not to look; having run out of
    // descriptors or memory is one, and is thrown again here.
    if (error instanceof SyscallError) readingOfErrno(error.code, 'memfd');
    if (error instanceof SyscallError || isRefusedToLoad(error)) return 'unavailable';
    throw error;
  }
}

/** `bytes`: put there by a build on such a machine, because to load zlib takes longer than all else here. */
function objectOf({ gzip, bytes }: { readonly gzip: string; readonly bytes?: string }): Buffer {
  return bytes === undefined ? gunzipSync(Buffer.from(gzip, 'base64')) : Buffer.from(bytes, 'base64');
}

/** No file on disk that somebody could have replaced. */
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
