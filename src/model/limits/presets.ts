/** Named sets of limits: those that come with Porthole, and those in the user's own file. Pure. */
import { nearest } from './nearest.ts';
import { LimitWordError } from './refusal.ts';

export type Presets = Readonly<Record<string, readonly string[]>>;

export const PRESETS: Presets = {
  small: ['memory=256M', 'swap=0', 'cpu=0.5', 'pids=128'],
  medium: ['memory=1G', 'swap=0', 'cpu=1', 'pids=512'],
  large: ['memory=4G', 'swap=0', 'cpu=2', 'pids=2048'],
  none: ['memory=max', 'swap=max', 'cpu=max', 'pids=max'],
};

/** `{"presets": {"NAME": ["memory=1G", …]}}`. @throws {LimitWordError} on anything else */
export function parsePresets(text: string, file: string): Presets {
  const presets = presetsIn(text, file);
  if (!isRecord(presets)) throw new LimitWordError(`${file}: expected {"presets": {"NAME": ["memory=1G"]}}`);
  for (const [name, words] of Object.entries(presets)) {
    if (!Array.isArray(words) || !words.every((word) => typeof word === 'string'))
      throw new LimitWordError(`${file}: preset ${name} is no list of KEY=VALUE`);
  }
  return presets as Presets;
}

function presetsIn(text: string, file: string): unknown {
  try {
    const document: unknown = JSON.parse(text);
    return isRecord(document) ? document['presets'] : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) throw new LimitWordError(`${file}: ${error.message}`);
    throw error;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws {LimitWordError} naming those there are */
export function presetWords(name: string, own: Presets): readonly string[] {
  const all: Presets = { ...PRESETS, ...own };
  const words = Object.hasOwn(all, name) ? all[name] : undefined;
  if (words !== undefined) return words;
  const names = Object.keys(all);
  const meant = nearest(name, names);
  const hint = meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`;
  throw new LimitWordError(`no preset is called ${JSON.stringify(name)}; ${hint}`);
}
