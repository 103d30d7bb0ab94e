/**
 * What the dashboard remembers: `$XDG_CONFIG_HOME/porthole/dashboard.json` (docs/dashboard.md). A file with a mistake is said
 * to have one, used as far as it can be, and never written over.
 */
import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { NOTHING_SAVED, type SavedSettings } from '../../tui/saved-settings.ts';
import { readSettings, settingsText } from '../../tui/settings-text.ts';
import { errnoOf } from '../sys/failure.ts';

export interface SettingsFile {
  readonly settings: SavedSettings;
  /** What is wrong with the file, in one line. */
  readonly problem?: string;
  /** What stands in the way of remembering; undefined when it was done. */
  save(settings: SavedSettings): string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined where nobody has a home. */
export function settingsPath(env: Environment): string | undefined {
  const { XDG_CONFIG_HOME: config, HOME: home } = env;
  // The specification has relative paths ignored.
  if (config !== undefined && isAbsolute(config)) return join(config, 'porthole', 'dashboard.json');
  return home === undefined || !isAbsolute(home)
    ? undefined
    : join(home, '.config', 'porthole', 'dashboard.json');
}

export function settingsFile(path: string | undefined): SettingsFile {
  if (path === undefined) return { settings: NOTHING_SAVED, save: () => undefined };
  const read = readText(path);
  if ('errno' in read) {
    const problem = `${path}: ${read.errno}; changes are not remembered`;
    return { settings: NOTHING_SAVED, problem, save: () => undefined };
  }
  const { settings, problem } = readSettings(read.text);
  if (problem === undefined) return { settings, save: (next) => write(path, settingsText(next, read.text)) };
  return {
    settings,
    problem: `${path}: ${problem}; until that is mended changes are not remembered`,
    save: () => undefined,
  };
}

function readText(path: string): { readonly text: string } | { readonly errno: string } {
  try {
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno === 'ENOENT' ? { text: '' } : { errno };
  }
}

/** Whole or not at all; a link stays one. */
function write(path: string, text: string): string | undefined {
  let beside: string | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const target = existing(path);
    beside = `${target}.${process.pid}`;
    writeFileSync(beside, text);
    renameSync(beside, target);
    return undefined;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (beside !== undefined) rmSync(beside, { force: true });
    return `not remembered: ${path}: ${errno}`;
  }
}

function existing(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return path;
    throw error;
  }
}
