/**
 * The native part of koffi without its JavaScript, which takes longer to load than the part itself: for what the build puts in
 * its place. Where packages lie as npm puts them, and Node is linked with glibc; everywhere else it is koffi that finds it.
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { latin1In } from '../kernel/text.ts';

export interface Addon {
  /** Of koffi, whose package it comes with. */
  readonly version: string;
}

/**
 * @param from the directory whose packages are looked at, and those of the directories around it
 * @param node what is run
 */
export function koffiAddon(from: string, version: string, node = process.execPath): Addon | undefined {
  if (process.platform !== 'linux' || !hasGlibc(node)) return undefined;
  const path = pathOf(`@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`, from);
  if (path === undefined) return undefined;
  const module: { exports: Partial<Addon> } = { exports: {} };
  try {
    process.dlopen(module, path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_DLOPEN_FAILED') return undefined;
    throw error;
  }
  const { exports: addon } = module;
  return isOf(addon, version) ? addon : undefined;
}

const isOf = (addon: Partial<Addon>, version: string): addon is Addon => addon.version === version;

/** As far as any linker puts the interpreter's name: right after the program headers. */
const HEAD_BYTES = 4096;

function hasGlibc(executable: string): boolean {
  const fd = openSync(executable, 'r');
  try {
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    return latin1In(head, 0, readSync(fd, head)).includes('/ld-linux');
  } finally {
    closeSync(fd);
  }
}

function pathOf(file: string, from: string): string | undefined {
  const path = `${from}/node_modules/${file}`;
  if (existsSync(path)) return path;
  const around = dirname(from);
  return around === from ? undefined : pathOf(file, around);
}
