/**
 * Directories of an overlay mount, from its super options in mountinfo (octal escapes not yet decoded).
 * `lowerdir=a:b` lists layers from the top; kernels from 6.7 on show layers given one by one as `lowerdir+=a,lowerdir+=b`
 * and data-only ones as `datadir+=c`. Pure.
 * @see Documentation/filesystems/overlayfs.rst, fs/overlayfs/params.c
 */
import { decodeOctal } from './mountinfo.ts';

export interface OverlayDirs {
  /** Uppermost first; data-only layers last. Paths can be relative to where mount(8) was run (`l/ABCD` with docker). */
  lowerdirs: string[];
  /** None on a read-only overlay. */
  upperdir?: string;
  workdir?: string;
}

/** Unknown options are skipped: there are many, and none of them names a directory. Throws nothing. */
export function overlayDirs(superOptions: string): OverlayDirs {
  const dirs: OverlayDirs = { lowerdirs: [] };
  for (const option of splitUnescaped(superOptions, ',')) {
    const equals = option.indexOf('=');
    if (equals < 0) continue;
    const key = option.slice(0, equals);
    const value = decodeOctal(option.slice(equals + 1));
    if (key === 'lowerdir') dirs.lowerdirs.push(...lowerLayers(value));
    else if (key === 'lowerdir+' || key === 'datadir+') dirs.lowerdirs.push(value);
    else if (key === 'upperdir') dirs.upperdir = unescapeBackslashes(value);
    else if (key === 'workdir') dirs.workdir = unescapeBackslashes(value);
  }
  return dirs;
}

/** `a:b::c`: the double colon sets data-only layers apart (Linux 6.5), so no layer is empty. */
function lowerLayers(value: string): string[] {
  return splitUnescaped(value, ':')
    .filter((layer) => layer !== '')
    .map(unescapeBackslashes);
}

/** Splits where `separator` has no backslash before it; escapes stay as they are. */
function splitUnescaped(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** `\:` `\,` `\\`: overlayfs takes whatever follows a backslash literally. */
function unescapeBackslashes(text: string): string {
  return text.replace(/\\(.)/gs, '$1');
}
