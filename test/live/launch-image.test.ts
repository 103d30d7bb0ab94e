// The image that the launcher runs: sealed memory or a file without a name, and 1,000 of them leave nothing behind.
import { closeSync, openSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { statusOfEnding } from '../../src/launch/ending.ts';
import { type Program, program } from '../../src/launch/program.ts';
import { launch } from '../../src/launch/run.ts';
import { waitFor } from '../lab/wait.ts';
import { children, descriptors, firstLine, killRunning, QUIET, RUNNERS, run, shell } from './launch-kit.ts';

// What hangs is to be known soon.
vi.setConfig({ testTimeout: 20_000 });

afterEach(killRunning);

describe('the image', () => {
  const readsItself = (): Program => {
    const p = program('test');
    const script = 'readlink /proc/$PPID/exe; cat /proc/$PPID/comm';
    p.fork('fork', (child) => p.passOn('wait', child));
    p.exec('sh', p.string('/bin/sh'), p.strings(['sh', '-c', script]), p.strings([]));
    return p;
  };
  const [runner] = RUNNERS.filter((each) => each.processor === process.arch);
  if (runner === undefined) throw new Error('no launcher for this machine');

  it('is a sealed memfd, which nobody can write to, and which is gone from here', async () => {
    const before = descriptors();
    const { stdout } = await run(runner, readsItself());
    expect(stdout).toContain('/memfd:porthole-launch (deleted)');
    expect(descriptors()).toEqual(before);

    const p = shell(runner, 'echo ready; read line');
    const { ended } = await run(runner, p, {
      stdio: ['pipe', 'pipe', 'pipe'],
      meanwhile: async (launched) => {
        await firstLine(launched);
        const exe = `/proc/${launched.pid}/exe`;
        // ETXTBSY while it runs, EPERM by its seals.
        expect(() => closeSync(openSync(exe, 'r+'))).toThrow(/ETXTBSY|EPERM|EACCES/);
        launched.child.stdin?.end('\n');
      },
    });
    expect(statusOfEnding(ended)).toBe(0);
  });

  it('is a file without a name where nothing may be run from memory', async () => {
    const before = descriptors();
    const { stdout, ended } = await run(runner, readsItself(), { onlyFromDisk: true });
    expect(stdout).toMatch(/\/porthole-\w{6}\/launch \(deleted\)/);
    expect(ended).toEqual({ how: 'exited', status: 0 });
    expect(descriptors()).toEqual(before);
  });

  it('is put somewhere else where one place takes no files', async () => {
    const saved = ['TMPDIR', 'XDG_RUNTIME_DIR'].map((name) => [name, process.env[name]] as const);
    const before = descriptors();
    // No files are made in /proc, and /var/tmp is the last place: it takes them.
    process.env['TMPDIR'] = '/proc';
    process.env['XDG_RUNTIME_DIR'] = '/sys';
    try {
      const { stdout } = await run(runner, readsItself(), { onlyFromDisk: true });
      expect(stdout).toContain('/var/tmp/porthole-');
    } finally {
      for (const [name, value] of saved) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
    expect(descriptors()).toEqual(before);
  });

  it('that cannot be started is a failure of step start', async () => {
    const before = descriptors();
    const options = { ...QUIET, stdio: ['ignore', 'pipe', 'ignore'], descriptors: [999_999] } as const;
    const failure = launch(readsItself(), options);
    await expect(failure).rejects.toThrow(
      'test test: start: bad file descriptor (EBADF); nothing was changed',
    );
    await waitFor(() => descriptors().length === before.length, 'its pipes to be closed');
  });

  it('1,000 starts leave no descriptor and no process', async () => {
    const p = shell(runner, 'exit 0');
    const none = { ...QUIET, stdio: ['ignore', 'ignore', 'ignore'] } as const;
    const once = async () => {
      const { started, ended } = await launch(p, none);
      expect([await started, await ended]).toEqual([{ ok: true }, { how: 'exited', status: 0 }]);
    };
    await once();
    const before = { fds: descriptors(), children: children() };
    for (let i = 0; i < 250; i++) await Promise.all([once(), once(), once(), once()]);
    expect({ fds: descriptors(), children: children() }).toEqual(before);
  });

  it('a start that fails leaves nothing either', async () => {
    const p = program('test');
    p.exec('nothing', p.string('/nowhere'), p.strings([]), p.strings([]));
    await run(runner, p);
    const before = { fds: descriptors(), children: children() };
    for (let i = 0; i < 50; i++) expect((await run(runner, p)).started.ok).toBe(false);
    expect({ fds: descriptors(), children: children() }).toEqual(before);
  });
});
