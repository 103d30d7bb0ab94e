/** `porthole mounts TARGET`: the mounts of one container, decoded. */
import type { Command } from 'commander';
import { takeMounts } from '../live/take-mounts.ts';
import { MOUNT_COLUMNS } from '../model/mount-columns.ts';
import type { OverlayLayer } from '../model/mount-layers.ts';
import type { MountView, StorageView } from '../model/mount-view.ts';
import { resolveTarget } from '../model/target.ts';
import { forest } from '../model/tree.ts';
import { type ListedRow, listOf } from './list.ts';
import { observe } from './observe.ts';
import { addListOptions, columnHelp, type ListOptions } from './options.ts';
import { prefersAscii, printError, printJson, printLine } from './print.ts';
import { kernelFiles } from './sources.ts';

interface MountsOptions extends ListOptions {
  readonly tree?: true;
}

const EXAMPLES = `
Examples:
  porthole mounts web                                   where each mount comes from, and who sees new ones below it
  porthole mounts web --tree                            which mount is on which
  porthole mounts web --filter 'marks~masked or marks~ro-path'
  porthole mounts web --filter 'not propagation=private' --columns target,propagation,sent-to,sent-by
  porthole mounts 41822 --json                          of the container of a host pid, with overlay layers`;

export function addMounts(program: Command): void {
  const command = program
    .command('mounts')
    .argument('<target>', 'container name, id, host pid, cgroup path or namespace')
    .summary('the mounts of one container, decoded')
    .description(
      'List the mounts of one container: where on the host each comes from, who else sees what is mounted below it, what is masked, read-only or hidden, and the layers of overlays.',
    )
    .option('--tree', 'show which mount is on which');
  addListOptions(command, MOUNT_COLUMNS, { keys: 'mount ids', filter: 'type=overlay or marks~masked' })
    .addHelpText('after', `${EXAMPLES}\n\n${columnHelp(MOUNT_COLUMNS)}`)
    .action((target: string, options: MountsOptions) => mounts(target, options));
}

async function mounts(target: string, options: MountsOptions): Promise<void> {
  const files = kernelFiles(options);
  const list = await listOf(MOUNT_COLUMNS, options);
  let isFirst = true;
  for await (const model of observe(files, options)) {
    const container = resolveTarget(model, target);
    const { mounts: all, storage, notes } = takeMounts(files, model, container.initPid);
    const listed = list.pick(all);
    if (options.json === true) {
      await printJson({
        schema: 'porthole.mounts/1',
        takenAt: new Date(model.takenAtMs).toISOString(),
        container: { key: container.key, name: container.name },
        storage,
        mounts: listed,
        notes: [...model.notes, ...notes],
      });
      continue;
    }
    if (isFirst && options.quiet !== true) for (const { text } of notes) await printError(text);
    if (options.quiet !== true && options.headers) await printStorage(storage);
    isFirst = false;
    await list.print(rowsOf(listed, options), model.takenAtMs);
  }
}

const LABEL_WIDTH = 11;

async function printStorage({
  driver,
  type,
  source,
  directory,
  lower,
  upper,
  work,
}: StorageView): Promise<void> {
  const shown = ({ path, hostPath }: OverlayLayer) => hostPath ?? path;
  const origin = type === undefined || type === driver ? '' : ` (${type})`;
  const lines: (readonly [string, string])[] = [
    ['storage', `${driver}${origin}`],
    ...(source === undefined || source === type ? [] : [['source', source] as const]),
    ...(directory === undefined ? [] : [['directory', directory] as const]),
    ...(upper === undefined ? [] : [['upper', shown(upper)] as const]),
    ...(work === undefined ? [] : [['work', shown(work)] as const]),
    ...(lower ?? []).map((layer, i) => [`lower ${i + 1}`, shown(layer)] as const),
  ];
  for (const [label, text] of lines) {
    await printLine([{ text: label.padEnd(LABEL_WIDTH), style: 'dim' }, text]);
  }
  await printLine('');
}

function rowsOf(listed: readonly MountView[], { tree }: MountsOptions): ListedRow<MountView>[] {
  if (tree !== true) return listed.map((row) => ({ row }));
  const family = { key: ({ id }: MountView) => id, parent: ({ parentId }: MountView) => parentId };
  return forest(listed, family, prefersAscii(process.env)).map(({ row, prefix }) => ({ row, prefix }));
}
