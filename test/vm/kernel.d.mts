export declare function keptKernel(): { readonly vmlinuz: string; readonly modules: string } | undefined;
export declare function fetchKernel(): void;
