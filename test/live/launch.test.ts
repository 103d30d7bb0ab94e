// The launcher's stub, run for real, for both processors: statuses, failures by step, jumps and results, and waiting for Porthole.
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, vi } from 'vitest';
import { statusOfEnding, statusOfError } from '../../src/launch/ending.ts';
import { CLONE, FCNTL, OPEN } from '../../src/launch/flags.ts';
import type { launch } from '../../src/launch/run.ts';
import { u32 } from '../../src/launch/structs.ts';
import { sys } from '../../src/launch/syscalls.ts';
import { describeRunners, killRunning, run, shell } from './launch-kit.ts';

// What hangs is to be known soon.
vi.setConfig({ testTimeout: 20_000 });

const directory = mkdtempSync(join(tmpdir(), 'porthole-launch-test-'));
afterEach(killRunning);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describeRunners(({ runner, test, testHere, make }) => {
  const { processor } = runner;
  const { O_WRONLY, O_CREAT, O_EXCL, O_CLOEXEC } = OPEN[processor];

  test('writes a file, through a descriptor that an earlier step opened', async () => {
    const p = make();
    const path = join(directory, `written-${processor}`);
    const text = 'von Anfang bis Ende\n';
    p.step('umask', sys.umask, 0o27);
    const fd = p
      .step('open', sys.openat, -100, p.string(path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      .result('fd');
    p.step('write', sys.write, fd, p.string(text), text.length);
    p.step('end', sys.exit_group, 0);
    const { started, ended } = await run(runner, p);
    expect([started, ended]).toEqual([{ ok: true }, { how: 'exited', status: 0 }]);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test('gives every exit status from 0 to 255, from a command and through who waits for it', async () => {
    const direct = async (status: number) => {
      const p = make();
      p.step('end', sys.exit_group, status);
      return (await run(runner, p, { stdio: ['ignore', 'ignore', 'ignore'] })).ended;
    };
    const forked = async (status: number) => {
      const p = make();
      p.fork('fork', (child) => p.passOn('wait', child));
      p.step('end', sys.exit_group, status);
      return (await run(runner, p, { stdio: ['ignore', 'ignore', 'ignore'] })).ended;
    };
    for (let status = 0; status < 256; status++) {
      const both = await Promise.all([direct(status), forked(status)]);
      expect(both).toEqual(Array(2).fill({ how: 'exited', status }));
    }
  });

  test.each([
    ['SIGHUP', 129],
    ['SIGKILL', 137],
    ['SIGSEGV', 139],
    ['SIGTERM', 143],
    ['SIGUSR1', 138],
  ] as const)('a death by %s is passed on as one', async (signal, status) => {
    const { ended } = await run(runner, shell(runner, `kill -${signal.slice(3)} $$`));
    expect(ended).toEqual({ how: 'signalled', signal });
    expect(statusOfEnding(ended)).toBe(status);
  });

  // qemu keeps some real-time signals for itself.
  testHere('a death by a real-time signal is a status: Node would say 0', async () => {
    const { ended } = await run(runner, shell(runner, 'kill -40 $$'));
    expect(ended).toEqual({ how: 'exited', status: 168 });
  });

  test('names the step that failed, with its errno, and runs none after it', async () => {
    const p = make();
    const path = join(directory, 'never');
    p.step('setns(net)', sys.setns, 0, CLONE.CLONE_NEWNET);
    p.step('open', sys.openat, -100, p.string(path), O_WRONLY | O_CREAT, 0o666);
    const { started, ended } = await run(runner, p);
    if (started.ok) throw new Error('it started');
    expect(started.error.message).toBe(
      'test test: setns(net): invalid argument (EINVAL); nothing was changed',
    );
    expect([statusOfEnding(ended), statusOfError(started.error)]).toEqual([125, 125]);
    expect(() => readFileSync(path)).toThrow('ENOENT');
  });

  test('EPERM of somebody without rights', async () => {
    const p = make();
    p.step('setresuid', sys.setresuid, 65534, 65534, 65534);
    p.step('unshare(net)', sys.unshare, CLONE.CLONE_NEWNET);
    const { started } = await run(runner, p);
    expect(started).toMatchObject({ ok: false, error: { step: 'unshare(net)', errno: 'EPERM' } });
  });

  test.each([
    ['not there', '/nowhere/at/all', 'ENOENT', 127],
    ['below a file', '/etc/passwd/sh', 'ENOTDIR', 127],
    ['not executable', '/etc/passwd', 'EACCES', 126],
    ['a directory', '/etc', 'EACCES', 126],
  ])('a command that is %s', async (_name, path, errno, status) => {
    const p = make();
    p.step('close on exec', sys.fcntl, 3, FCNTL.F_SETFD, 1);
    p.fork('fork', (child) => {
      p.step('close(status)', sys.close, 3);
      p.passOn('wait', child);
    });
    p.exec(`execve(${path})`, p.string(path), p.strings([path]), p.strings([]));
    const { started, ended } = await run(runner, p);
    if (started.ok) throw new Error('it started');
    expect(started.error).toMatchObject({ step: `execve(${path})`, errno, syscall: 'execve' });
    expect([statusOfError(started.error), statusOfEnding(ended)]).toEqual([status, 125]);
  });

  test('tries one program after another, as a search of PATH does', async () => {
    const p = make();
    for (const path of ['/nowhere/sh', '/etc/passwd/sh'])
      p.exec(path, p.string(path), p.strings(['sh']), p.strings([])).ignore(['ENOENT', 'ENOTDIR']);
    p.exec('sh', p.string('/bin/sh'), p.strings(['sh', '-c', 'exit 3']), p.strings([]));
    expect((await run(runner, p)).ended).toEqual({ how: 'exited', status: 3 });
  });

  test('goes on after an errno that was to be expected, elsewhere if it was told so', async () => {
    const p = make();
    const there = p.label();
    p.step('chdir', sys.chdir, p.string('/nowhere')).ignore(['EACCES', 'ENOENT']);
    const result = p.step('close', sys.close, 99).ignore('EBADF', there).result('result');
    p.step('not here', sys.exit_group, 1);
    p.mark(there);
    p.report('result', result);
    p.step('end', sys.exit_group, 0);
    const { ended, reports } = await run(runner, p);
    expect([ended, reports]).toEqual([{ how: 'exited', status: 0 }, [['result', -9]]]);
  });

  test('flags of open that differ between processors are those of this one', async () => {
    const link = join(directory, `link-${processor}`);
    symlinkSync('/etc', link);
    const p = make();
    const { O_DIRECTORY, O_NOFOLLOW } = OPEN[processor];
    for (const [label, path, flags] of [
      ['a directory', '/etc', O_DIRECTORY],
      ['no directory', '/etc/passwd', O_DIRECTORY],
      ['no link', '/etc', O_NOFOLLOW],
      ['a link', link, O_NOFOLLOW],
    ] as const) {
      const fd = p
        .step(label, sys.openat, -100, p.string(path), flags, 0)
        .ignore(['ENOTDIR', 'ELOOP'])
        .result('fd');
      p.report(label, fd);
    }
    p.step('end', sys.exit_group, 0);
    const { reports } = await run(runner, p);
    expect(reports.map(([label, fd]) => [label, Math.min(fd, 0)])).toEqual([
      ['a directory', 0],
      ['no directory', -20],
      ['no link', 0],
      ['a link', -40],
    ]);
  });

  test('an environment of megabytes', async () => {
    const p = make();
    const environment = Array.from({ length: 12 }, (_, i) => `V${i}=${'x'.repeat(100_000)}`);
    const script = `echo \${#V0} \${#V11}`;
    p.exec('sh', p.string('/bin/sh'), p.strings(['sh', '-c', script]), p.strings(environment));
    expect((await run(runner, p)).stdout).toBe('100000 100000\n');
  });

  test('counts and jumps', async () => {
    const p = make();
    const again = p.label();
    const odd = p.label();
    const n = p.slot('n');
    p.mark(again);
    p.add('count', n, 1, n);
    p.jumpIf('odd?', n, { mask: 1, equals: 1 }, odd);
    p.report('even', n);
    p.mark(odd);
    p.jumpIf('enough?', n, { equals: 5, unless: true }, again);
    p.step('end', sys.exit_group, n);
    const { ended, reports } = await run(runner, p);
    expect([ended, reports]).toEqual([
      { how: 'exited', status: 5 },
      [
        ['even', 2],
        ['even', 4],
      ],
    ]);
  });

  test('a result can fill four bytes of a structure, and leaves the next four alone', async () => {
    const p = make();
    const polled = p.bytes(Buffer.concat([u32(0xffff_ffff), u32(0x0000_0001)]), '[{fd=<fd>}]');
    const fd = p.step('open', sys.openat, -100, p.string('/dev/null'), 0, 0).storeIn(polled, 4);
    expect(fd).toBeDefined();
    const ready = p.step('poll', sys.ppoll, polled, 1, 0, 0, 0).result('ready');
    p.step('end', sys.exit_group, ready);
    expect((await run(runner, p)).ended).toEqual({ how: 'exited', status: 1 });
  });

  test('waits for Porthole, and fails when Porthole goes away instead', async () => {
    const waits = () => {
      const p = make();
      p.report('here', 1);
      p.waitForParent('go');
      p.step('end', sys.exit_group, 9);
      return p;
    };
    const tell = (what: 'go' | 'hang up') => {
      let launched: Awaited<ReturnType<typeof launch>> | undefined;
      return run(runner, waits(), {
        onReport: () => (what === 'go' ? launched?.go() : launched?.child.status.destroy()),
        meanwhile: (each) => {
          launched = each;
        },
      });
    };
    expect(await tell('go')).toMatchObject({ started: { ok: true }, ended: { status: 9 } });
    // Whom it could tell of its failure is gone, so only its end says so; and writing to nobody ends it.
    const { ended } = await tell('hang up');
    expect([
      { how: 'exited', status: 125 },
      { how: 'signalled', signal: 'SIGPIPE' },
    ]).toContainEqual(ended);
  });

  test('a program that does not end says so', async () => {
    const p = make();
    p.step('setsid', sys.setsid).ignore('EPERM');
    const { started, ended } = await run(runner, p);
    expect(started).toMatchObject({ ok: false, error: { step: 'step 1', errno: 'ENOEXEC' } });
    expect(ended).toEqual({ how: 'exited', status: 125 });
  });
});
