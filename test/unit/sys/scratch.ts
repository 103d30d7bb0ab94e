/** A directory of its own for one test file, gone afterwards. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

export interface Scratch {
  readonly path: (name: string) => string;
  readonly write: (name: string, content: string | Uint8Array, mode?: number) => string;
}

export function scratch(): Scratch {
  const directory = mkdtempSync(join(tmpdir(), 'porthole-unit-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const path = (name: string) => join(directory, name);
  return {
    path,
    write(name, content, mode) {
      const file = path(name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      if (mode !== undefined) chmodSync(file, mode);
      return file;
    },
  };
}

export const isRoot = process.geteuid?.() === 0;
