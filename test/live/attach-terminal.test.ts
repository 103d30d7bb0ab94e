// A shell in a container's own terminal, as somebody at a terminal sees it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import { Lab } from '../lab/index.ts';
import { TestTerminal } from '../terminal.ts';

let lab: Lab;
let terminal: TestTerminal | undefined;
beforeAll(async () => {
  lab = await Lab.create();
  await lab.runc({ name: 'at-terminal' });
});
afterEach(async () => {
  await terminal?.dispose();
  terminal = undefined;
});
afterAll(() => lab?.close());

async function start(args: readonly string[]): Promise<TestTerminal> {
  terminal = TestTerminal.start(process.execPath, [await buildOnce(), ...args], { columns: 100, rows: 30 });
  return terminal;
}

describe('porthole attach in a terminal', () => {
  it("gives a shell a terminal of the container's own, of our size, with job control", async () => {
    const screen = await start(['attach', '-q', 'at-terminal']);
    await screen.waitForText('/ #');
    screen.type('tty; stty size; echo $PPID-\r');
    await screen.waitForText('30 100');
    expect(screen.text).toMatch(/\/dev\/pts\/\d+/);
    expect(screen.text).toContain('0-');
    screen.type("sh -c 'echo up; exec sleep 1000'\r");
    await screen.waitForScreen(() => screen.lines.includes('up'), 'the job to run');
    screen.type('\x1a');
    await screen.waitForText('Stopped');
    screen.type('fg\r');
    const told = () => screen.lines.filter((line) => line.includes('exec sleep')).length;
    await screen.waitForScreen(() => told() === 3, 'the job to be in front again');
    screen.type('\x03');
    screen.type('echo st$?us; exit 7\r');
    await screen.waitForText('st130us');
    expect(await screen.exited).toMatchObject({ exitCode: 7 });
  });

  it('leaves a stderr alone that goes elsewhere', async () => {
    const file = join(lab.dir, 'stderr');
    const attach = [process.execPath, await buildOnce(), 'attach', '-q', 'at-terminal'];
    const words = ['-c', `"$@" 2>${file}`, 'sh', ...attach, '--', 'sh', '-c', 'echo told >&2; tty'];
    terminal = TestTerminal.start('sh', words);
    await terminal.waitForText('/dev/pts/');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
    expect(readFileSync(file, 'latin1')).toBe('told\n');
  });

  it('follows the size', async () => {
    const screen = await start(['attach', '-q', 'at-terminal']);
    await screen.waitForText('/ #');
    screen.resize(90, 25);
    screen.type('stty size\r');
    await screen.waitForText('25 90');
    screen.type('exit\r');
    expect(await screen.exited).toMatchObject({ exitCode: 0 });
  });

  const running = async (name: string, args: readonly string[]) => {
    const file = join(lab.dir, `${name}.pid`);
    const screen = await start(['attach', '-q', '--pid-file', file, ...args]);
    const read = () => existsSync(file) && Number(readFileSync(file, 'latin1'));
    return { screen, pid: await lab.waitFor(read, 'the command') };
  };

  it('is left by its keys, and the command runs on', async () => {
    const { screen, pid } = await running('left', ['at-terminal', '--', 'sleep', '424242']);
    screen.type('\x10\x11');
    expect(await screen.exited).toMatchObject({ exitCode: 0 });
    const command = lab.track(pid);
    expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).toBe('sleep\x00424242\0');
    await command.stop();
  });

  it('tells the command when Porthole dies', async () => {
    const { screen, pid } = await running('dies', ['at-terminal', '--', 'sleep', '424243']);
    process.kill(screen.pid, 'SIGKILL');
    await lab.waitFor(() => !existsSync(`/proc/${pid}`), 'the hang-up');
  });

  it.each([['-t'], ['-T']])(
    'with %s what it types into its input comes to nobody but itself',
    async (option) => {
      const host = await lab.unshare({ name: `at-types${option}` });
      const type = 'import fcntl, termios\nfor c in b"typed\\n": fcntl.ioctl(0, termios.TIOCSTI, bytes([c]))';
      const attach = [process.execPath, await buildOnce(), 'attach', '-q', option, String(host.initPid)];
      const script = '"$@"; read -rt 1 line; echo "after:$line:"';
      const words = ['-c', script, 'bash', ...attach, '--', 'python3', '-c', type];
      terminal = TestTerminal.start('bash', words, { columns: 100, rows: 30 });
      await terminal.waitForText('after::');
    },
  );
});

describe('the dashboard', () => {
  it('gives its terminal to a shell and takes it back', async () => {
    const screen = await start(['top', '-d', '0.2']);
    await screen.waitForText('at-terminal');
    screen.type('/at-terminal\r');
    screen.type('m');
    await screen.waitForText('porthole attach at-terminal');
    screen.type('\r');
    await screen.waitForText('/ #');
    expect(screen.onAlternateScreen).toBe(false);
    screen.type('echo in-$((40+2))\r');
    await screen.waitForText('in-42');
    screen.type('exit 3\r');
    await screen.waitForText('ended with status 3');
    expect(screen.onAlternateScreen).toBe(true);
    screen.type('q');
    expect(await screen.exited).toMatchObject({ exitCode: 0 });
  });
});
