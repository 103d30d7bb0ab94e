/** `porthole ps`: containers, one a row. */
import type { Command } from 'commander';
import { toPsDocument } from '../export/json.ts';
import { COLUMNS, type Column } from '../model/columns.ts';
import type { Container, HostModel } from '../model/host-model.ts';
import { parseSort, sortContainers, treeOrder } from '../model/sort.ts';
import { observe } from './observe.ts';
import { addListOptions, columnsOf, isShown, kernelFiles, type ListOptions } from './options.ts';
import { prefersAscii, printError, printJson, printLine, printTable } from './print.ts';

interface PsOptions extends ListOptions {
  readonly all?: true;
  readonly tree?: true;
}

const EXAMPLES = `
Examples:
  porthole ps                                   containers, nested ones after the one they are in
  porthole ps --tree                            the same, drawn as a tree
  porthole ps -a --columns name,kind,namespaces sandboxes too, and what each has of its own
  porthole ps --interval 1 --sort cpu           who uses the processors now, busiest first
  porthole ps --filter 'runtime=docker and mem>100M'
  porthole ps -w 2 --json                       one document a line, every two seconds`;

export function addPs(program: Command): void {
  const command = program
    .command('ps')
    .summary('containers, one a row')
    .description('List every container on this host as the kernel sees it.')
    .option(
      '-a, --all',
      'also sandboxes: processes with private namespaces, but no pid namespace or root of their own',
    )
    .option('--tree', 'show what is nested in what');
  addListOptions(command)
    .addHelpText('after', `${EXAMPLES}\n\n${columnHelp()}`)
    .action((options: PsOptions) => ps(options));
}

/** Every column with what it holds, for --columns, --sort and --filter alike. */
function columnHelp(): string {
  const width = Math.max(...COLUMNS.map(({ id }) => id.length));
  return `Columns:\n${COLUMNS.map(({ id, description }) => `  ${id.padEnd(width)}  ${description}`).join('\n')}`;
}

export async function ps(options: PsOptions): Promise<void> {
  const files = kernelFiles(options);
  const columns = columnsOf(options.columns);
  const keep = options.filter === undefined ? () => true : await filterOf(options.filter);
  const sort = options.sort === undefined ? undefined : parseSort(options.sort);
  const wants =
    options.quiet === true && sort === undefined && options.filter === undefined
      ? { usage: false }
      : undefined;
  let isFirst = true;
  for await (const model of observe(files, options, wants)) {
    const shown = model.containers.filter((each) => isShown(each, options.all === true) && keep(each));
    const listed = sort === undefined ? shown : sortContainers(shown, sort);
    if (options.json === true) await printJson(toPsDocument(model, listed));
    else {
      if (isFirst && options.quiet !== true) await printNotes(model, options);
      if (!isFirst) await printLine('');
      await printText(listed, model, columns, options);
    }
    isFirst = false;
  }
}

/** What the whole list suffers from, on stderr: an empty table must not look like an empty host. */
async function printNotes(model: HostModel, options: PsOptions): Promise<void> {
  for (const { text } of model.notes) await printError(text);
  if (options.watch !== undefined || options.interval !== undefined) return;
  const asked = [options.filter, options.sort, options.columns].join(' ');
  const rate = RATES.find((id) => new RegExp(`\\b${id}\\b`).test(asked));
  if (rate !== undefined)
    await printError(`${rate} is a rate and needs two samples: add --interval 1, or -w`);
}

/** Columns that one sample cannot fill. */
const RATES = ['cpu', 'throttled', 'read', 'write', 'rx', 'tx'];

/** Loaded only when somebody filters: the regular expression engine is the largest part of `ps`. */
async function filterOf(expression: string): Promise<(container: Container) => boolean> {
  const { parseFilter } = await import('../model/filter.ts');
  return parseFilter(expression);
}

async function printText(
  listed: readonly Container[],
  model: HostModel,
  columns: readonly Column[],
  options: PsOptions,
): Promise<void> {
  if (options.quiet === true) {
    for (const { key } of listed) await printLine(key);
    return;
  }
  const text = { raw: options.raw === true, nowMs: model.takenAtMs, ascii: prefersAscii(process.env) };
  const rows =
    options.tree === true
      ? treeOrder(listed, text.ascii)
      : listed.map((container) => ({ container, prefix: '' }));
  await printTable({
    columns,
    headers: options.headers,
    rows: rows.map(({ container, prefix }) =>
      columns.map((column) => `${column.id === 'name' ? prefix : ''}${column.text(container, text)}`),
    ),
  });
}
