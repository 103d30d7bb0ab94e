/** Why a file could not be copied: which step, which path, which errno. */
import { errnoOf } from '../../sys/failure.ts';

export class FileError extends Error {
  override readonly name = 'FileError';
  constructor(
    readonly step: string,
    readonly path: string,
    readonly errno: string,
    /** For people, beyond what the errno says. */
    readonly words = '',
    options?: ErrorOptions,
  ) {
    super(`${path}: ${step}: ${errno}`, options);
  }
}

/** A signal came. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** Who reads what is written has gone. */
export class ClosedPipeError extends Error {
  override readonly name = 'ClosedPipeError';
}

/** Where the errno's own phrase says too little. */
const WORDS: Readonly<Record<string, string>> = {
  ELOOP: 'a symbolic link that is not followed, or too many of them',
  EXDEV: 'it leads out of the container, or was moved meanwhile',
  EOVERFLOW: 'its file system has no such user',
};

/** @throws {FileError} for whatever errno `act` fails with */
export function attempt<T>(step: string, path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || !/^E[A-Z0-9]+$/.test(errno)) throw error;
    throw new FileError(step, path, errno, WORDS[errno] ?? '', { cause: error });
  }
}

/** What `act` gives, or undefined when it fails with this errno. */
export function unless<T>(errno: string | readonly string[], act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    const failed = error instanceof FileError ? error.errno : errnoOf(error);
    if (failed !== undefined && [errno].flat().includes(failed)) return undefined;
    throw error;
  }
}
