/** `porthole ns`: every namespace of the host, and what keeps it alive. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { isNamespaceType, NAMESPACE_TYPES, type NamespaceType } from '../kernel/tables/namespaces.ts';
import { takeNamespaces } from '../live/take-namespaces.ts';
import { namespaceColumns, TREE_COLUMNS } from '../model/namespace-columns.ts';
import { namespaceTree, TREE_ORDERS, type TreeOrder } from '../model/namespace-tree.ts';
import type { NamespaceView } from '../model/namespace-view.ts';
import { userNames } from '../sys/users.ts';
import { type ListedRow, listOf } from './list.ts';
import { addListOptions, columnHelp, type ListOptions } from './options.ts';
import { prefersAscii, printError, printJson } from './print.ts';
import { kernelFiles } from './sources.ts';

interface NsOptions extends ListOptions {
  readonly type?: readonly NamespaceType[];
  readonly tree?: TreeOrder | true;
}

const EXAMPLES = `
Examples:
  porthole ns                          every namespace, as lsns shows them, and those it misses
  porthole ns --type net,mnt           of these types only
  porthole ns --tree                   below their parents, the others below the user namespace that owns them
  porthole ns --tree=owner             every one below its owner
  porthole ns --filter 'nprocs=0'      those without a process, and what keeps them
  porthole ns -q --filter 'container:web'`;

export function addNs(program: Command): void {
  const columns = namespaceColumns(new Map());
  const command = program
    .command('ns')
    .summary('every namespace and what keeps it alive')
    .description('List every namespace of this host, with and without processes, and what keeps each alive.')
    .addOption(
      new Option(
        '--type <types>',
        `of these types only, separated by commas: ${NAMESPACE_TYPES.join(', ')}`,
      ).argParser(typesIn),
    )
    .addOption(
      new Option('--tree [order]', 'show what lies below what: by parent (the default), or by owner').choices(
        [...TREE_ORDERS],
      ),
    );
  addListOptions(command, columns, { keys: 'type:[inode]', filter: 'nprocs=0' })
    .addHelpText('after', `${EXAMPLES}\n\n${columnHelp(columns)}`)
    .action((options: NsOptions) => ns(options));
}

function typesIn(text: string): NamespaceType[] {
  return text.split(',').map((word) => {
    const type = word.trim();
    if (isNamespaceType(type)) return type;
    throw new InvalidArgumentError(
      `no type ${JSON.stringify(type)}; there are ${NAMESPACE_TYPES.join(', ')}.`,
    );
  });
}

async function ns(options: NsOptions): Promise<void> {
  const files = kernelFiles(options);
  const isTree = options.tree !== undefined;
  const list = await listOf(namespaceColumns(options.json === true ? new Map() : userNames()), {
    ...options,
    ...(isTree && { columns: options.columns ?? TREE_COLUMNS }),
  });
  if (options.interval !== undefined) await sleep(options.interval * 1000);
  for (let isFirst = true; isFirst || options.watch !== undefined; isFirst = false) {
    if (!isFirst) await sleep((options.watch ?? 0) * 1000);
    const { takenAtMs, namespaces, notes } = await takeNamespaces(files);
    const listed = list.pick(namespaces.filter(({ type }) => options.type?.includes(type) ?? true));
    if (options.json === true) {
      await printJson({
        schema: 'porthole.ns/1',
        takenAt: new Date(takenAtMs).toISOString(),
        namespaces: listed,
        notes,
      });
      continue;
    }
    if (isFirst && options.quiet !== true) for (const { text } of notes) await printError(text);
    await list.print(rowsOf(listed, options.tree), takenAtMs);
  }
}

function rowsOf(listed: readonly NamespaceView[], tree: NsOptions['tree']): ListedRow<NamespaceView>[] {
  if (tree === undefined) return listed.map((row) => ({ row }));
  return namespaceTree(listed, tree === true ? 'parent' : tree, prefersAscii(process.env));
}
