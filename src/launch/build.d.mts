/** The compiler for each processor that the stub is made for, by Node's name of the processor. */
export const COMPILERS: Record<
  'x64' | 'arm64',
  { readonly command: string; readonly flags: readonly string[] }
>;
/** The stub (or what another source in this directory gives) as that compiler makes it. */
export function buildStub(processor: 'x64' | 'arm64', source?: 'stub.c' | 'starter.c'): Buffer;
export function sha256(bytes: Uint8Array): string;
