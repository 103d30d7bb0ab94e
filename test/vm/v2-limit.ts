/** `porthole limit` on a kernel with cgroup v2 alone (limit.sh), whatever machine it runs in. */
import { expect, it } from 'vitest';
import { schemaErrors } from '../schema.ts';
import { describeScript } from './script-run.ts';
import type { V2Machine } from './v2-kernel.ts';

/** What was asked for, the file, and what it says then; without a file this kernel's machines lack the controller. */
const KEYS: readonly (readonly [words: string, files: Readonly<Record<string, string>>, needs?: string])[] = [
  ['memory=200M', { 'memory.max': '209715200' }],
  ['memory-high=100M', { 'memory.high': '104857600' }],
  ['memory-low=32M', { 'memory.low': '33554432' }],
  ['swap=10M', { 'memory.swap.max': '10485760' }, 'memory.swap.max'],
  ['cpu=0.5', { 'cpu.max': '50000 100000' }],
  ['cpu=30000/50000', { 'cpu.max': '30000 50000' }],
  ['cpu=50% cpu-burst=20ms', { 'cpu.max': '50000 100000' }],
  ['cpu-idle=1', { 'cpu.idle': '1' }],
  ['cpu-weight=200', { 'cpu.weight': '200' }],
  ['cpu-shares=1024', {}],
  ['cpu-shares=2000', { 'cpu.weight': '170' }],
  ['cpuset-cpus=0', { 'cpuset.cpus': '0' }, 'cpuset.cpus'],
  ['cpuset-mems=0', { 'cpuset.mems': '0' }, 'cpuset.mems'],
  ['pids=50', { 'pids.max': '50' }],
  ['io', { 'io.max': 'DISK rbps=1048576 wbps=max riops=max wiops=200' }],
  ['io-weight=200', { 'io.weight': 'default 200' }, 'io.weight'],
  ['blkio-weight=500', { 'io.weight': 'default 4950' }, 'io.weight'],
  ['hugetlb=2MB:4M', { 'hugetlb.2MB.max': '4194304' }, 'hugetlb.2MB.max'],
];

export function describeLimits({ name, missing, run }: V2Machine): void {
  const title = `limit in ${name}`;
  const more = { diskBytes: 2 ** 23 };
  // Some sixty commands, each of which takes seconds where a processor is emulated.
  describeScript({ title, missing, run, script: 'limit.sh', deadlineMs: 480_000, more }, (results) => {
    const file = (path: string) => results().file(`limit/${path}`);
    const failed = (path: string, said: RegExp, status = 4) => {
      expect(file(`${path}.err`)).toMatch(said);
      expect(file(`${path}.status`)).toBe(`${status}\n`);
    };

    it.each(KEYS.map(([words, files, needs], index) => ({ words, files, needs, n: index + 1 })))(
      '$words',
      ({ files, needs, n }) => {
        const before = file(`${n}.before`);
        if (needs !== undefined && !before.includes(`${needs}:`)) {
          failed(`${n}`, /nothing was changed/);
          expect(file(`${n}.after`)).toBe(before);
          return;
        }
        expect(file(`${n}.status`), file(`${n}.err`)).toBe('0\n');
        for (const [name, text] of Object.entries(files)) {
          const line = `${name}:${text.replace('DISK', file('disk').trim())}`;
          expect(file(`${n}.after`).split('\n')).toContain(line);
        }
        if (Object.keys(files).length > 0)
          expect(file(`${n}.undo.status`), file(`${n}.undo.err`)).toBe('0\n');
        // No list is empty again while there are processes: then it is what the parent has.
        const plain = (text: string) => text.replace(/^(cpuset\.\w+:)[\d,-]+$/gm, '$1');
        expect(plain(file(`${n}.undone`))).toBe(plain(before));
      },
    );

    it('shows every limit in a document that fits its schema', () => {
      const document = JSON.parse(results().output('limit/show'));
      expect(schemaErrors('limit', document)).toEqual([]);
      const keys = document.limits.map(({ key }: { key: string }) => key);
      for (const key of ['memory', 'memory-high', 'cpu', 'cpu-weight', 'pids', 'io', 'devices'])
        expect(keys).toContain(key);
      expect(schemaErrors('limit-history', JSON.parse(results().output('limit/history')))).toEqual([]);
    });

    /** Processor seconds a second of each cgroup. */
    const rates = (path: string) => {
      const numbers = (which: string) => file(`${path}.${which}`).trim().split('\n').map(Number);
      const [before, after] = [numbers('before'), numbers('after')];
      const span = (after.at(-1) ?? 0) - (before.at(-1) ?? 0);
      return after.slice(0, -1).map((each, index) => (each - (before[index] ?? 0)) / 1e6 / span);
    };

    it('two busy loops share a processor 1:4', () => {
      const [one = 0, four = 0] = rates('weight');
      expect(four / one).toBeGreaterThan(3.4);
      expect(four / one).toBeLessThan(4.6);
    });

    it('a busy loop is held to a quarter of a core', () => {
      const [rate] = rates('quarter');
      expect(rate).toBeGreaterThan(0.22);
      expect(rate).toBeLessThan(0.28);
    });

    it('dd is held to a megabyte a second', () => {
      const [start = 0, end = 0] = file('dd.time').trim().split('\n').map(Number);
      // 4 MiB.
      expect(end - start).toBeGreaterThan(3);
      expect(end - start).toBeLessThan(8);
    });

    it('forks stop at the limit of pids', () => {
      expect(Number(file('forks.current'))).toBeLessThanOrEqual(20);
      expect(Number(file('forks.current'))).toBeGreaterThan(15);
    });

    it('an allocation is killed at the limit of memory, and that is told', () => {
      const document = JSON.parse(results().output('limit/oom-shown'));
      const memory = document.limits.find(({ key }: { key: string }) => key === 'memory');
      expect(memory.value).toBe(33554432);
      expect(memory.oomKills).toBeGreaterThan(0);
    });

    it('less memory than is used is refused, with what memory-high would do', () => {
      failed(
        'below',
        /memory=20\.0M is below the \d+(?:\.\d)?M that it uses .*would kill processes .*memory-high=20\.0M slows it down.*--force.*nothing was changed/,
      );
      expect(file('below.max')).toBe('max\n');
      expect(file('high.status')).toBe('0\n');
      expect(file('high.err')).toMatch(/it will be slowed down until it fits/);
    });

    it('when the last of three fails, the others are as before', () => {
      failed(
        'second',
        /cpu\.max\.burst: 0 -> 90000.*what was written before is put back: every file is as it was/,
      );
      expect(file('second.after')).toBe(file('second.before'));
    });

    it('what there is not', () => {
      failed('swappiness', /cgroup v2 has no such limit; .*nothing was changed/);
      failed('nobody', /needs write access to the cgroup/, 5);
      failed(
        'disabled',
        /the pids controller is not enabled for \/lab\/bare\/leaf: write \+pids to \/sys\/fs\/cgroup\/lab\/bare\/cgroup\.subtree_control; nothing was changed/,
      );
    });

    const denied = /(?:Operation not permitted|[Pp]ermission denied|cannot open).*\n[12]\n$/;
    const allowed = /^0\n$/;
    const opens = (path: string, how: RegExp) => expect(file(`${path}.opens`), path).toMatch(how);

    it('a device is denied and allowed again, by programs', () => {
      opens('device-before', allowed);
      expect(results().output('limit/device-deny')).toMatch(
        /lab\/device: devices \(BPF\): unknown -> deny c 1:5 rwm, else as before/,
      );
      opens('device-deny', denied);
      results().output('limit/device-allow');
      opens('device-allow', allowed);
      results().output('limit/device-undo');
      opens('device-undo', denied);
      results().output('limit/device-undo2');
      opens('device-undo2', allowed);
      failed('device-for', /do not go back by themselves/);
      const { limits } = JSON.parse(results().output('limit/device-shown'));
      expect(limits.find(({ key }: { key: string }) => key === 'devices').value.unknown).toBe('unsupported');
    });

    it("runc's program keeps what it decides but for what was changed", () => {
      expect(file('runc.status'), file('runc.err')).toBe('0\n');
      opens('runc-before-zero', allowed);
      opens('runc-before-kmsg', denied);
      results().output('limit/runc-deny', /runc|^$/);
      results().output('limit/runc-allow', /runc|^$/);
      opens('runc-after-zero', denied);
      opens('runc-after-kmsg', allowed);
      opens('runc-after-null', allowed);
      results().output('limit/runc-undo');
      results().output('limit/runc-undo2');
      opens('runc-undone-zero', allowed);
      opens('runc-undone-kmsg', denied);
    });

    it('goes back by itself', () => {
      expect(file('for.set')).toContain('memory.max:104857600');
      expect(file('for.set')).toContain('cpu.weight:50');
      expect(file('for.after')).toBe(file('for.before'));
      const { until } = JSON.parse(results().output('limit/for'));
      const late = Number(file('for.time')) - Date.parse(until) / 1000;
      expect(late).toBeGreaterThan(-0.1);
      // The shell that looks takes its time where a processor is emulated; on the host it is less than a second.
      expect(late).toBeLessThan(3);
    });
  });
}
