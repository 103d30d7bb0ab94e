/** `porthole caps TARGET|PID`: the capability sets of one process, decoded, and what they are worth. */
import type { Command } from 'commander';
import { AccessDeniedError, ProcessGoneError } from '../kernel/errors.ts';
import { isKnown } from '../kernel/reading.ts';
import { takeCaps } from '../live/take-caps.ts';
import { CAPABILITY_TITLES, capabilityTexts, capsSummary } from '../model/caps-text.ts';
import type { CapsView } from '../model/caps-view.ts';
import type { Container, HostModel } from '../model/host-model.ts';
import { hostNamespaces } from '../model/host-namespaces.ts';
import { resolveTarget, TargetError } from '../model/target.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { observeOnce } from './observe.ts';
import { addJsonOption, addSourceOptions } from './options.ts';
import { prefersAscii, printJson, printLine, printTable } from './print.ts';
import { kernelFiles, type SourceOptions } from './sources.ts';

interface CapsOptions extends SourceOptions {
  readonly json?: true;
  readonly quiet?: true;
  readonly headers: boolean;
}

const EXAMPLES = `
Examples:
  porthole caps web            of the init of a container
  porthole caps 41822          of that very process, in a container or not
  porthole caps web -q         names of the effective set, one a line
  porthole caps $$ --json      of this shell

Sets: E effective, P permitted, I inheritable, B bounding, A ambient. DEFAULT: in docker's default set.
OVER: host, over the host; own, over namespaces or ids of its own only; partly, over what of it its user
namespace owns; nothing, the kernel asks for it in the initial user namespace only.`;

export function addCaps(program: Command): void {
  const command = program
    .command('caps')
    .argument('<target>', 'container name, id, host pid, cgroup path or namespace; a pid means that process')
    .summary('the capabilities of a container or process, and what they are worth')
    .description(
      "Show the five capability sets of a container's init, or of the process with that pid: against docker's default set, after another exec, and on the host.",
    );
  addSourceOptions(addJsonOption(command))
    .option('-q, --quiet', 'print the names of the effective set only')
    .option('--no-headers', 'only the rows: no summary, no header line')
    .addHelpText('after', EXAMPLES)
    .action((target: string, options: CapsOptions) => caps(target, options));
}

async function caps(target: string, options: CapsOptions): Promise<void> {
  const files = kernelFiles(options);
  const model = await observeOnce(files);
  const { pid, container } = processOf(model, target);
  const view = capsOf(files, model, pid);
  if (options.json === true) {
    await printJson({
      schema: 'porthole.caps/1',
      takenAt: new Date(model.takenAtMs).toISOString(),
      pid,
      comm: model.processes.get(pid)?.comm ?? '',
      ...(container !== undefined && {
        container: { key: container.key, name: container.name, isInit: container.initPid === pid },
      }),
      ...view,
      notes: model.notes,
    });
  } else if (options.quiet === true) {
    for (const name of view.capabilities.effective) await printLine(name);
  } else await printCaps(`${model.processes.get(pid)?.comm ?? ''} (${pid})`, container, view, options);
}

interface Chosen {
  readonly pid: number;
  readonly container: Container | undefined;
}

/** A pid is that process, not the init of its container; a container that is called by such a number comes first. */
function processOf(model: HostModel, target: string): Chosen {
  const { containers, processes, containerOfPid } = model;
  const isNamed = containers.some(({ name, id, key }) => [name, id, key].includes(target));
  const pid = /^\d+$/.test(target) ? Number(target) : undefined;
  if (pid !== undefined && !isNamed) {
    if (processes.has(pid)) {
      const key = containerOfPid.get(pid);
      return { pid, container: containers.find((each) => each.key === key) };
    }
    const hasPrefix = containers.some(({ id }) => target.length >= 4 && id?.startsWith(target) === true);
    if (!hasPrefix)
      throw new TargetError(`no process ${target}, and no container matches it; porthole ps -a lists them`);
  }
  const container = resolveTarget(model, target);
  return { pid: container.initPid, container };
}

/** @throws {ProcessGoneError | AccessDeniedError} when its status cannot be read: there is nothing to show without it */
function capsOf(files: KernelFiles, model: HostModel, pid: number): CapsView {
  const caps = takeCaps(files, { pid, executable: true }, hostNamespaces(model.processes, model.host.self));
  if (isKnown(caps)) return caps;
  if (caps === undefined || caps.unknown === 'gone') throw new ProcessGoneError(pid);
  if (caps.unknown === 'denied') throw new AccessDeniedError(caps.path, 'CAP_SYS_PTRACE', caps.errno);
  throw new Error(`${caps.path}: ${caps.errno}`);
}

const LABEL_WIDTH = 13;

async function printCaps(
  name: string,
  container: Container | undefined,
  view: CapsView,
  { headers }: CapsOptions,
): Promise<void> {
  if (headers) {
    const of = container === undefined ? 'in no container' : `in ${container.name} (${container.runtime})`;
    const lines = [{ label: 'process', text: `${name}, ${of}` }, ...capsSummary(view)];
    for (const { label, text } of lines) {
      await printLine([{ text: label.padEnd(LABEL_WIDTH), style: 'dim' }, text]);
    }
    await printLine('');
  }
  await printTable({
    columns: CAPABILITY_TITLES.map((title) => ({ title, align: 'left' })),
    headers,
    rows: view.rows.map((row) => capabilityTexts(row, prefersAscii(process.env))),
  });
}
