/** The shared object as gcc makes it from the C files here. */
export function buildLibrary(): Buffer;
export function sha256(bytes: Uint8Array): string;
