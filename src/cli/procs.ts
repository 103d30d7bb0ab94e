/** `porthole procs TARGET`: the processes of one container. */
import type { Command } from 'commander';
import { type EarlierProcesses, takeProcesses } from '../live/take-processes.ts';
import { EVERYTHING } from '../live/take-sample.ts';
import type { HostModel } from '../model/host-model.ts';
import { processColumns } from '../model/process-columns.ts';
import type { ProcessView } from '../model/process-view.ts';
import { resolveTarget } from '../model/target.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { userNames } from '../sys/users.ts';
import { listOf } from './list.ts';
import { observations } from './observe.ts';
import { addListOptions, columnHelp, type ListOptions } from './options.ts';
import { printJson } from './print.ts';
import { kernelFiles } from './sources.ts';

/** Its processes are the rows. */
const WANTS = { ...EVERYTHING, everyProcess: true };

const EXAMPLES = `
Examples:
  porthole procs web                            by name
  porthole procs 5196 --sort mem                by the start of its id, biggest first
  porthole procs 41822 --interval 1 --sort cpu  the container that host pid 41822 is in, busiest first
  porthole procs 'pid:[4026532180]' -q          by namespace, host pids only
  porthole procs web --filter 'user=root and mem>10M' --columns pid,user,caps,command`;

export function addProcs(program: Command): void {
  const command = program
    .command('procs')
    .argument('<target>', 'container name, id, host pid, cgroup path or namespace')
    .summary('the processes of one container')
    .description('List the processes of one container, with their pids and users inside and outside.');
  const columns = processColumns(new Map());
  addListOptions(command, columns, { keys: 'host pids', filter: 'user=root and mem>10M' })
    .addHelpText('after', `${EXAMPLES}\n\n${columnHelp(columns)}`)
    .action((target: string, options: ListOptions) => procs(target, options));
}

async function procs(target: string, options: ListOptions): Promise<void> {
  const files = kernelFiles(options);
  const list = await listOf(processColumns(userNames()), options);
  for await (const { model, before } of observations(files, options, WANTS)) {
    const processes = list.pick(viewsOf(files, model, target, before));
    if (options.json === true) {
      await printJson({
        schema: 'porthole.procs/1',
        takenAt: new Date(model.takenAtMs).toISOString(),
        processes,
        notes: model.notes,
      });
    } else
      await list.print(
        processes.map((row) => ({ row })),
        model.takenAtMs,
      );
  }
}

/** By pid. */
export function viewsOf(
  files: KernelFiles,
  model: HostModel,
  target: string,
  before?: EarlierProcesses,
): ProcessView[] {
  const { pids } = resolveTarget(model, target);
  const processes = pids.flatMap((pid) => model.processes.get(pid) ?? []);
  return takeProcesses(files, model.host, processes, before);
}
