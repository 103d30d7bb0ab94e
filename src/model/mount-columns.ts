/** Every field of `mounts` as a column: the table behind its --columns, --sort and --filter, and completion. Pure. */
import type { MountEntry } from '../kernel/proc/mountinfo.ts';
import { type Column, column, type Description, textColumn } from './column.ts';
import { columnSet } from './column-set.ts';
import { ownersOf, type RelatedMount } from './mount-peers.ts';
import type { MountView } from './mount-view.ts';

export const MOUNT_COLUMNS = columnSet<MountView>({
  columns: [
    column('identifier', ['id', 'ID', 5, 'mount id, unique on the host'], (m) => m.id),
    column('identifier', ['parent', 'PARENT', 6, 'id of the mount it is on'], (m) => m.parentId),
    textColumn(['target', 'TARGET', 30, 'mount point, as the container sees it'], (m) => m.target),
    textColumn(
      ['source', 'SOURCE', 30, 'path on the host it comes from, else the device and the part of it'],
      sourceText,
    ),
    textColumn(['host-source', 'HOSTSOURCE', 30, 'path on the host it comes from'], (m) => m.hostSource),
    textColumn(['type', 'TYPE', 8, 'file system type'], (m) => m.type),
    textColumn(['options', 'OPTIONS', 20, 'options of this mount'], (m) => m.options.join(',')),
    textColumn(
      ['super', 'SUPER', 20, 'options of the file system, for all its mounts'],
      (m) => m.superOptions,
    ),
    textColumn(
      ['propagation', 'PROPAGATION', 12, 'private, unbindable, or peer groups: shared:N, slave:N'],
      propagationText,
    ),
    ownersColumn(['sent-to', 'SENT-TO', 16, 'who sees what is newly mounted below it'], (m) => [
      ...m.peers,
      ...m.slaves,
    ]),
    ownersColumn(['sent-by', 'SENT-BY', 16, 'whose new mounts show up below it'], (m) => [
      ...m.peers,
      ...m.masters,
    ]),
    textColumn(
      ['marks', 'MARKS', 10, 'masked, ro-path, hidden:ID (by that mount), deleted, overlay layers'],
      (m) => marks(m).join(' '),
    ),
    textColumn(['device', 'DEVICE', 7, 'major:minor of the file system'], (m) => m.device),
    textColumn(['device-name', 'DEVNAME', 8, 'name of that block device'], (m) => m.deviceName),
    textColumn(['root', 'ROOT', 10, 'which part of the file system is mounted'], (m) => m.root),
  ],
  usual: ['target', 'source', 'type', 'options', 'propagation', 'sent-to', 'sent-by', 'marks'],
  word: { within: ['target', 'source', 'type'], startOf: [] },
  rates: [],
  treeIn: 'target',
  key: (m) => m.id,
});

const MOST_OWNERS = 3;

/** All of them for filters and with --raw; a table shows the first ones and how many more there are. */
function ownersColumn(
  description: Description,
  mounts: (mount: MountView) => readonly RelatedMount[],
): Column<MountView> {
  const cut = ({ moreRelated }: MountView) => (moreRelated === true ? ['…'] : []);
  const whole = textColumn<MountView>(description, (mount) =>
    [...ownersOf(mounts(mount)), ...cut(mount)].join(', '),
  );
  return {
    ...whole,
    text(mount, options) {
      const owners = ownersOf(mounts(mount));
      if (options.raw || owners.length <= MOST_OWNERS) return whole.text(mount, options);
      return [...owners.slice(0, MOST_OWNERS), `+${owners.length - MOST_OWNERS}`, ...cut(mount)].join(', ');
    },
  };
}

function sourceText({ hostSource, source, type, root }: MountView): string {
  if (hostSource !== undefined) return hostSource;
  // As findmnt writes it.
  const device = source === '' ? type : source;
  return root === '/' ? device : `${device}[${root}]`;
}

/** Peer groups with their numbers; `from` is the nearest group we can see when the master itself is out of sight. */
export function propagationText({ propagation }: Pick<MountEntry, 'propagation'>): string {
  const { shared, master, propagateFrom, unbindable } = propagation;
  const words = [
    ...(shared === undefined ? [] : [`shared:${shared}`]),
    ...(master === undefined ? [] : [`slave:${master}`]),
    ...(propagateFrom === undefined ? [] : [`from:${propagateFrom}`]),
    ...(unbindable === true ? ['unbindable'] : []),
  ];
  return words.length === 0 ? 'private' : words.join(',');
}

function marks({
  isMasked,
  isReadOnlyPath,
  hiddenBy,
  deletedRoot,
  deletedTarget,
  overlay,
}: MountView): string[] {
  return [
    ...(isMasked ? ['masked'] : []),
    ...(isReadOnlyPath ? ['ro-path'] : []),
    ...(hiddenBy === undefined ? [] : [`hidden:${hiddenBy}`]),
    ...(deletedRoot === true || deletedTarget === true ? ['deleted'] : []),
    ...(overlay === undefined
      ? []
      : [`layers:${overlay.lower.length}${overlay.upper === undefined ? '' : '+1'}`]),
  ];
}
