/**
 * What runs once. V8 compiles a function with its quick compiler when it has run for some microseconds: eleven times in a
 * command of 30 ms, which takes 0.4 ms of it and never gives that back. It goes on to optimize what loops for long.
 */
import { isLibcOpen, libcFunction } from './koffi.ts';
import { isAddonLoaded, nativeAddon } from './native-addon.ts';

/** `v8::V8::SetFlagsFromString(const char *, size_t)`, as Node exports it for addons: its own module `v8` takes 1.5 ms to load. */
const SET_FLAGS = 'void _ZN2v82V818SetFlagsFromStringEPKcm(const void *flags, size_t length)';
const FLAG = Buffer.from('--no-sparkplug\0');

/**
 * From now on, in all of the process. What V8 made ahead under other flags it takes no more: src/build/bundle.mjs makes that of a
 * command's later file under these. Nothing happens where nothing has needed the addon or koffi yet, or where Node exports no such
 * function: then the command takes a little longer.
 */
export function interpretOnly(): void {
  if (isAddonLoaded()) nativeAddon()?.set_flags(FLAG, FLAG.length - 1);
  else if (isLibcOpen())
    try {
      libcFunction(SET_FLAGS)(FLAG, FLAG.length - 1);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
}

/** koffi tells it by message alone. */
const isMissing = (error: unknown) => error instanceof Error && /^Cannot find function/.test(error.message);
