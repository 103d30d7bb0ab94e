/** The native read of a handful of files and links (native/files.c): one call for all of them. */
import type { Reading } from '../kernel/reading.ts';
import { errnoName } from '../kernel/tables/errno.ts';
import { latin1In } from '../kernel/text.ts';
import { readingOfErrno } from './failure.ts';
import type { NativeFunction } from './koffi.ts';
import { nativeLibrary } from './native-library.ts';

/** Words of `struct asked`; kept in step with files.c. */
const ASKED = { path: 0, isLink: 1, at: 2, length: 3, words: 4 } as const;
const EMSGSIZE = 90;

let native: NativeFunction | undefined;

type ByPath = Map<string, Reading<string>>;

/** As latin1 text; without those that `room` was too small for. Undefined where there is no native library. */
export function readTogether(
  files: readonly string[],
  links: readonly string[],
  room: Buffer,
): { readonly texts: ByPath; readonly targets: ByPath } | undefined {
  native ??= nativeLibrary()?.(
    'void porthole_files(void *asked, long count, const void *paths, void *out, long room)',
  );
  if (native === undefined) return undefined;
  const paths = [...files, ...links];
  const words = new Int32Array(paths.length * ASKED.words);
  const names = new Uint8Array(Buffer.from(`${paths.join('\0')}\0`));
  let at = 0;
  paths.forEach((_, index) => {
    words[index * ASKED.words + ASKED.path] = at;
    words[index * ASKED.words + ASKED.isLink] = Number(index >= files.length);
    at = names.indexOf(0, at) + 1;
  });
  native(words, paths.length, names, room, room.length);
  const texts: ByPath = new Map();
  const targets: ByPath = new Map();
  paths.forEach((path, index) => {
    const readings = index < files.length ? texts : targets;
    const start = words[index * ASKED.words + ASKED.at] ?? 0;
    const length = words[index * ASKED.words + ASKED.length] ?? -EMSGSIZE;
    if (length >= 0) readings.set(path, { ok: true, value: latin1In(room, start, start + length) });
    else if (length !== -EMSGSIZE) readings.set(path, readingOfErrno(errnoName(-length), path));
  });
  return { texts, targets };
}
