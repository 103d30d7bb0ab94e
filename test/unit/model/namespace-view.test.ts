// The join of what was found about namespaces: fabricated facts, no kernel.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namespaceColumns } from '../../../src/model/namespace-columns.ts';
import { ContainerTree } from '../../../src/model/namespace-container.ts';
import type { NamespaceRelations, NamespaceSighting } from '../../../src/model/namespace-facts.ts';
import { namespaceUsers } from '../../../src/model/namespace-users.ts';
import { type NamespaceView, namespaceViews } from '../../../src/model/namespace-view.ts';
import type { ProcessFacts } from '../../../src/model/sample.ts';
import { DENIED, INITIAL, proc } from './facts.ts';

const NET = 4026540001;
const MNT = 4026540002;

function joined(
  list: readonly ProcessFacts[],
  sightings: readonly NamespaceSighting[] = [],
  inContainer: readonly number[] = [],
  relations: ReadonlyMap<number, NamespaceRelations> = new Map(),
): NamespaceView[] {
  const processes = new Map(list.map((facts) => [facts.pid, facts]));
  const containerOfPid = new Map(inContainer.map((pid) => [pid, 'box']));
  const init = processes.get(inContainer[0] ?? -1);
  return namespaceViews({
    processes,
    users: namespaceUsers(processes, containerOfPid, INITIAL),
    sightings,
    relations,
    details: new Map(),
    leaders: new Map(),
    containerOfPid,
    containers: new ContainerTree([{ key: 'box', init, parent: undefined }], processes),
    host: INITIAL,
  });
}

const found = (views: readonly NamespaceView[], inode: number) => views.find((each) => each.inode === inode);
const box = [
  proc(10, 1, 'runc'),
  proc(20, 10, 'sh', { ns: { net: NET } }),
  proc(21, 20, 'x', { ns: { net: NET } }),
];

describe('the column that tells about one', () => {
  const about = namespaceColumns(new Map()).columns.find(({ id }) => id === 'about');

  it.each<[ascii: boolean, expected: string]>([
    [false, 'owner uid 1000  0→1000 ×1'],
    [true, 'owner uid 1000  0->1000 x1'],
  ])('ASCII alone: %s', (ascii, expected) => {
    const [view] = joined(box);
    if (view === undefined) throw new Error('no namespace was found');
    const user: NamespaceView = {
      ...view,
      type: 'user',
      initial: false,
      ownerUid: 1000,
      uidMap: [{ inside: 0, outside: 1000, count: 1 }],
    };
    expect(about?.text(user, { raw: false, nowMs: 0, ascii })).toBe(expected);
  });
});

describe('container', () => {
  it.each<[string, readonly ProcessFacts[], string | undefined]>([
    ['of all who use it', box, 'box'],
    ['with what started it', [proc(10, 1, 'runc', { ns: { net: NET } }), ...box.slice(1)], 'box'],
    ['not with a stranger', [...box, proc(30, 1, 'y', { ns: { net: NET } })], undefined],
  ])('%s', (_name, list, key) => expect(found(joined(list, [], [20, 21]), NET)?.container).toBe(key));

  it('of what keeps one without processes, through a chain', () => {
    const views = joined(
      box,
      [
        { type: 'mnt', inode: MNT, holder: { kind: 'fd', pid: 20, fd: 3 } },
        { type: 'uts', inode: 4026540003, holder: { kind: 'bind', path: '/x', mntNs: MNT } },
      ],
      [20, 21],
    );
    expect(found(views, 4026540003)).toMatchObject({ nprocs: 0, container: 'box' });
  });
});

it('marks what is a least number, and only then', () => {
  expect(found(joined(box), NET)?.isPartial).toBeUndefined();
  expect(found(joined([...box, proc(40, 1, 'z', { namespaces: DENIED })]), NET)?.isPartial).toBe(true);
});

it('counts every process once, lists ten at most, and the first is the leader', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 100, max: 9999 }), { minLength: 1, maxLength: 40 }),
      (pids) => {
        const view = found(joined(pids.map((pid) => proc(pid, 1, 'p', { ns: { net: NET } }))), NET);
        expect(view?.nprocs).toBe(pids.length);
        expect(view?.holders.process).toBe(pids.length);
        expect(view?.heldBy).toHaveLength(Math.min(10, pids.length));
        expect(view?.leaderPid).toBe(Math.min(...pids));
      },
    ),
  );
});
