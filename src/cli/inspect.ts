/** `porthole inspect TARGET`: everything about one container. */
import type { Command } from 'commander';
import { engineChain } from '../../collectors/chain.ts';
import { COLLECTORS } from '../../collectors/index.ts';
import { hierarchyOf } from '../kernel/cgroup/hierarchy.ts';
import { ProcessGoneError } from '../kernel/errors.ts';
import { SampleTaker } from '../live/take-sample.ts';
import { buildModel } from '../model/build.ts';
import { type InspectedContainer, inspected } from '../model/inspect.ts';
import { optionOf, roleOf } from '../model/launchers.ts';
import { resolveTarget } from '../model/target.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { inspectSections } from './inspect-text.ts';
import { addJsonOption, addSourceOptions } from './options.ts';
import { prefersAscii, printJson, printLine } from './print.ts';
import { viewsOf } from './procs.ts';
import { kernelFiles, type SourceOptions } from './sources.ts';

interface InspectOptions extends SourceOptions {
  readonly json?: true;
  readonly sources?: true;
}

const EXAMPLES = `
Examples:
  porthole inspect web                 by name
  porthole inspect 5196 --json         by the start of its id, as one JSON document
  porthole inspect 41822 --sources     the container of a host pid, with the kernel files behind each section`;

export function addInspect(program: Command): void {
  const command = program
    .command('inspect')
    .argument('<target>', 'container name, id, host pid, cgroup path or namespace')
    .summary('everything about one container')
    .description('Show everything the kernel knows about one container, and why it is called one.');
  addSourceOptions(addJsonOption(command))
    .option('--sources', 'name the kernel file each section comes from')
    .addHelpText('after', EXAMPLES)
    .action((target: string, options: InspectOptions) => inspect(target, options));
}

async function inspect(target: string, options: InspectOptions): Promise<void> {
  const files = kernelFiles(options);
  const { takenAtMs, container } = await inspectTarget(files, target);
  if (options.json === true) {
    await printJson({ schema: 'porthole.inspect/1', takenAt: new Date(takenAtMs).toISOString(), container });
    return;
  }
  const ascii = prefersAscii(process.env);
  for (const line of inspectSections(container, {
    ascii,
    sources: options.sources === true,
    nowMs: takenAtMs,
  })) {
    await printLine(line);
  }
}

async function inspectTarget(
  files: KernelFiles,
  target: string,
): Promise<{ takenAtMs: number; container: InspectedContainer }> {
  const sample = await new SampleTaker(files).take();
  const model = buildModel(sample);
  const container = resolveTarget(model, target);
  const init = sample.processes.get(container.initPid);
  if (init === undefined) throw new ProcessGoneError(container.initPid);
  const devices = hierarchyOf(model.host.hierarchies, 'devices');
  const path = container.cgroup.paths['devices'];
  const detail = COLLECTORS.detail.collect(files, {
    pid: container.initPid,
    devices: devices?.version === 1 && path !== undefined ? { hierarchy: devices, path } : undefined,
  });
  const ancestry = engineChain(files, { init, processes: sample.processes, roleOf, optionOf });
  return {
    takenAtMs: sample.takenAtMs,
    container: inspected({
      container,
      processes: viewsOf(files, model, container.key),
      detail,
      ancestry,
      root: init.root,
      runtimeState: sample.inits.get(container.key)?.engine?.state,
    }),
  };
}
