/** `porthole net [TARGET]`: the interfaces of network namespaces, or their sockets. */
import { type Command, Option } from 'commander';
import { known } from '../kernel/reading.ts';
import { boundIn, type NetworkLook, takeNetwork } from '../live/take-network.ts';
import { SampleTaker } from '../live/take-sample.ts';
import { buildModel } from '../model/build.ts';
import type { HostModel } from '../model/host-model.ts';
import { INTERFACE_COLUMNS, socketColumns } from '../model/net-columns.ts';
import { interfaceRows, netNames, socketRows } from '../model/net-rows.ts';
import { isChosen, SOCKET_CHOICES, type SocketChoice } from '../model/net-sockets.ts';
import { isNamespace, netTarget, noNamespace } from '../model/net-target.ts';
import { type NetNamespaceView, netNamespaces, netNotes } from '../model/net-view.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { userNames } from '../sys/users.ts';

import { type List, listOf } from './list.ts';
import { series } from './observe.ts';
import { addListOptions, columnHelp, type ListOptions } from './options.ts';
import { printError, printJson } from './print.ts';
import { kernelFiles } from './sources.ts';

interface NetOptions extends ListOptions {
  readonly sockets?: SocketChoice | true;
}

const EXAMPLES = `
Examples:
  porthole net                                    interfaces of every network namespace
  porthole net web --interval 1                   of one container's, with rates
  porthole net 'net:[4026532290]' --json          of one namespace, also one that no process is in
  porthole net --sort rx,tx -w 2                  busiest first, every two seconds
  porthole net --sockets listening                who can be reached, and which process answers
  porthole net web --sockets all --filter 'protocol=unix'`;

export function addNet(program: Command): void {
  const command = program
    .command('net')
    .argument('[target]', 'container name, id, host pid, cgroup path or net:[inode]; all without it')
    .summary('interfaces and sockets of network namespaces')
    .description(
      'List the interfaces of every network namespace, or of one, with rates and the other ends of veths; or the sockets.',
    )
    .addOption(
      new Option('--sockets [which]', `sockets instead of interfaces: ${SOCKET_CHOICES.join(', ')}`).choices(
        SOCKET_CHOICES,
      ),
    );
  const sockets = socketColumns(new Map());
  const both = new Map([...INTERFACE_COLUMNS.columns, ...sockets.columns].map(({ id }) => [id, { id }]));
  addListOptions(
    command,
    { columns: [...both.values()] },
    { keys: 'keys of interfaces, or inodes of sockets', filter: 'kind=veth and rx>1M' },
  )
    .addHelpText(
      'after',
      `${EXAMPLES}\n\n${columnHelp(INTERFACE_COLUMNS)}\n\nWith --sockets:\n${columnHelp(sockets)}`,
    )
    .action((target: string | undefined, options: NetOptions) => net(target, options));
}

async function net(target: string | undefined, options: NetOptions): Promise<void> {
  const files = kernelFiles(options);
  const choice = options.sockets === true ? 'all' : options.sockets;
  const shown = choice === undefined ? await interfaceList(options) : await socketList(options, choice);
  let isFirst = true;
  for await (const { now, before } of series(
    options,
    networkTaker(files, target, options, choice !== undefined),
  )) {
    const { model, look } = now;
    const namespaces = netNamespaces(model, look.facts, look.wanted, before?.look.facts);
    const notes = [...model.notes, ...look.notes, ...netNotes(look.facts, look.wanted)];
    if (options.json === true) {
      await printJson({
        schema: 'porthole.net/1',
        takenAt: new Date(model.takenAtMs).toISOString(),
        namespaces: shown.pick(namespaces, now),
        notes,
      });
    } else {
      if (isFirst && options.quiet !== true) for (const { text } of notes) await printError(text);
      await shown.print(namespaces, now);
    }
    isFirst = false;
  }
}

interface Look {
  readonly model: HostModel;
  readonly look: NetworkLook;
}

function networkTaker(
  files: KernelFiles,
  target: string | undefined,
  { watch }: NetOptions,
  sockets: boolean,
): () => Promise<Look> {
  const taker = new SampleTaker(files, { repeats: watch !== undefined });
  return async () => {
    const sample = await taker.take({ usage: false, sandboxes: true });
    const model = buildModel(sample);
    const bound = boundIn(sample.mountTables.get(known(sample.host.self.namespaces)?.mnt ?? -1));
    const only = target === undefined ? undefined : netTarget(model, target);
    const look = takeNetwork(files, model, bound, {
      sockets,
      ...(only !== undefined && { only }),
      // Processes lead to that of a container or process.
      ...((target === undefined || isNamespace(target)) && { hiddenIn: sample.mountTables }),
    });
    if (target !== undefined && look.wanted.length === 0) throw noNamespace(target);
    return { model, look };
  };
}

/** Interfaces or sockets: rows of a table, or the namespaces with what is left of them. */
interface Shown {
  pick(namespaces: readonly NetNamespaceView[], from: Look): NetNamespaceView[];
  print(namespaces: readonly NetNamespaceView[], from: Look): Promise<void>;
}

async function interfaceList(options: NetOptions): Promise<Shown> {
  const list = await listOf(INTERFACE_COLUMNS, options);
  const rowsOf = (namespaces: readonly NetNamespaceView[], { look, model }: Look) =>
    interfaceRows(namespaces, netNames(look.facts, model));
  return shownBy(list, options, rowsOf, (namespace, rows) => ({
    ...namespace,
    interfaces:
      known(namespace.interfaces) === undefined ? namespace.interfaces : rows.map((row) => row.interface),
  }));
}

async function socketList(options: NetOptions, choice: SocketChoice): Promise<Shown> {
  const list = await listOf(socketColumns(userNames()), options);
  const rowsOf = (namespaces: readonly NetNamespaceView[], { look, model }: Look) =>
    socketRows(namespaces, netNames(look.facts, model)).filter(({ socket }) => isChosen(socket, choice));
  return shownBy(list, options, rowsOf, (namespace, rows) => ({
    ...namespace,
    ...(namespace.sockets !== undefined && {
      sockets: known(namespace.sockets) === undefined ? namespace.sockets : rows.map(({ socket }) => socket),
    }),
  }));
}

function shownBy<Row extends { readonly namespace: NetNamespaceView }>(
  list: List<Row>,
  { filter, sort }: NetOptions,
  rowsOf: (namespaces: readonly NetNamespaceView[], from: Look) => Row[],
  withRows: (namespace: NetNamespaceView, rows: readonly Row[]) => NetNamespaceView,
): Shown {
  return {
    pick(namespaces, from) {
      const rows = list.pick(rowsOf(namespaces, from));
      const byNamespace = new Map<NetNamespaceView, Row[]>();
      // In the order of the rows when they are sorted, and only those with one when they are filtered.
      if (sort === undefined && filter === undefined)
        for (const each of namespaces) byNamespace.set(each, []);
      for (const row of rows) {
        const found = byNamespace.get(row.namespace);
        if (found === undefined) byNamespace.set(row.namespace, [row]);
        else found.push(row);
      }
      if (filter === undefined) {
        for (const each of namespaces) if (!byNamespace.has(each)) byNamespace.set(each, []);
      }
      return [...byNamespace].map(([namespace, own]) => withRows(namespace, own));
    },
    print: (namespaces, from) =>
      list.print(
        list.pick(rowsOf(namespaces, from)).map((row) => ({ row })),
        from.model.takenAtMs,
      ),
  };
}
