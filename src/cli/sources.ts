/** Where a command reads the kernel's files: what `--proc` and `--sys` say. */
import { isDirectory, KernelFiles } from '../sys/kernel-files.ts';
import { UsageError } from './exit.ts';

export interface SourceOptions {
  readonly proc?: string;
  readonly sys?: string;
}

/** @throws {UsageError} when one is no directory */
export function kernelFiles({ proc, sys }: SourceOptions): KernelFiles {
  return new KernelFiles(trimmed(proc, '--proc') ?? '/proc', trimmed(sys, '--sys') ?? '/sys');
}

function trimmed(directory: string | undefined, option: string): string | undefined {
  if (directory === undefined || directory === '') return undefined;
  if (!directory.startsWith('/')) throw new UsageError(`${option} ${directory}: expected an absolute path`);
  if (!isDirectory(directory)) throw new UsageError(`${option} ${directory}: no such directory`);
  return directory.length > 1 ? directory.replace(/\/+$/, '') : directory;
}
