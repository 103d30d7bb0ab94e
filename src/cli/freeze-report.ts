/** What `porthole freeze` and `porthole thaw` say: the document of --json, and lines for people. */

import { membersOf } from '../actions/cgroup/members.ts';
import type { plannedMove } from '../actions/cgroup/move.ts';
import { nameOf } from '../actions/cgroup/own-cgroup.ts';
import type { FrozenFor } from '../actions/freeze/for-a-while.ts';
import type { Frozen, Thawed } from '../actions/freeze/freeze.ts';
import type { HeldFreezer, PreparedFreeze } from '../actions/freeze/prepare.ts';
import { wishesAbove, wishesBelow } from '../actions/freeze/wishes.ts';
import type { Hierarchy } from '../kernel/cgroup/hierarchy.ts';
import type { ContainerTarget } from '../model/host-model.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { counted } from './counted.ts';
import { durationText } from './duration.ts';

export interface Chosen {
  readonly files: KernelFiles;
  readonly container: ContainerTarget;
  readonly prepared: PreparedFreeze;
}

export interface Report {
  readonly document: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

/** A file that was written, or would be. */
interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** What it says afterwards; absent of what was not done. */
  readonly readBack?: string;
}

const fileOf = ({ cgroup, freezer }: HeldFreezer) => cgroup.fileName(freezer.file);

export function frozenReport(chosen: Chosen, frozen: Frozen | FrozenFor): Report {
  const { container, prepared } = chosen;
  const { held, wasFrozen, above, tookMs } = frozen;
  const processes = membersOf(held.cgroup).length;
  const { name } = container;
  const first = wasFrozen
    ? `${name} was frozen already`
    : `${name} is frozen: ${counted(processes)} in ${tookMs.toFixed(1)} ms (${placeOf(held)})`;
  return {
    document: {
      ...headOf('freeze', chosen, held),
      state: held.freezer.state(),
      processes,
      changes: wasFrozen ? [] : [changeOf(held, true, held.freezer)],
      tookUsec: Math.round(tookMs * 1000),
      ...(above.length > 0 && { frozenAbove: above }),
      ...(prepared.moved !== undefined && { moved: prepared.moved }),
      ...('watchdog' in frozen && {
        watchdog: frozen.watchdog,
        thawsAt: new Date(frozen.thawsAtMs).toISOString(),
      }),
    },
    lines: [
      ...movedLine(chosen, held),
      first,
      ...above.map((path) => `${path} above it is frozen, too: it stays frozen until that is thawed`),
      ...('watchdog' in frozen ? [untilLine(frozen)] : []),
    ],
  };
}

function movedLine({ prepared: { moved } }: Chosen, { cgroup }: HeldFreezer): string[] {
  return moved === undefined ? [] : [`${counted(moved)} moved into ${cgroup.path}, a cgroup made for it`];
}

function untilLine({ thawsAtMs, watchdog }: FrozenFor): string {
  const leftMs = Math.max(0, thawsAtMs - Date.now());
  return `it thaws by itself in ${durationText(Math.ceil(leftMs / 100) * 100)} (porthole-watchdog, pid ${watchdog.pid}); porthole thaw does so before`;
}

export function thawedReport(chosen: Chosen, { thawed, below }: Thawed, calledOff: number): Report {
  const { container, prepared } = chosen;
  const [held] = thawed.length > 0 ? thawed : prepared.freezers;
  if (held === undefined) throw new Error(`${container.name}: nothing is held`);
  const { name } = container;
  return {
    document: {
      ...headOf('thaw', chosen, held),
      state: held.freezer.state(),
      changes: thawed.map((each) => changeOf(each, false, each.freezer)),
      ...(below.length > 0 && { frozenBelow: below }),
      watchdogsCalledOff: calledOff,
    },
    lines: [
      thawed.length === 0
        ? `${name} was not frozen`
        : `${name} is thawed (${thawed.map(placeOf).join(', ')})`,
      ...below.map((path) => `${path} below it is frozen by its own wish, and stays so`),
      ...(calledOff === 0 ? [] : ['the watchdog that would have thawed it was called off']),
    ],
  };
}

/** What a freeze would do. */
export function wouldFreeze(chosen: Chosen, argv: readonly string[], forMs: number | undefined): Report {
  const { prepared } = chosen;
  const held = prepared.freezers.find(({ freezer }) => freezer.isWished()) ?? prepared.freezers[0];
  const changes = held.freezer.isWished() ? [] : [changeOf(held, true)];
  const processes = membersOf(held.cgroup).length;
  const after =
    forMs !== undefined
      ? [`after ${durationText(forMs)} a watchdog would write ${held.freezer.values.thawed}`]
      : argv.length > 0
        ? [`when ${argv[0]} has ended: ${held.freezer.values.thawed}`]
        : [];
  return {
    document: {
      ...headOf('freeze', chosen, held),
      state: held.freezer.state(),
      processes,
      dryRun: true,
      changes,
    },
    lines: [...linesOf(changes, 'it is frozen already'), `${counted(processes)} would stop`, ...after],
  };
}

/** What a freeze with a move before it would do. */
export function wouldMove(
  { key, name }: ContainerTarget,
  hierarchy: Hierarchy,
  { path, directory, pids }: ReturnType<typeof plannedMove>,
): Report {
  const [file, from, to] =
    hierarchy.version === 1 ? ['freezer.state', 'THAWED', 'FROZEN'] : ['cgroup.freeze', '0', '1'];
  const changes = [{ file: `${directory}/${file}`, from, to }];
  const processes = pids.length;
  return {
    document: {
      schema: 'porthole.freeze/1',
      takenAt: new Date().toISOString(),
      container: { key, name },
      cgroup: { hierarchy: nameOf(hierarchy), path },
      state: 'thawed',
      processes,
      moved: processes,
      dryRun: true,
      changes,
    },
    lines: [
      `${counted(processes)} would be moved into ${path}, a cgroup made for it`,
      ...linesOf(changes, ''),
    ],
  };
}

export function wouldThaw(chosen: Chosen): Report {
  const { prepared } = chosen;
  const wished = prepared.freezers.filter(({ freezer }) => freezer.isWished());
  const changes = wished.map((held) => changeOf(held, false));
  const held = wished[0] ?? prepared.freezers[0];
  const above = wishesAbove(held.cgroup);
  const below = prepared.freezers.flatMap(({ cgroup }) => wishesBelow(cgroup));
  return {
    document: {
      ...headOf('thaw', chosen, held),
      state: held.freezer.state(),
      dryRun: true,
      changes,
      ...(above.length > 0 && { frozenAbove: above }),
      ...(below.length > 0 && { frozenBelow: below }),
    },
    lines: [
      ...linesOf(changes, 'it was not asked to freeze'),
      ...above.map((path) => `${path} above it is frozen: it would stay frozen`),
      ...below.map((path) => `${path} below it is frozen by its own wish, and would stay so`),
    ],
  };
}

/** On stderr: stdout is the command's. */
export function commandNote(chosen: Chosen, { held, wasFrozen }: Frozen): string[] {
  const moved = movedLine(chosen, held);
  return wasFrozen ? [...moved, `freeze: ${chosen.container.name} was frozen already, and stays so`] : moved;
}

function headOf(command: 'freeze' | 'thaw', { container }: Chosen, { cgroup }: HeldFreezer) {
  const { key, name } = container;
  return {
    schema: `porthole.${command}/1`,
    takenAt: new Date().toISOString(),
    container: { key, name },
    cgroup: { hierarchy: nameOf(cgroup.hierarchy), path: cgroup.path },
  };
}

function changeOf(held: HeldFreezer, toFrozen: boolean, done?: HeldFreezer['freezer']): Change {
  const { frozen, thawed } = held.freezer.values;
  const [from, to] = toFrozen ? [thawed, frozen] : [frozen, thawed];
  const readBack = done === undefined ? undefined : done.isWished() ? frozen : thawed;
  return { file: fileOf(held), from, to, ...(readBack !== undefined && { readBack }) };
}

function linesOf(changes: readonly Change[], otherwise: string): string[] {
  return changes.length === 0
    ? [otherwise]
    : changes.map(({ file, from, to }) => `${file}: ${from} -> ${to}`);
}

const placeOf = ({ cgroup }: HeldFreezer) => `${nameOf(cgroup.hierarchy)}:${cgroup.path}`;
