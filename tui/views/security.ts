/** How each container is confined; of one container, every capability and what it is worth. Data. */
import { isUnknown, known } from '../../src/kernel/reading.ts';
import { CAPABILITY_TITLES, capabilityTexts, capsSummary } from '../../src/model/caps-text.ts';
import type { CapsView } from '../../src/model/caps-view.ts';
import { SECURITY_COLUMNS } from '../../src/model/security-columns.ts';
import type { SecurityRow } from '../../src/model/security-row.ts';
import { type Block, type Cell, EMPTY_LINE, fact, line } from '../blocks.ts';
import { tableView } from './table-view.ts';
import type { PageView } from './view.ts';

export const securityView = tableView<SecurityRow>({
  id: 'security',
  title: 'Security',
  needs: 'security',
  noun: ['container', 'containers'],
  set: SECURITY_COLUMNS,
  layout: [
    { column: 'name', width: 16, growTo: 30 },
    { column: 'runtime', width: 10, fromColumns: 96 },
    { column: 'uid', width: 6, fromColumns: 70 },
    { column: 'user-ns', width: 8 },
    { column: 'root-uid', width: 8, fromColumns: 110 },
    { column: 'caps', width: 5 },
    { column: 'beyond', width: 16, growTo: 60 },
    { column: 'seccomp', width: 8 },
    { column: 'nnp', width: 4, fromColumns: 76 },
    { column: 'lsm', width: 10, growTo: 40, fromColumns: 90 },
    { column: 'dropped', width: 12, growTo: 100, fromColumns: 130 },
  ],
  sortBy: { column: 'caps', reversed: false },
  opens: 'container',
  filterExamples: ['caps>14', 'seccomp=disabled', 'user-ns=host'],
  rows: ({ frame: { listing } }) => (listing?.kind === 'security' ? listing.rows : []),
  name: ({ name }) => name,
  container: ({ key }) => key,
  tone: ({ caps }, column) => {
    const view = known(caps);
    if (view === undefined) return undefined;
    if (column === 'beyond' || column === 'caps')
      return view.againstDefault.effective.added.length > 0 ? 'watch' : undefined;
    return column === 'seccomp' && view.seccomp === 'disabled' ? 'watch' : undefined;
  },
});

/** Of one container. */
export const capabilitiesView: PageView = {
  kind: 'page',
  id: 'capabilities',
  title: 'Security',
  needs: 'security',
  blocks: ({ frame: { listing }, scope, unicode }) => {
    if (listing?.kind !== 'security') return [];
    const row = listing.rows.find(({ key }) => key === scope?.key);
    return row === undefined ? [] : rowBlocks(row, unicode);
  },
};

function rowBlocks({ caps, lsm, pid }: SecurityRow, unicode: boolean): Block[] {
  const confined = isUnknown(lsm) ? `${lsm.unknown}: ${lsm.errno} ${lsm.path}` : (lsm ?? 'none');
  const head = [fact('process', `init, pid ${pid}`), fact('lsm', confined)];
  if (caps === undefined) return head;
  if (isUnknown(caps))
    return [...head, fact('capabilities', `${caps.unknown}: ${caps.errno} ${caps.path}`, 'watch')];
  return [
    ...head,
    ...capsSummary(caps).map(({ label, text }) => fact(label, text)),
    ...idMaps(caps),
    EMPTY_LINE,
    line(...capabilityCells(CAPABILITY_TITLES, 'heading')),
    ...caps.rows.map((each) =>
      line(...capabilityCells(capabilityTexts(each, !unicode), each.effective ? 'plain' : 'faint')),
    ),
  ];
}

function idMaps({ userNamespace: { uidMap, gidMap } }: CapsView): Block[] {
  const text = (map: CapsView['userNamespace']['uidMap']) =>
    isUnknown(map)
      ? `${map.unknown}: ${map.errno} ${map.path}`
      : (map ?? []).map(({ inside, outside, count }) => `${inside}>${outside} x${count}`).join(', ') ||
        'none';
  return [fact('uid map', text(uidMap)), fact('gid map', text(gidMap))];
}

const WIDTHS = [24, 2, 2, 2, 2, 3, 8, 8];

function capabilityCells(texts: readonly string[], tone: NonNullable<Cell['tone']>): Cell[] {
  return texts.map((text, i): Cell => {
    const width = WIDTHS[i];
    return { text: i === 0 ? ` ${text}` : text, tone, ...(width !== undefined && { width }) };
  });
}
