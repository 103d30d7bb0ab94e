/** Why a limit is not set. Messages are for the user. */

/** What was written means nothing here. */
export class LimitWordError extends Error {
  override readonly name = 'LimitWordError';
}

/** It would do harm, or cannot be done; nothing has been changed. */
export class LimitRefusal extends Error {
  override readonly name = 'LimitRefusal';
  constructor(
    readonly why: string,
    /** `--force` does it all the same. */
    readonly yieldsToForce = false,
  ) {
    super(`${why}; nothing was changed${yieldsToForce ? '; --force does it all the same' : ''}`);
  }
}
