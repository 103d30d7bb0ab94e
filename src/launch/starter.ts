/**
 * The starter (starter.c): one file under many names that runs a program of another root with that root's loader and libraries.
 * Here it is given its table. Pure.
 */
import { assembled, checkedCode } from './image.ts';
import type { Processor } from './parameters.ts';
import { STARTERS } from './starter.generated.ts';

export interface StarterTable {
  /** The directory in which the other root is, as the programs' users see it. */
  readonly root: string;
  /** What its loader is told before the program. */
  readonly loaderWords: readonly string[];
  /** The loader's word for the name that the program is to see as its own; loaders before glibc 2.33 have none. */
  readonly nameWord: string | undefined;
  /** By name where in the other root a program lies. A character for a byte. */
  readonly programs: ReadonlyMap<string, string>;
  /** The same of the loaders that programs ask for by their path. */
  readonly loaders: ReadonlyMap<string, string>;
}

/** The file. @throws when the code is not what was checked in, or a string has a zero byte or is empty */
export function starterImage(processor: Processor, table: StarterTable): Buffer {
  const { root, loaderWords, nameWord = '' } = table;
  const files = [...table.loaders, ...table.programs].flat();
  const filled = [root, ...loaderWords, ...files];
  if ([...filled, nameWord].some((text) => text.includes('\0')) || filled.includes(''))
    throw new Error('the table of a starter cannot hold an empty string or a zero byte');
  const strings = [root, ...loaderWords, '', nameWord, ...files, ''];
  const bytes = Buffer.from(strings.map((text) => `${text}\0`).join(''), 'latin1');
  const code = checkedCode(STARTERS[processor], 'starter');
  return assembled(code, bytes, bytes.length);
}
