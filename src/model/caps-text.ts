/** `caps` for people: what the sets amount to, in a few lines above the table. Pure: text only. */
import { type Fact, isUnknown, known } from '../kernel/reading.ts';
import type { NamespaceType } from '../kernel/tables/namespaces.ts';
import {
  CAPABILITY_SETS,
  type CapabilityRow,
  type CapsView,
  type ExecutableView,
  type UserNamespaceView,
} from './caps-view.ts';
import { UNKNOWN_MARK } from './format.ts';

/** Above what `capabilityTexts` gives. */
export const CAPABILITY_TITLES = ['CAPABILITY', 'E', 'P', 'I', 'B', 'A', 'DEFAULT', 'OVER', 'MEANS'] as const;

/** One capability as cells of a table: which sets have it, and what it is worth. */
export function capabilityTexts(row: CapabilityRow, ascii: boolean): string[] {
  const { reach } = row;
  const mark = (isSet: boolean) => (isSet ? (ascii ? 'x' : '●') : ascii ? '.' : '·');
  return [
    row.name,
    ...CAPABILITY_SETS.map((set) => mark(row[set])),
    row.dockerDefault ? 'yes' : '',
    reach === undefined || isUnknown(reach) ? UNKNOWN_MARK : reach,
    row.means ?? UNKNOWN_MARK,
  ];
}

export interface SummaryLine {
  readonly label: string;
  readonly text: string;
}

export function capsSummary(view: CapsView): SummaryLine[] {
  return [
    { label: 'effective', text: effectiveText(view) },
    ...setLines(view),
    { label: 'users', text: `uid ${ids(view.uid)}, gid ${ids(view.gid)}` },
    { label: 'user ns', text: namespaceText(view.userNamespace) },
    { label: 'means', text: meaning(view) },
    { label: 'bounds', text: boundsText(view) },
    ...executableLines(view.executable),
  ];
}

const short = (names: readonly string[]) => names.map((name) => name.replace(/^CAP_(?!\d)/, '')).join(' ');

function effectiveText({ capabilities, againstDefault }: CapsView): string {
  const { effective } = capabilities;
  const { added, dropped } = againstDefault.effective;
  if (effective.length === 0) return 'none';
  const parts = [
    ...(added.length === 0 ? [] : [`beyond docker's default: ${short(added)}`]),
    ...(dropped.length === 0 ? [] : [`without: ${short(dropped)}`]),
  ];
  return `${effective.length}, ${parts.length === 0 ? "docker's default set" : parts.join('; ')}`;
}

/** Sets that are as usual say nothing: permitted as effective, inheritable and ambient empty. */
function setLines({ capabilities, againstDefault, masks }: CapsView): SummaryLine[] {
  const { permitted, inheritable, ambient, bounding } = capabilities;
  const { added } = againstDefault.bounding;
  return [
    ...(masks.permitted === masks.effective
      ? []
      : [{ label: 'permitted', text: permitted.length === 0 ? 'none' : short(permitted) }]),
    ...(inheritable.length === 0 ? [] : [{ label: 'inheritable', text: short(inheritable) }]),
    ...(ambient.length === 0 ? [] : [{ label: 'ambient', text: short(ambient) }]),
    ...(masks.bounding === masks.permitted
      ? []
      : [
          {
            label: 'bounding',
            text: `${bounding.length}${added.length === 0 ? '' : `, beyond docker's default: ${short(added)}`}`,
          },
        ]),
  ];
}

function ids({ real, effective, saved, fs }: CapsView['uid']): string {
  return new Set([real, effective, saved, fs]).size === 1
    ? String(effective)
    : `real ${real}, effective ${effective}, saved ${saved}, file system ${fs}`;
}

function show<T>(fact: Fact<T>, text: (value: T) => string, absent: string): string {
  if (fact === undefined) return absent;
  return isUnknown(fact) ? `? (${fact.path}: ${fact.errno})` : text(fact);
}

function namespaceText(user: UserNamespaceView): string {
  if (isUnknown(user.inode)) return show(user.inode, String, '');
  if (known(user.isInitial) === true) return 'the initial one, as the host';
  const rootUid = show(
    user.rootUid,
    (uid) => `root inside is uid ${uid} on the host`,
    'nobody is root inside',
  );
  const owner = show(user.ownerUid, (uid) => `made by uid ${uid}`, 'of unknown owner');
  const parent = show(user.parent, (inode) => `below ${inode}`, 'below one out of sight');
  return `${known(user.inode) ?? '?'}, ${parent}, ${owner}; ${rootUid}`;
}

function meaning({ capabilities, userNamespace, rows }: CapsView): string {
  const { inode, isInitial, owns, foreign } = userNamespace;
  if (capabilities.effective.length === 0)
    return 'no more than its user id allows, until it executes something that gives more';
  if (isUnknown(inode)) return '?: which user namespace they hold over may not be read';
  const held = rows.filter(({ effective }) => effective);
  if (known(isInitial) === true) {
    const own = held.filter(({ reach }) => reach === 'own').map(({ name }) => name);
    return own.length === 0
      ? 'they hold over the host'
      : `they hold over the host, but in its own namespaces only: ${short(own)}`;
  }
  const idle = held.filter(({ reach }) => reach === 'nothing').map(({ name }) => name);
  return [
    `they hold over user namespace ${known(inode) ?? '?'} only: files and processes of ids mapped into it`,
    ...(owns.length === 0 ? [] : [`and its ${list(owns)}`]),
    ...(foreign.length === 0 ? [] : [`not over the ${list(foreign)} it is in`]),
    ...(idle.length === 0 ? [] : [`worth nothing: ${short(idle)}`]),
  ].join('; ');
}

const list = (types: readonly NamespaceType[]) =>
  `${types.join(', ')} ${types.length === 1 ? 'namespace' : 'namespaces'}`;

function boundsText({ noNewPrivs, seccomp, seccompFilters }: CapsView): string {
  const privileges =
    noNewPrivs === undefined ? 'no_new_privs ?' : `no_new_privs ${noNewPrivs ? 'on' : 'off'}`;
  const filters =
    seccompFilters === undefined || seccompFilters === 0
      ? ''
      : ` (${seccompFilters} ${seccompFilters === 1 ? 'filter' : 'filters'})`;
  return `${privileges}, seccomp ${seccomp ?? '?'}${filters}`;
}

function executableLines(executable: Fact<ExecutableView>): SummaryLine[] {
  if (executable === undefined) return [{ label: 'executable', text: 'none' }];
  if (isUnknown(executable)) return [{ label: 'executable', text: show(executable, () => '', '') }];
  const { path, setuidTo, setgidTo, nosuid, fileCapabilities, onExec } = executable;
  const bits = [
    ...(setuidTo === undefined ? [] : [`setuid to ${setuidTo}`]),
    ...(setgidTo === undefined ? [] : [`setgid to ${setgidTo}`]),
    ...(known(nosuid) === true ? ['on a nosuid mount'] : []),
  ];
  return [
    { label: 'executable', text: [path, ...bits].join(', ') },
    {
      label: 'file caps',
      text: show(
        fileCapabilities,
        ({ version, effective, permitted, inheritable, rootUid, counts }) =>
          [
            `v${version}`,
            `permitted ${permitted.length === 0 ? 'none' : short(permitted)}`,
            ...(inheritable.length === 0 ? [] : [`inheritable ${short(inheritable)}`]),
            effective ? 'effective at once' : 'not effective by itself',
            ...(rootUid === undefined ? [] : [`for the namespace whose root is uid ${rootUid}`]),
            ...(known(counts) === false ? ['does not count here'] : []),
          ].join(', '),
        'none',
      ),
    },
    {
      label: 'on exec',
      text: show(
        onExec,
        ({ capabilities, fails, because }) =>
          `${fails === undefined ? `${capabilities?.effective.length ?? 0} effective, ${capabilities?.permitted.length ?? 0} permitted` : `refused with ${fails}`}: ${because.join('; ')}`,
        'none',
      ),
    },
  ];
}
