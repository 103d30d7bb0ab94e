// What the kernel does when limits are written, and programs do not expect.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab } from '../lab/index.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.create();
});
afterAll(() => lab?.close());

describe('limits of cgroup v1', () => {
  it('a cgroup that was idle has the usual weight, not the one it had', async () => {
    const cgroup = await lab.cgroup(['cpu'], 'pl-idle', { 'cpu.shares': '512' });
    cgroup.set('cpu.idle', '1');
    expect(cgroup.get('cpu.shares')).toBe('3');
    expect(() => cgroup.set('cpu.shares', '512')).toThrow(/EINVAL/);
    cgroup.set('cpu.idle', '0');
    expect(cgroup.get('cpu.shares')).toBe('1024');
  });

  it('memory is never above memory and swap together, at no moment', async () => {
    const cgroup = await lab.cgroup(['memory'], 'pl-memory', { 'memory.limit_in_bytes': '64M' });
    cgroup.set('memory.memsw.limit_in_bytes', '96M');
    expect(() => cgroup.set('memory.limit_in_bytes', '128M')).toThrow(/EINVAL/);
    expect(() => cgroup.set('memory.memsw.limit_in_bytes', '32M')).toThrow(/EINVAL/);
    cgroup.set('memory.memsw.limit_in_bytes', '160M');
    cgroup.set('memory.limit_in_bytes', '128M');
    expect(cgroup.get('memory.limit_in_bytes')).toBe(String(128 * 1024 * 1024));
  });

  it('what is denied where everything is allowed is not listed', async () => {
    const cgroup = await lab.cgroup(['devices'], 'pl-devices');
    expect(cgroup.get('devices.list')).toBe('a *:* rwm');
    cgroup.set('devices.deny', 'c 1:5 rwm');
    expect(cgroup.get('devices.list')).toBe('a *:* rwm');
    cgroup.set('devices.allow', 'c 1:5 rwm');
  });

  it('a limit of memory is rounded down to pages', async () => {
    const cgroup = await lab.cgroup(['memory'], 'pl-pages', { 'memory.limit_in_bytes': '100000000' });
    expect(Number(cgroup.get('memory.limit_in_bytes')) % 4096).toBe(0);
    expect(Number(cgroup.get('memory.limit_in_bytes'))).toBeLessThan(100_000_000);
  });
});
