/**
 * The native library as an addon of Node's (native/addon.c): the few functions that a command needs which is to act at once. koffi,
 * which finds every other one, takes a millisecond to load and 60 us for each function. Only from a file of the build, which Node
 * loads as it is.
 */
import { LIBRARIES } from './native/library.generated.ts';

/** What a native function takes: of a view its address. */
export type NativeArgument = number | bigint | NodeJS.ArrayBufferView | null;

/** Gives a whole number; see native/addon.c. */
export type AddonFunction = (...args: NativeArgument[]) => number;

export interface NativeAddon {
  /** Negative errnos, as the kernel has them: nothing is left in `errno`. */
  readonly syscall: AddonFunction;
  /** Of V8. A negative errno where Node does not export it. */
  readonly set_flags: AddonFunction;
  /** Those of native/scan-ahead.c. */
  readonly porthole_scan_ahead: AddonFunction;
  readonly porthole_scan_ahead_listed: AddonFunction;
  readonly porthole_scan_ahead_end: AddonFunction;
}

/** As text; or in a file of the build, beside the JavaScript that runs and as trustworthy, whose name tells it from another build's. */
export type Library = { readonly gzip: string } | { readonly file: string };

/** Undefined on another processor, and for who does not want it. */
export function ownLibrary(): Library | undefined {
  const { arch, env } = process;
  if ((arch !== 'x64' && arch !== 'arm64') || env['PORTHOLE_NO_NATIVE_SCAN'] === '1') return undefined;
  return LIBRARIES[arch];
}

let loaded: NativeAddon | 'unavailable' | undefined;

/** Loaded on first use. Undefined where it cannot be had, which koffi then finds out the reason of. */
export function nativeAddon(): NativeAddon | undefined {
  loaded ??= load() ?? 'unavailable';
  return loaded === 'unavailable' ? undefined : loaded;
}

export const isAddonLoaded = (): boolean => typeof loaded === 'object';

function load(): NativeAddon | undefined {
  const library = ownLibrary();
  if (library === undefined || !('file' in library)) return undefined;
  const module: { exports: NativeAddon | Record<string, never> } = { exports: {} };
  try {
    process.dlopen(module, library.file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_DLOPEN_FAILED') return undefined;
    throw error;
  }
  return 'syscall' in module.exports ? (module.exports as NativeAddon) : undefined;
}
