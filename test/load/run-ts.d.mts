/** Path of the bundle of a module of the tests, which plain node can run. */
export function bundled(entry: string): Promise<string>;
export function imported(entry: string): Promise<Record<string, unknown>>;
