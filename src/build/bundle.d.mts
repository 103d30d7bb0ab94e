/** Builds dist/ now. */
export function build(): Promise<void>;
/** Builds dist/ unless it is newer than every source; resolves with the program's path. */
export function buildOnce(): Promise<string>;
