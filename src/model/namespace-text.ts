/** Facts about namespaces in words, for tables and trees. Text is not yet harmless here. Pure. */
import type { IdRange } from '../kernel/proc/id-map.ts';
import { isKnown, isUnknown, known } from '../kernel/reading.ts';
import { UNKNOWN_MARK } from './format.ts';
import type { Holder } from './namespace-facts.ts';
import type { NamespaceView } from './namespace-view.ts';

/** What keeps it alive: with processes the kinds, without them the thing itself. Undefined when nothing was seen. */
export function heldByText({ heldBy, holders, nprocs }: NamespaceView): string | undefined {
  const [first] = heldBy;
  if (first === undefined) return undefined;
  if (nprocs > 0) return Object.keys(holders).join(', ');
  const total = Object.values(holders).reduce((sum, count) => sum + count, 0);
  return total > 1 ? `${holderText(first)}, ${total - 1} more` : holderText(first);
}

export function holderText(holder: Holder): string {
  const { kind, pid = 0, tid = 0, fd = 0 } = holder;
  switch (kind) {
    case 'process':
      return `process ${pid}`;
    case 'thread':
      return `thread ${tid} of ${pid}`;
    case 'child':
      return `children of ${holder.tid === undefined ? pid : `thread ${tid} of ${pid}`}`;
    case 'fd':
    case 'socket':
      return `${kind} ${fd} of ${pid}`;
    case 'bind':
      return `bind ${holder.path} in mnt ${holder.mntNs}`;
    case 'descendant':
      return `${holder.type} ${holder.inode}`;
  }
}

/** What is worth saying of this type: hostname, interfaces, id maps. */
export function aboutText(view: NamespaceView, ascii = false): string | undefined {
  const parts: string[] = [];
  if (view.initial) parts.push('initial');
  if (view.type === 'user' && !view.initial) {
    parts.push(
      `owner uid ${isUnknown(view.ownerUid) ? UNKNOWN_MARK : (known(view.ownerUid) ?? UNKNOWN_MARK)}`,
    );
    parts.push(idMapText(view, ascii));
  }
  if (isUnknown(view.hostname) || isUnknown(view.interfaces)) parts.push(UNKNOWN_MARK);
  if (isKnown(view.hostname)) parts.push(view.hostname);
  if (isKnown(view.interfaces)) parts.push(view.interfaces.join(' '));
  const text = parts.filter((part) => part !== '').join('  ');
  return text === '' ? undefined : text;
}

const MOST_RANGES = 3;

/** `0→1000 ×1`; more than a few ranges are counted. */
function idMapText({ uidMap }: NamespaceView, ascii: boolean): string {
  if (isUnknown(uidMap)) return UNKNOWN_MARK;
  if (uidMap === undefined) return '';
  if (uidMap.length === 0) return 'not mapped';
  const shown = uidMap.slice(0, MOST_RANGES).map((range) => rangeText(range, ascii));
  return uidMap.length > MOST_RANGES ? `${shown.join(' ')} +${uidMap.length - MOST_RANGES}` : shown.join(' ');
}

const rangeText = ({ inside, outside, count }: IdRange, ascii: boolean) =>
  ascii ? `${inside}->${outside} x${count}` : `${inside}→${outside} ×${count}`;
