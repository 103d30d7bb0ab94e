/** Apart from what opens cgroups, so that whoever only sorts errors need not load that. */

/** The cgroup has been removed, or nobody is in it any more. */
export class CgroupGoneError extends Error {
  override readonly name = 'CgroupGoneError';
  constructor(
    readonly path: string,
    options?: ErrorOptions,
    detail = 'is gone',
  ) {
    super(`cgroup ${path} ${detail}`, options);
  }
}

/** What `act` gives, or `otherwise` when the cgroup is removed before it is done: engines do that as soon as a container ends. */
export function unlessGone<T>(otherwise: T, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof CgroupGoneError) return otherwise;
    throw error;
  }
}
