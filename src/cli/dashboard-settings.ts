/**
 * What the dashboard remembers: `$XDG_CONFIG_HOME/porthole/dashboard.json` (docs/dashboard.md). A file with a mistake is said
 * to have one, used as far as it can be, and never written over.
 */
import { randomUUID } from 'node:crypto';
import {
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { NOTHING_SAVED, type SavedSettings } from '../../tui/saved-settings.ts';
import { readSettings, settingsText } from '../../tui/settings-text.ts';
import { errnoOf } from '../sys/failure.ts';
import { makeDirectory } from '../sys/make-directory.ts';

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
  const { text, trouble } = readText(path);
  const { settings, problem } = readSettings(text);
  if (trouble === undefined && problem === undefined) return { settings, save: (next) => save(path, next) };
  return {
    settings,
    problem: `${path}: ${trouble ?? problem}; until that is mended changes are not remembered`,
    save: () => undefined,
  };
}

/** An absent file is an empty one. */
function readText(path: string): { readonly text: string; readonly trouble?: string } {
  try {
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno === 'ENOENT' ? { text: '' } : { text: '', trouble: errno };
  }
}

/** Somebody may have edited the file since it was read: what is not ours in it stays, and a broken one is left alone. */
function save(path: string, settings: SavedSettings): string | undefined {
  const { text, trouble } = readText(path);
  const problem = trouble ?? readSettings(text).problem;
  return problem === undefined
    ? write(path, settingsText(settings, text))
    : `not remembered: ${path}: ${problem}`;
}

/** Whole or not at all; a link stays one, and so do the rights. */
function write(path: string, text: string): string | undefined {
  let beside: string | undefined;
  try {
    makeDirectory(dirname(path));
    const target = existing(path);
    const mode = statSync(target, { throwIfNoEntry: false })?.mode ?? 0o600;
    beside = `${target}.${randomUUID()}`;
    // A link that lies there is somebody else's.
    writeFileSync(beside, text, { mode: mode & 0o777, flag: 'wx' });
    renameSync(beside, target);
    return undefined;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (beside !== undefined) rmSync(beside, { force: true });
    return `not remembered: ${path}: ${errno}`;
  }
}

/** Where the path leads; a link to nothing leads to what it names. */
function existing(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return linkTarget(path) ?? path;
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return resolve(dirname(path), readlinkSync(path));
  } catch (error) {
    // EINVAL: it is no link.
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
