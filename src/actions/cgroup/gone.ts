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
