/** Presets of the user's own: `$XDG_CONFIG_HOME/porthole/limits.json` (docs/limit.md). */
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { type Presets, parsePresets } from '../model/limits/presets.ts';
import { failedReading } from '../sys/failure.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** None where there is no such file. @throws {LimitWordError} on a file that says something else */
export function userPresets({ XDG_CONFIG_HOME: config, HOME: home }: Environment): Presets {
  const directory =
    config !== undefined && isAbsolute(config)
      ? config
      : home !== undefined && isAbsolute(home)
        ? join(home, '.config')
        : undefined;
  if (directory === undefined) return {};
  const path = join(directory, 'porthole', 'limits.json');
  try {
    return parsePresets(readFileSync(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && failedReading(error, path).why === 'absent') return {};
    throw error;
  }
}
