/** By command: paths of the modules that it loads when something of them is used. */
export const LATER: Readonly<Record<string, readonly string[]>>;
