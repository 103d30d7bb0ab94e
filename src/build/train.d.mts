export function trainLimit(directory: string, name: string): string | undefined;
