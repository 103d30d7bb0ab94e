/**
 * What one engine's state on disk says about a container. Each engine is one file here and one line in `index.ts`. All of
 * them start from the container's own mounts, so that custom data roots work; none may decide that a container exists.
 */

import type { MountEntry } from '../../src/kernel/proc/mountinfo.ts';
import type { Fact } from '../../src/kernel/reading.ts';
import type { EngineFacts } from '../../src/model/sample.ts';
import type { HostDisk } from '../../src/sys/host-file.ts';

/** Asked of every engine: neither cgroup nor launcher said whose container it is. */
export const UNKNOWN_RUNTIME = 'unknown';

/** What is known of a container before its engine's files are looked for. */
export interface EngineQuestion {
  readonly runtime: string;
  readonly id: string | undefined;
  readonly initPid: number;
  /** The cgroup that was made for the container in some hierarchy, if one was: its last segment is often the id. */
  readonly ownCgroup: string | undefined;
  readonly mounts: readonly MountEntry[];
  readonly hostMounts: readonly MountEntry[];
  /** Visible mount at `target` inside, and where it lies on the host. */
  readonly sourceOf: (target: string) => string | undefined;
  /** Working directory of the process above the init: a shim's is its bundle. */
  readonly parentCwd: () => Fact<string>;
}

export interface Engine {
  readonly runtimes: readonly string[];
  readonly ask: (disk: HostDisk, question: EngineQuestion) => EngineFacts | undefined;
}

export type Json = Readonly<Record<string, unknown>>;

/** A JSON object from a file of the host; anything else (missing, denied, cut, an array) is no answer. */
export function readJson(disk: HostDisk, path: string): Json | undefined {
  const value = readJsonValue(disk, path);
  return isObject(value) ? value : undefined;
}

const parsedFiles = new WeakMap<HostDisk, Map<string, unknown>>();

/** Parsed once per look: podman keeps all its containers in one file, and each of them asks for it. */
export function readJsonValue(disk: HostDisk, path: string): unknown {
  const files = parsedFiles.get(disk) ?? new Map<string, unknown>();
  parsedFiles.set(disk, files);
  if (!files.has(path)) files.set(path, parsedFile(disk, path));
  return files.get(path);
}

function parsedFile(disk: HostDisk, path: string): unknown {
  const text = disk.read(path);
  if (!text.ok) return undefined;
  return parseJson(text.value);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member that is an object, else an empty one. */
export function objectAt(from: Json, key: string): Json {
  const value = from[key];
  return isObject(value) ? value : {};
}

export function stringAt(from: Json, key: string): string | undefined {
  const value = from[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Only the members that are strings. */
export function stringsOf(from: Json): Record<string, string> {
  return Object.fromEntries(
    Object.entries(from).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** The member without `undefined` keys, as exactOptionalPropertyTypes wants it. */
export function given<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  const found: { [P in K]?: V } = {};
  if (value !== undefined) found[key] = value;
  return found;
}
