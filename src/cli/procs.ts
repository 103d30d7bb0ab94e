/** `porthole procs TARGET`: the processes of one container. */
import type { Command } from 'commander';
import { processDetails } from '../../collectors/process-details.ts';
import { type Fact, isUnknown, known } from '../kernel/reading.ts';
import { absentMark, formatBytes, formatCpuTime, formatPercent, UNKNOWN_MARK } from '../model/format.ts';
import type { HostModel } from '../model/host-model.ts';
import { type ProcessView, processView } from '../model/process-view.ts';
import { resolveTarget } from '../model/target.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { userNames } from '../sys/users.ts';
import { UsageError } from './exit.ts';
import { observe } from './observe.ts';
import { addJsonOption, addSourceOptions, kernelFiles, type SourceOptions, seconds } from './options.ts';
import { prefersAscii, printJson, printLine, printTable } from './print.ts';

interface ProcsOptions extends SourceOptions {
  readonly json?: true;
  readonly quiet?: true;
  readonly headers: boolean;
  readonly sort?: string;
  readonly watch?: number;
  readonly interval?: number;
}

const EXAMPLES = `
Examples:
  porthole procs web                    by name
  porthole procs 5196 --sort memory     by the start of its id, biggest first
  porthole procs 41822 --interval 1     the container that host pid 41822 is in, with CPU rates
  porthole procs 'pid:[4026532180]'     by namespace`;

const SORTS: Readonly<Record<string, (a: ProcessView, b: ProcessView) => number>> = {
  pid: (a, b) => a.pid - b.pid,
  memory: (a, b) => b.memoryBytes - a.memoryBytes,
  cpu: (a, b) => (b.cpu.ratio ?? 0) - (a.cpu.ratio ?? 0) || b.cpu.usageUsec - a.cpu.usageUsec,
  start: (a, b) => a.starttimeTicks - b.starttimeTicks || a.pid - b.pid,
};

export function addProcs(program: Command): void {
  const command = program
    .command('procs')
    .argument('<target>', 'container name, id, host pid, cgroup path or namespace')
    .summary('the processes of one container')
    .description('List the processes of one container, with their pids and users inside and outside.');
  addSourceOptions(addJsonOption(command))
    .option('-q, --quiet', 'print host pids only')
    .option('--no-headers', 'leave out the header line')
    .option('--sort <field>', `sort by ${Object.keys(SORTS).join(', ')}`)
    .option('-w, --watch <seconds>', 'repeat until interrupted', seconds)
    .option('--interval <seconds>', 'take two samples this far apart, for rates', seconds)
    .addHelpText('after', EXAMPLES)
    .action((target: string, options: ProcsOptions) => procs(target, options));
}

async function procs(target: string, options: ProcsOptions): Promise<void> {
  const order = SORTS[options.sort ?? 'pid'];
  if (order === undefined)
    throw new UsageError(
      `--sort: no field ${JSON.stringify(options.sort)}; there are ${Object.keys(SORTS).join(', ')}`,
    );
  const files = kernelFiles(options);
  let isFirst = true;
  let previous: HostModel | undefined;
  for await (const model of observe(files, options)) {
    const views = viewsOf(files, model, target, previous).sort(order);
    if (options.json === true) {
      await printJson({
        schema: 'porthole.procs/1',
        takenAt: new Date(model.takenAtMs).toISOString(),
        processes: views,
        notes: model.notes,
      });
    } else if (options.quiet === true) for (const { pid } of views) await printLine(String(pid));
    else {
      if (!isFirst) await printLine('');
      await printViews(views, options.headers);
    }
    isFirst = false;
    previous = model;
  }
}

export function viewsOf(
  files: KernelFiles,
  model: HostModel,
  target: string,
  previous?: HostModel,
): ProcessView[] {
  const container = resolveTarget(model, target);
  const processes = container.pids.flatMap((pid) => model.processes.get(pid) ?? []);
  const ownUserNamespace = known(model.host.self.namespaces)?.user;
  const spanUsec = previous === undefined ? 0 : (model.takenAtMs - previous.takenAtMs) * 1000;
  return processDetails
    .collect(files, { processes, ownUserNamespace })
    .map((detail) =>
      processView(detail, model.host, { facts: previous?.processes.get(detail.facts.pid), spanUsec }),
    );
}

async function printViews(views: readonly ProcessView[], headers: boolean): Promise<void> {
  const users = userNames();
  const ascii = prefersAscii(process.env);
  const absent = absentMark(ascii);
  const show = <T>(fact: Fact<T>, text: (value: T) => string) =>
    fact === undefined ? absent : isUnknown(fact) ? UNKNOWN_MARK : text(fact);
  const right = (title: string) => ({ title, align: 'right' as const });
  const left = (title: string) => ({ title, align: 'left' as const });
  await printTable({
    columns: [
      right('PID'),
      left('INNER'),
      right('PPID'),
      left('USER'),
      right('INSIDE'),
      left('S'),
      right('THR'),
      right('CPU%'),
      right('TIME'),
      right('MEM'),
      left('CAPEFF'),
      left('SECCOMP'),
      left('COMMAND'),
    ],
    headers,
    rows: views.map((view) => [
      String(view.pid),
      show(view.innerPids, (pids) => (pids.length < 2 ? absent : pids.slice(1).join('/'))),
      String(view.ppid),
      show(view.uid, (uid) => users.get(uid) ?? String(uid)),
      show(view.innerUid, String),
      view.state,
      String(view.threads),
      view.cpu.ratio === undefined ? absent : formatPercent(view.cpu.ratio),
      formatCpuTime(view.cpu.usageUsec),
      formatBytes(view.memoryBytes),
      show(view.capEff, (mask) => mask.replace(/^0+(?=.)/, '')),
      show(view.seccomp, String),
      show(view.argv, (argv) => (argv.length === 0 ? `[${view.comm}]` : argv.join(' '))),
    ]),
  });
}
