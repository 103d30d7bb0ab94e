/** The stack of an error for whoever wants to report a bug: where in the sources, not where in what the build made of them. */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { basename, join } from 'node:path';

/** `    at NAME (FILE:LINE:COLUMN)`, or without the name and its brackets. */
const FRAME = /^( {4}at )(?:.* \()?((?:file:\/\/)?\/[^()]+):(\d+):(\d+)\)?$/gm;

/**
 * `error.stack`, its frames within the build as `src/FILE.ts:LINE:COLUMN`. Of those the names are left out: the build has made
 * them short. Its files lie beside this one, each with its map.
 */
export function stackOf(error: Error): string {
  const maps = new Map<string, SourceMap | undefined>();
  const mapOf = (file: string) => {
    if (!maps.has(file)) maps.set(file, readMap(join(import.meta.dirname, `${file}.map`)));
    return maps.get(file);
  };
  return (error.stack ?? String(error)).replace(FRAME, (frame, at, path, line, column) => {
    const entry = mapOf(basename(path))?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !('originalSource' in entry)) return frame;
    const { originalSource: source, originalLine, originalColumn } = entry;
    return `${at}${source.replace(/^(?:\.\.\/)+/, '')}:${originalLine + 1}:${originalColumn + 1}`;
  });
}

function readMap(path: string): SourceMap | undefined {
  return existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : undefined;
}
