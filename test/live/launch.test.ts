// The launcher's stub, run for real, for both processors: statuses, signals, failures by step, and nothing left behind.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { statusOfEnding, statusOfError } from '../../src/launch/ending.ts';
import { CLONE, FCNTL, OPEN } from '../../src/launch/flags.ts';
import { type Program, program } from '../../src/launch/program.ts';
import { launch } from '../../src/launch/run.ts';
import { cloneArguments, u32 } from '../../src/launch/structs.ts';
import { sys } from '../../src/launch/syscalls.ts';
import { waitFor } from '../lab/wait.ts';
import {
  children,
  descriptors,
  firstLine,
  killRunning,
  QUIET,
  RUNNERS,
  run,
  shell,
  stateOf,
} from './launch-kit.ts';

// What hangs is to be known soon.
vi.setConfig({ testTimeout: 20_000 });

const directory = mkdtempSync(join(tmpdir(), 'porthole-launch-test-'));
afterEach(killRunning);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe.each(RUNNERS.map((runner) => [runner.name + runner.missing, runner] as const))(
  '%s',
  (_name, runner) => {
    const { processor, missing } = runner;
    const test = it.skipIf(missing !== '');
    const make = () => program('test', processor);
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
    it.skipIf(missing !== '' || processor !== process.arch)(
      'a death by a real-time signal is a status: Node would say 0',
      async () => {
        const { ended } = await run(runner, shell(runner, 'kill -40 $$'));
        expect(ended).toEqual({ how: 'exited', status: 168 });
      },
    );

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

    test('stdin, stdout and stderr are what was given, and megabytes go through them unchanged', async () => {
      const p = shell(runner, 'cat; echo done >&2');
      const bytes = Buffer.alloc(4_000_000, 'Zeile fuer Zeile\n');
      const { stdout, stderr } = await run(runner, p, {
        stdio: ['pipe', 'pipe', 'pipe'],
        meanwhile: ({ child }) => child.stdin?.end(bytes),
      });
      expect(Buffer.from(stdout).equals(bytes)).toBe(true);
      expect(stderr).toBe('done\n');
    });

    test('passed descriptors are where the program expects them, and the command has none of them', async () => {
      const fds = ['/etc', '/usr', '/proc'].map((path) => openSync(path, 'r'));
      try {
        const p = make();
        p.step('fchdir', sys.fchdir, 5);
        p.keepOnlyStatus('close');
        p.exec('sh', p.string('/bin/sh'), p.strings(['sh', '-c', 'pwd; ls /proc/$$/fd']), p.strings([]));
        const { stdout } = await run(runner, p, { descriptors: fds });
        expect(stdout.split('\n').slice(0, 4)).toEqual(['/usr', '0', '1', '2']);
        for (const fd of fds) expect(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')).toContain('flags');
      } finally {
        for (const fd of fds) closeSync(fd);
      }
    });

    test('the command has no signal blocked or ignored, nothing pending, and only the environment it was given', async () => {
      const p = make();
      p.fork('fork', (child) => p.passOn('wait', child));
      // Only what the shell itself can do: while it starts others it blocks signals.
      const find =
        'while read -r name value; do case $name in SigPnd:|SigBlk:|SigIgn:) echo $name $value; esac; done';
      const script = `${find} </proc/$$/status; tr "\\0" "\\n" </proc/$$/environ`;
      p.exec(
        'sh',
        p.string('/bin/sh'),
        p.strings(['sh', '-c', script]),
        p.strings(['A=b', 'PATH=/usr/bin:/bin']),
      );
      const { stdout } = await run(runner, p);
      const none = '0000000000000000';
      expect(stdout).toBe(`SigPnd: ${none}\nSigBlk: ${none}\nSigIgn: ${none}\nA=b\nPATH=/usr/bin:/bin\n`);
    });

    test('signals reach the command, which decides what they do', async () => {
      const p = shell(
        runner,
        'trap "exit 9" TERM; trap "exit 8" USR1; echo ready; while :; do sleep 0.01; done',
      );
      for (const [signal, status] of [
        ['SIGTERM', 9],
        ['SIGUSR1', 8],
      ] as const) {
        const { ended } = await run(runner, p, {
          meanwhile: async (launched) => {
            await firstLine(launched);
            launched.child.kill(signal);
          },
        });
        expect(ended).toEqual({ how: 'exited', status });
      }
    });

    test('a command that stops is seen as stopped, and goes on', async () => {
      const script = 'echo $$; kill -STOP $$; exit 4';
      const { ended } = await run(runner, shell(runner, script), {
        meanwhile: async (launched) => {
          const pid = Number(await firstLine(launched));
          await waitFor(() => stateOf(launched.pid) === 'T' && stateOf(pid) === 'T', 'both to be stopped');
          launched.child.kill('SIGCONT');
        },
      });
      expect(ended).toEqual({ how: 'exited', status: 4 });
    });

    test('a command with a session of its own stops alone', async () => {
      const p = make();
      p.fork('fork', (child) => p.passOn('wait', child, 'own'));
      p.step('setsid', sys.setsid);
      p.exec(
        'sh',
        p.string('/bin/sh'),
        p.strings(['sh', '-c', 'echo $$; kill -STOP $$; exit 4']),
        p.strings([]),
      );
      const { ended } = await run(runner, p, {
        meanwhile: async (launched) => {
          const pid = Number(await firstLine(launched));
          await waitFor(() => stateOf(pid) === 'T', 'the command to be stopped');
          // It has looked at the child's stop and waits again.
          await waitFor(() => stateOf(launched.pid) === 'S', 'the waiter to wait');
          launched.child.kill('SIGCONT');
        },
      });
      expect(ended).toEqual({ how: 'exited', status: 4 });
    });

    it.skipIf(missing !== '' || processor !== process.arch)(
      'as the first process of a pid namespace it waits for orphans too, and gives a status for a signal',
      async () => {
        const p = make();
        let init = 0;
        p.fork3(
          'new pid namespace',
          cloneArguments(processor, { flags: CLONE.CLONE_NEWPID, exitSignal: 17 }),
          (pid) => {
            p.report('init', pid);
            // It would stop with init otherwise.
            p.passOn('wait', pid, 'own');
          },
          'init',
        );
        p.fork('fork', (child) => p.passOn('init waits', child));
        const orphans = 'for i in 1 2 3; do (sh -c "exit 5" &) ; done';
        const script = `echo ready; read -r line; ${orphans}; read -r line; kill -TERM $$`;
        p.exec('sh', p.string('/bin/sh'), p.strings(['sh', '-c', script]), p.strings(['PATH=/usr/bin:/bin']));
        const { ended } = await run(runner, p, {
          stdio: ['pipe', 'pipe', 'inherit'],
          onReport: (_label, pid) => {
            init = pid;
          },
          meanwhile: async (launched) => {
            await firstLine(launched);
            await waitFor(() => init > 1, "init's pid");
            const states = () => children(init).map(stateOf).join('');
            // While init is stopped they end, and one SIGCHLD tells of all.
            process.kill(init, 'SIGSTOP');
            await waitFor(() => stateOf(init) === 'T', 'init to be stopped');
            launched.child.stdin?.write('\n');
            await waitFor(
              () => states() === 'SZZZ',
              () => `three to have ended: ${states()}`,
            );
            process.kill(init, 'SIGCONT');
            await waitFor(
              () => states() === 'S',
              () => `three to be waited for: ${states()}`,
            );
            launched.child.stdin?.end('\n');
          },
        });
        expect(ended).toEqual({ how: 'exited', status: 143 });
      },
    );

    test('a program that does not end says so', async () => {
      const p = make();
      p.step('setsid', sys.setsid).ignore('EPERM');
      const { started, ended } = await run(runner, p);
      expect(started).toMatchObject({ ok: false, error: { step: 'step 1', errno: 'ENOEXEC' } });
      expect(ended).toEqual({ how: 'exited', status: 125 });
    });
  },
);

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
