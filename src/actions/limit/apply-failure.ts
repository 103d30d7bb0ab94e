/** How a write of a limit fails, and what is said of it: what the kernel refused, and what became of what was written before. */
import { AccessDeniedError, ActionError } from '../../kernel/errors.ts';
import { errnoMessage } from '../../kernel/tables/errno.ts';
import { whyRefused } from '../../model/limits/explain.ts';
import type { FileWrite } from '../../model/limits/write.ts';
import { errnoOf } from '../../sys/failure.ts';
import { CgroupGoneError } from '../cgroup/gone.ts';
import { ActionRefusal } from '../refusal.ts';

/** Some writes of a step were made before one failed. */
export class PartlyDone extends Error {
  constructor(
    readonly done: readonly FileWrite[],
    override readonly cause: unknown,
  ) {
    super('partly done');
  }
}

/** The kernel took it, or said nothing, and the file says something else. */
export class NotKept extends Error {
  readonly code = 'EINVAL';
}

export class WriteFailed extends Error {
  constructor(
    readonly write: FileWrite,
    readonly errno: string,
    options: ErrorOptions,
  ) {
    super(`${write.file}: ${errno}`, options);
  }
}

/**
 * What to throw when one of the writes failed.
 * @param done what was written before, and `undo` puts back
 */
export function failure(
  name: string,
  error: unknown,
  done: readonly FileWrite[],
  undo: (done: readonly FileWrite[]) => string[],
): unknown {
  if (done.length === 0) return firstFailure(name, error);
  const left = error instanceof CgroupGoneError ? [] : undo(done);
  const leftAs =
    error instanceof CgroupGoneError
      ? 'its cgroup is gone, and the limits with it'
      : left.length === 0
        ? 'what was written before is put back: every file is as it was'
        : `these could not be put back: ${left.join(', ')}`;
  const { step, errno } = told(error);
  return new ActionError('limit', step, name, errno, leftAs, { cause: error });
}

/** Nothing was written yet: what the kernel refuses is refused. */
function firstFailure(name: string, error: unknown): unknown {
  if (error instanceof CgroupGoneError)
    return new ActionError('limit', 'write', name, 'ENODEV', 'its cgroup is gone', { cause: error });
  if (!(error instanceof WriteFailed)) return error;
  const { step, errno } = told(error);
  return new ActionRefusal('limit', name, `${step}: ${errnoMessage(errno)} (${errno})`);
}

function told(error: unknown): { step: string; errno: string } {
  if (error instanceof CgroupGoneError) return { step: `cgroup ${error.path}`, errno: 'ENODEV' };
  if (error instanceof WriteFailed) {
    const { write, errno, cause } = error;
    const why = cause instanceof NotKept ? cause.message : whyRefused(write, errno);
    const reason = why === undefined ? '' : ` (${why})`;
    return { step: `${write.directory}/${write.file}: ${write.from} -> ${write.to}${reason}`, errno };
  }
  if (error instanceof AccessDeniedError) return { step: error.message, errno: error.errno };
  const errno = errnoOf(error) ?? 'EIO';
  return { step: error instanceof Error ? error.message : String(error), errno };
}
