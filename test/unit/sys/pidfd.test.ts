import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  AccessDeniedError,
  KernelParseError,
  ProcessGoneError,
  UnsupportedError,
} from '../../../src/kernel/errors.ts';
import { parsePidStat } from '../../../src/kernel/proc/stat.ts';
import { KernelFiles } from '../../../src/sys/kernel-files.ts';
import { HeldProcess } from '../../../src/sys/pidfd.ts';
import { isRoot } from './scratch.ts';

const files = new KernelFiles();
const started: ChildProcess[] = [];

async function child(): Promise<{ pid: number; starttimeTicks: number; process: ChildProcess }> {
  const process = spawn('sleep', ['60'], { stdio: 'ignore' });
  started.push(process);
  await once(process, 'spawn');
  const pid = process.pid ?? 0;
  return { pid, process, starttimeTicks: starttimeOf(pid) };
}

const starttimeOf = (pid: number) => parsePidStat(readFileSync(`/proc/${pid}/stat`, 'latin1')).starttimeTicks;
const pidfds = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return (
        readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:[pidfd]' ||
        readlinkSync(`/proc/self/fd/${fd}`).startsWith('pidfd:')
      );
    } catch {
      return false;
    }
  }).length;

async function end(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const exited = once(process, 'exit');
  process.kill('SIGKILL');
  await exited;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map(end));
});

describe('HeldProcess', () => {
  it.each([
    ['denied', 'EPERM', AccessDeniedError],
    ['unsupported', 'ENFILE', UnsupportedError],
    ['gone', 'ESRCH', ProcessGoneError],
    ['absent', 'ENOENT', ProcessGoneError],
  ] as const)('a process whose stat is %s', async (why, errno, expected) => {
    const before = pidfds();
    const { pid, starttimeTicks } = await child();
    const path = `/proc/${pid}/stat`;
    const unreadable: KernelFiles = Object.create(files, {
      small: { value: () => ({ ok: false, why, path, errno }) },
    });
    expect(() => HeldProcess.open(unreadable, pid, starttimeTicks)).toThrow(expected);
    expect(pidfds()).toBe(before);
  });

  it('holds the process that was chosen, tells that it ended, and lets go', async () => {
    const before = pidfds();
    const { pid, starttimeTicks, process } = await child();
    const held = HeldProcess.open(files, pid, starttimeTicks);
    expect(held.isAlive()).toBe(true);
    expect(pidfds()).toBe(before + 1);
    await end(process);
    expect(held.isAlive()).toBe(false);
    expect(() => held.signal(15)).toThrow(ProcessGoneError);
    held.close();
    held.close();
    expect(pidfds()).toBe(before);
    expect(() => held.fd).toThrow(ProcessGoneError);
  });

  it('delivers signals', async () => {
    const { pid, starttimeTicks, process } = await child();
    const held = HeldProcess.open(files, pid, starttimeTicks);
    const exited = once(process, 'exit');
    held.signal(15);
    expect(await exited).toEqual([null, 'SIGTERM']);
    held.close();
  });

  it('refuses another process with the same pid', async () => {
    const before = pidfds();
    const { pid, starttimeTicks } = await child();
    expect(() => HeldProcess.open(files, pid, starttimeTicks + 1)).toThrow('is another process now');
    expect(pidfds()).toBe(before);
  });

  it.each([
    [
      'that has ended',
      async () => {
        const { pid, process, starttimeTicks } = await child();
        await end(process);
        return { pid, starttimeTicks };
      },
    ],
    ['that never was', async () => ({ pid: 4_194_305, starttimeTicks: 1 })],
    ['0', async () => ({ pid: 0, starttimeTicks: 1 })],
    ['-1', async () => ({ pid: -1, starttimeTicks: 1 })],
  ])('refuses a pid %s', async (_name, chosen) => {
    const before = pidfds();
    const { pid, starttimeTicks } = await chosen();
    expect(() => HeldProcess.open(files, pid, starttimeTicks)).toThrow(ProcessGoneError);
    expect(pidfds()).toBe(before);
  });

  it('refuses through another mount of /proc: its pids are not ours', () => {
    expect(() => HeldProcess.open(new KernelFiles('/host/proc'), process.pid, 1)).toThrow(UnsupportedError);
  });

  it('lets go when stat is of a format it does not know', async () => {
    const { pid, starttimeTicks } = await child();
    class OddFiles extends KernelFiles {
      override small() {
        return { ok: true as const, value: 'nonsense' };
      }
    }
    const before = pidfds();
    expect(() => HeldProcess.open(new OddFiles(), pid, starttimeTicks)).toThrow(KernelParseError);
    expect(pidfds()).toBe(before);
  });

  it.skipIf(isRoot)('says which right is missing', () => {
    const held = HeldProcess.open(files, 1, starttimeOf(1));
    expect(() => held.signal(0)).toThrow(AccessDeniedError);
    expect(held.isAlive()).toBe(true);
    held.close();
  });
});
