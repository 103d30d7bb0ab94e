/** `porthole cgroups [PATH]`: the cgroups of every hierarchy. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { type CgroupStart, hierarchyId } from '../../collectors/cgroup-tree.ts';
import { cgroupStarts, isCalled } from '../../collectors/cgroup-tree-start.ts';
import { COLLECTORS } from '../../collectors/index.ts';
import type { Hierarchy } from '../kernel/cgroup/hierarchy.ts';
import { type CgroupLook, cgroupOwners, takeCgroups } from '../live/take-cgroups.ts';
import { SampleTaker } from '../live/take-sample.ts';
import { buildModel } from '../model/build.ts';
import { CGROUP_COLUMNS, CGROUP_TREE_COLUMNS, partsOf } from '../model/cgroup-columns.ts';
import type { CgroupSample } from '../model/cgroup-facts.ts';
import { ALL_PARTS, type CgroupParts } from '../model/cgroup-parts.ts';
import type { CgroupOwner } from '../model/cgroup-tree.ts';
import type { CgroupView } from '../model/cgroup-view.ts';
import type { HostFacts } from '../model/sample.ts';
import { TargetError } from '../model/target.ts';
import { forest } from '../model/tree.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { UsageError } from './exit.ts';
import { type ListedRow, listOf } from './list.ts';
import { addListOptions, columnHelp, columnsOf, type ListOptions } from './options.ts';
import { prefersAscii, printError, printJson } from './print.ts';
import { kernelFiles } from './sources.ts';

interface CgroupsOptions extends ListOptions {
  readonly tree?: true;
  readonly hierarchy?: string;
}

const EXAMPLES = `
Examples:
  porthole cgroups                              every cgroup of every hierarchy
  porthole cgroups --tree                       the same, drawn as a tree
  porthole cgroups /docker                      one and all below, in every hierarchy that has it
  porthole cgroups memory:/docker --sort mem    in the hierarchy of one controller
  porthole cgroups --interval 1 --sort cpu --columns path,cpu,throttled,psi-cpu
  porthole cgroups --filter 'limit!=max and oom>0' --columns path,mem,limit,limited-by,oom
  porthole cgroups --json | jq '.cgroups[] | select(.freezer.state == "frozen") | .path'`;

export function addCgroups(program: Command): void {
  const command = program
    .command('cgroups')
    .argument('[path]', 'a cgroup, with or without its mount point, or as HIERARCHY:PATH')
    .summary('every cgroup, with live values')
    .description(
      'List the cgroups of every hierarchy, v1 and v2 side by side, with what the kernel says of each.',
    )
    .option('--tree', 'show what is below what')
    .option('--hierarchy <names>', 'only these: v2, or controllers of v1, separated by commas');
  const words = { keys: 'HIERARCHY:PATH', filter: 'mem>100M and not container=""' };
  addListOptions(command, CGROUP_COLUMNS, words)
    .addHelpText('after', `${EXAMPLES}\n\n${columnHelp(CGROUP_COLUMNS)}`)
    .action((path: string | undefined, options: CgroupsOptions) => cgroups(path, options));
}

async function cgroups(path: string | undefined, options: CgroupsOptions): Promise<void> {
  const files = kernelFiles(options);
  const set = options.tree === true ? CGROUP_TREE_COLUMNS : CGROUP_COLUMNS;
  const list = await listOf(set, options);
  const shown = options.quiet === true ? [] : columnsOf(set, options.columns);
  const parts = options.json === true ? ALL_PARTS : partsOf(shown, options.sort, options.filter);
  let isFirst = true;
  for await (const look of looks(files, path, parts, options)) {
    const listed = list.pick(look.cgroups);
    if (options.json === true) await printJson(documentOf(look, listed));
    else {
      if (isFirst && options.quiet !== true) for (const { text } of look.notes) await printError(text);
      await list.print(rowsOf(listed, options), look.sample.takenAtMs);
    }
    isFirst = false;
  }
}

interface Look extends CgroupLook {
  readonly host: HostFacts;
}

/** One, or with --watch an endless series; from the second look on they carry rates. */
async function* looks(
  files: KernelFiles,
  path: string | undefined,
  parts: CgroupParts,
  options: CgroupsOptions,
): AsyncGenerator<Look> {
  const taker = parts.has('containers') ? new SampleTaker(files) : undefined;
  let previous: CgroupSample | undefined;
  const look = async (): Promise<Look> => {
    const { host, owners } = await surroundings(files, taker);
    // What was there at first may come back while somebody watches.
    const starts = startsOf(files, host, {
      path,
      names: options.hierarchy,
      mayBeGone: previous !== undefined,
    });
    const found = takeCgroups(files, { host, starts, parts, owners }, previous);
    previous = found.sample;
    return { ...found, host };
  };
  const { watch, interval } = options;
  let next = await look();
  if (interval !== undefined) {
    await sleep(interval * 1000);
    next = await look();
  }
  yield next;
  if (watch === undefined) return;
  let due = performance.now();
  for (;;) {
    // On a grid, so that the work between does not add up; a missed tick is skipped, not made up for.
    due = Math.max(due + watch * 1000, performance.now());
    await sleep(due - performance.now());
    yield await look();
  }
}

/** Containers take a look at every process: only when somebody wants to know them. */
async function surroundings(
  files: KernelFiles,
  taker: SampleTaker | undefined,
): Promise<{ host: HostFacts; owners: CgroupOwner[] }> {
  if (taker === undefined) return { host: COLLECTORS.host.collect(files, undefined), owners: [] };
  const sample = await taker.take({ usage: false, sandboxes: false });
  return { host: sample.host, owners: cgroupOwners(sample, buildModel(sample).containers) };
}

/** @throws {TargetError} when there is no such cgroup; {UsageError} when there is no such hierarchy */
function startsOf(
  files: KernelFiles,
  { hierarchies }: HostFacts,
  { path, names, mayBeGone }: { path: string | undefined; names: string | undefined; mayBeGone: boolean },
): readonly CgroupStart[] {
  const chosen = hierarchiesCalled(hierarchies, names);
  const { starts, nearest } = cgroupStarts(files, chosen, path);
  if (starts.length > 0 || path === undefined || mayBeGone) return starts;
  const where =
    nearest === undefined
      ? `there are the hierarchies ${chosen.map(hierarchyId).join(', ')}`
      : `the nearest above it is ${hierarchyId(nearest.hierarchy)}:${nearest.path}`;
  throw new TargetError(`no cgroup ${JSON.stringify(path)}: ${where}; porthole cgroups -q lists all`);
}

function hierarchiesCalled(
  hierarchies: readonly Hierarchy[],
  names: string | undefined,
): readonly Hierarchy[] {
  if (names === undefined) return hierarchies;
  const wanted = names.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !hierarchies.some((each) => isCalled(each, name)));
  if (unknown === undefined) return hierarchies.filter((each) => wanted.some((name) => isCalled(each, name)));
  const there = hierarchies.map(hierarchyId).join(', ');
  throw new UsageError(`--hierarchy: no hierarchy ${JSON.stringify(unknown)}; there are ${there}`);
}

function documentOf({ sample, host, notes }: Look, cgroups: readonly CgroupView[]) {
  return {
    schema: 'porthole.cgroups/1',
    takenAt: new Date(sample.takenAtMs).toISOString(),
    host: { hostname: host.hostname, kernel: host.kernelRelease, cgroupMode: host.cgroupMode },
    hierarchies: sample.hierarchies.map(({ id, hierarchy, self, hasHiddenTop, count }) => ({
      hierarchy: id,
      version: hierarchy.version,
      controllers: hierarchy.controllers,
      mountPoint: hierarchy.mountPoint,
      root: hierarchy.root,
      self,
      hasHiddenTop,
      cgroupsAndDying: count,
    })),
    cgroups,
    vanished: sample.vanished,
    notes,
  };
}

function rowsOf(listed: readonly CgroupView[], { tree }: CgroupsOptions): ListedRow<CgroupView>[] {
  if (tree !== true) return listed.map((row) => ({ row }));
  const parentOf = ({ hierarchy, path }: CgroupView) =>
    path === '/' ? undefined : `${hierarchy}:${path.slice(0, path.lastIndexOf('/')) || '/'}`;
  const branches = forest(listed, { key: ({ key }) => key, parent: parentOf }, prefersAscii(process.env));
  // At the top of a tree the name alone would not say where it is.
  return branches.map(({ row, prefix, depth }) => ({
    row: depth === 0 ? { ...row, name: row.key } : row,
    prefix,
  }));
}
