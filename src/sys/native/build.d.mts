/** The shared object as gcc makes it from scan.c. */
export function buildScan(): Buffer;
export function sha256(bytes: Uint8Array): string;
