/** An action that is not done, because it cannot be or would do harm. Nothing has been changed; the message is for the user. */
export class ActionRefusal extends Error {
  override readonly name = 'ActionRefusal';
  constructor(
    readonly operation: string,
    readonly target: string,
    readonly why: string,
    /** The option that does it all the same. */
    readonly yieldsTo?: 'force' | 'move',
  ) {
    super(`${operation} ${target}: ${why}; nothing was changed`);
  }
}
