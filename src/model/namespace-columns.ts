/** Every field of `ns` as a column: the table behind its --columns, --sort and --filter, and completion. Pure. */
import { type Fact, isUnknown, mapFact } from '../kernel/reading.ts';
import { column, textColumn } from './column.ts';
import { type ColumnSet, columnSet } from './column-set.ts';
import { absentMark } from './format.ts';
import { aboutText, heldByText } from './namespace-text.ts';
import type { NamespaceView } from './namespace-view.ts';

const USUAL: readonly string[] = [
  'ns',
  'type',
  'nprocs',
  'pid',
  'user',
  'owner',
  'held-by',
  'container',
  'command',
];

/** What a tree shows beside the tree itself. */
export const TREE_COLUMNS = 'name,about,nprocs,held-by,container';

/** `users`: names of the host's users. `names`: those of containers, by key. */
export function namespaceColumns(users: ReadonlyMap<number, string>): ColumnSet<NamespaceView> {
  return columnSet({
    columns: [
      column('identifier', ['ns', 'NS', 10, 'its inode number'], ({ inode }) => inode),
      textColumn(['type', 'TYPE', 6, 'mnt, pid, net, user, uts, ipc, cgroup or time'], ({ type }) => type),
      textColumn(['name', 'NAMESPACE', 17, 'type and inode number'], (n) => `${n.type} ${n.inode}`),
      nprocs(),
      column('identifier', ['pid', 'PID', 7, 'the process that is in it longest'], (n) => n.leaderPid),
      textColumn(['user', 'USER', 8, 'user of that process'], (n) =>
        mapFact(n.leaderUid, (uid) => users.get(uid) ?? String(uid)),
      ),
      column('identifier', ['owner', 'OWNER', 10, 'user namespace that owns it'], (n) => n.ownerUserNs),
      column(
        'identifier',
        ['owner-uid', 'OWNERUID', 8, 'user who made that user namespace; of a user namespace, who made it'],
        (n) => n.ownerUid,
      ),
      column('identifier', ['parent', 'PARENT', 10, 'of user and pid namespaces'], (n) => n.parent),
      textColumn(['initial', 'INITIAL', 7, 'yes for those the kernel started with'], (n) =>
        n.initial ? 'yes' : undefined,
      ),
      textColumn(
        ['held-by', 'HELD BY', 30, 'what keeps it alive: with processes the kinds, else the first of them'],
        heldBy,
      ),
      textColumn(['container', 'CONTAINER', 20, 'key of the container it belongs to'], (n) => n.container),
      {
        ...textColumn<NamespaceView>(['about', 'ABOUT', 20, 'hostname, interfaces or id map'], (n) =>
          aboutText(n),
        ),
        text: (n, { ascii }) => aboutText(n, ascii) ?? absentMark(ascii),
      },
      textColumn(['hostname', 'HOSTNAME', 15, 'of uts namespaces'], (n) => n.hostname),
      textColumn(['interfaces', 'INTERFACES', 20, 'of net namespaces'], (n) =>
        mapFact(n.interfaces, (names) => names.join(' ')),
      ),
      textColumn(['command', 'COMMAND', 30, 'command line of that process'], (n) => n.command),
    ],
    usual: USUAL,
    word: { within: ['command', 'held-by'], startOf: ['type', 'container'] },
    rates: [],
    treeIn: 'name',
    key: (n) => `${n.type}:[${n.inode}]`,
  });
}

/** Where some processes could not be asked, it is a least number, and is shown as such. */
function nprocs() {
  const exact = column<NamespaceView>(
    'identifier',
    ['nprocs', 'NPROCS', 6, 'processes in it, kernel threads too'],
    (n) => n.nprocs,
  );
  return {
    ...exact,
    kind: 'number' as const,
    text: (row: NamespaceView) => (row.isPartial === true ? `${row.nprocs}+` : String(row.nprocs)),
  };
}

/** Where nothing was seen that keeps it, something that may not be read does. */
function heldBy(view: NamespaceView): Fact<string> {
  const text = heldByText(view);
  if (text !== undefined || isUnknown(view.ownerUserNs)) return text;
  return undefined;
}
