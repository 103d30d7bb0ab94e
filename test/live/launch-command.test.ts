// What the launcher's stub gives a command, run for real, for both processors: streams, descriptors, environment, signals, stops,
// a session or a pid namespace of its own.
import { closeSync, openSync, readFileSync } from 'node:fs';
import { afterEach, expect, vi } from 'vitest';
import { CLONE } from '../../src/launch/flags.ts';
import { cloneArguments } from '../../src/launch/structs.ts';
import { sys } from '../../src/launch/syscalls.ts';
import { waitFor } from '../lab/wait.ts';
import { children, describeRunners, firstLine, killRunning, run, shell, stateOf } from './launch-kit.ts';

// What hangs is to be known soon.
vi.setConfig({ testTimeout: 20_000 });

afterEach(killRunning);

describeRunners(({ runner, test, testHere, make }) => {
  const { processor } = runner;

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

  testHere(
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
});
