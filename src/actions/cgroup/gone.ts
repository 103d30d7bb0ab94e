/** Apart from what opens cgroups, so that whoever only sorts errors need not load that. */

/** The cgroup has been removed. */
export class CgroupGoneError extends Error {
  override readonly name = 'CgroupGoneError';
  constructor(
    readonly path: string,
    options?: ErrorOptions,
  ) {
    super(`cgroup ${path} is gone`, options);
  }
}
