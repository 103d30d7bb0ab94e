/** By processor, what makes its shared object. */
export const COMPILERS: Readonly<
  Record<'x64' | 'arm64', { readonly command: string; readonly flags: readonly string[] }>
>;
/** The shared object as that compiler makes it from the C files here. */
export function buildLibrary(processor: 'x64' | 'arm64'): Buffer;
export function sha256(bytes: Uint8Array): string;
