/** What `porthole ns` must say of what v2-kernel.sh has made: every namespace that lsns has, and those that it has not. */
import { expect, it } from 'vitest';
import type { NamespaceView } from '../../src/model/namespace-view.ts';
import { schemaErrors } from '../schema.ts';
import type { Results } from './results.ts';

interface Lsns {
  readonly ns: number;
  readonly type: string;
  readonly nprocs: number;
  readonly pid: number;
}

export function namespaceTests(results: () => Results, isFull: boolean): void {
  const seen = (): readonly NamespaceView[] => JSON.parse(results().output('ns/ns')).namespaces;
  const lsns = (when: 'before' | 'after'): readonly Lsns[] =>
    JSON.parse(results().file(`ns/lsns.${when}`)).namespaces;

  it('is what the schema says', () => {
    expect(schemaErrors('ns', JSON.parse(results().output('ns/ns')))).toEqual([]);
  });

  it('has every namespace that lsns lists, with as many processes', () => {
    const ours = new Map(seen().map((each) => [each.inode, each]));
    const then = new Map(lsns('before').map((each) => [each.ns, each]));
    const steady = lsns('after').filter((each) => then.get(each.ns)?.nprocs === each.nprocs);
    expect(steady.length).toBeGreaterThan(30);
    const types = new Set(steady.map(({ type }) => type));
    expect(types.size).toBe(isFull ? 8 : 7);
    for (const { ns, type, nprocs, pid } of steady)
      expect(ours.get(ns), `${type} ${ns}`).toMatchObject({ type, nprocs, leaderPid: pid });
  });

  it('has those without a process as well, each with what keeps it', () => {
    const known = new Set([...lsns('before'), ...lsns('after')].map(({ ns }) => ns));
    const more = seen().filter(({ inode }) => !known.has(inode));
    expect(more.map(({ inode }) => inode)).toContain(Number(results().file('ns/named')));
    for (const each of more) {
      expect(each.nprocs, String(each.inode)).toBe(0);
      expect(each.heldBy.length, String(each.inode)).toBeGreaterThan(0);
    }
    expect(results().file('ns/ip-netns')).toMatch(/^named\b/);
  });

  it.runIf(isFull)('time namespaces: one with a process, and one that only waits for children', () => {
    const links = results()
      .file('ns/times')
      .matchAll(/\/proc\/(\d+)\/ns\/(\w+) -> time:\[(\d+)\]/g);
    const byPid = new Map<string, Record<string, number>>();
    for (const [, pid = '', link = '', inode] of links)
      byPid.set(pid, { ...byPid.get(pid), [link]: Number(inode) });
    const ours = new Map(
      seen().flatMap((each) => (each.type === 'time' ? [[each.inode, each] as const] : [])),
    );
    const inodes = new Set([...byPid.values()].flatMap((each) => Object.values(each)));
    expect(inodes.size).toBeGreaterThan(2);
    expect([...ours.keys()].sort()).toEqual([...inodes].sort());
    const lived = new Set([...byPid.values()].flatMap((each) => each['time'] ?? []));
    const waiting = [...inodes].filter((inode) => !lived.has(inode));
    expect(waiting).toHaveLength(1);
    expect(ours.get(waiting[0] ?? 0)).toMatchObject({ nprocs: 0, heldBy: [{ kind: 'child' }] });
  });
}
