/** `porthole ps`: containers, one a row. */
import type { Command } from 'commander';
import { psText, toPsDocument } from '../export/json.ts';
import { CONTAINER_COLUMNS } from '../model/columns.ts';
import type { Container } from '../model/host-model.ts';
import { treeOrder } from '../model/sort.ts';
import { type ListedRow, listOf } from './list.ts';
import { observations } from './observe.ts';
import { addListOptions, columnHelp, isShown, type ListOptions } from './options.ts';
import { prefersAscii, printError, printJsonText } from './print.ts';
import { kernelFiles } from './sources.ts';

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
  const words = { keys: 'keys', filter: 'runtime=docker and mem>100M' };
  addListOptions(command, CONTAINER_COLUMNS, words)
    .addHelpText('after', `${EXAMPLES}\n\n${columnHelp(CONTAINER_COLUMNS)}`)
    .action((options: PsOptions) => ps(options));
}

export async function ps(options: PsOptions): Promise<void> {
  const files = kernelFiles(options);
  const list = await listOf(CONTAINER_COLUMNS, options);
  const wants = {
    usage: options.quiet !== true || options.sort !== undefined || options.filter !== undefined,
    sandboxes: options.all === true,
  };
  let isFirst = true;
  for await (const { model, cost } of observations(files, options, wants)) {
    const listed = list.pick(model.containers.filter((each) => isShown(each, options.all === true)));
    if (options.json === true) await printJsonText(psText(toPsDocument(model, listed, cost)));
    else {
      // What the whole list suffers from: an empty table must not look like an empty host.
      if (isFirst && options.quiet !== true) for (const { text } of model.notes) await printError(text);
      await list.print(rowsOf(listed, options), model.takenAtMs);
    }
    isFirst = false;
  }
}

function rowsOf(listed: readonly Container[], { tree }: PsOptions): ListedRow<Container>[] {
  return tree === true
    ? treeOrder(listed, prefersAscii(process.env)).map(({ container, prefix }) => ({
        row: container,
        prefix,
      }))
    : listed.map((row) => ({ row }));
}
