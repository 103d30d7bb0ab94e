/**
 * Is a cgroup frozen, and whose wish is it. v2: cgroup.events says what is, cgroup.freeze only what is wanted. v1:
 * freezer.state, with self_freezing telling whose wish it is. On hybrid hosts either of the two can be in use.
 */
import { parseCgroupEvents } from '../src/kernel/cgroup/events.ts';
import { parseFreezerState } from '../src/kernel/cgroup/freezer.ts';
import { cgroupDirectory, type Hierarchy, parentPath } from '../src/kernel/cgroup/hierarchy.ts';
import { type Fact, factOf, mapFact } from '../src/kernel/reading.ts';
import type { FreezerFacts } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { SETTING_GOOD_FOR_MS } from './freshness.ts';
import { parsed } from './parsed.ts';

interface FreezerPlace {
  readonly version: 1 | 2;
  readonly directory: string;
  readonly hierarchy: Hierarchy;
  readonly path: string;
}

type State = 'running' | 'freezing' | 'frozen';

/** Of a container, by its place in each hierarchy. */
export function freezerIn(
  files: KernelFiles,
  places: readonly { readonly hierarchy: Hierarchy; readonly path: string }[],
): FreezerFacts {
  const shown = places.flatMap(({ hierarchy, path }) => {
    const directory = cgroupDirectory(hierarchy, path);
    return directory === undefined ? [] : { version: hierarchy.version, directory, hierarchy, path };
  });
  const legacy = shown.find(
    ({ version, hierarchy }) => version === 1 && hierarchy.controllers.includes('freezer'),
  );
  const unified = shown.find(({ version }) => version === 2);
  return freezerOf(files, legacy, unified);
}

export function freezerOf(
  files: KernelFiles,
  v1: FreezerPlace | undefined,
  v2: FreezerPlace | undefined,
): FreezerFacts {
  const legacy = v1?.version === 1 ? legacyState(files, v1) : undefined;
  const unified = v2 === undefined ? undefined : unifiedState(files, v2);
  const stronger = legacy === 'frozen' || legacy === 'freezing' ? legacy : (unified ?? legacy);
  if (stronger !== 'frozen' && stronger !== 'freezing') return { state: stronger };
  const wishedBy =
    legacy === stronger ? wisher(files, v1, 'freezer.self_freezing') : wisher(files, v2, 'cgroup.freeze');
  return { state: stronger, ...(wishedBy !== undefined && { wishedBy }) };
}

const V1_STATES = { THAWED: 'running', FREEZING: 'freezing', FROZEN: 'frozen' } as const;

/**
 * Thawed, it stays so until somebody writes to its freezer.state or to one around it. Frozen, it thaws by itself in part when
 * somebody is moved into it, and while it freezes nobody tells when it is done.
 */
function legacyState(files: KernelFiles, place: FreezerPlace): Fact<State> {
  const path = `${place.directory}/freezer.state`;
  const state = factOf(parsed(files.small(path), path, parseFreezerState));
  if (state === 'THAWED')
    files.mayAge(path, state, () => ({ told: [place.directory, ...directoriesAround(place)] }));
  else files.mayAge(path, 'not thawed', () => ({}));
  return mapFact(state, (each): State => V1_STATES[each]);
}

function directoriesAround({ hierarchy, path }: FreezerPlace): string[] {
  const around: string[] = [];
  for (let above = parentPath(path); above !== '/'; above = parentPath(above)) {
    const directory = cgroupDirectory(hierarchy, above);
    if (directory === undefined) break;
    around.push(directory);
  }
  return around;
}

function unifiedState(files: KernelFiles, { directory }: FreezerPlace): Fact<State> {
  const path = `${directory}/cgroup.events`;
  const events = factOf(
    parsed(
      files.small(path, () => ({ told: [directory] })),
      path,
      parseCgroupEvents,
    ),
  );
  return mapFact(events, (value): State => {
    if (value.frozen) return 'frozen';
    const wish = files.small(`${directory}/cgroup.freeze`, () => ({
      goodForMs: SETTING_GOOD_FOR_MS,
      told: [directory],
    }));
    return wish.ok && wish.value.trim() === '1' ? 'freezing' : 'running';
  });
}

function wantsFreezing(files: KernelFiles, directory: string, file: string): boolean {
  const wish = files.small(`${directory}/${file}`);
  return wish.ok && wish.value.trim() === '1';
}

/** The outermost cgroup on the way up whose own wish it is. */
function wisher(files: KernelFiles, place: FreezerPlace | undefined, file: string): string | undefined {
  if (place === undefined) return undefined;
  let outermost: string | undefined;
  for (let path = place.path; path !== '/'; path = parentPath(path)) {
    const directory = cgroupDirectory(place.hierarchy, path);
    if (directory === undefined) break;
    if (wantsFreezing(files, directory, file)) outermost = path;
  }
  return outermost;
}
