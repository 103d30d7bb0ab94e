// A shell in a container's own terminal, as somebody at a terminal sees it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import { Lab } from '../lab/index.ts';
import { compiled } from '../load/tool.ts';
import { TestTerminal } from '../terminal.ts';
import { attach } from './attach-kit.ts';
import { dashboardOn } from './dashboard-kit.ts';

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

/** A container in which `directory` is a file system whose server does not answer any more. */
async function deadIn(name: string, directory: string) {
  const { initPid } = await lab.unshare({ name, flags: ['-mpf', '--mount-proc'] });
  const program = compiled('porthole-silent', ['test/live/silent.c']);
  const server = spawn('nsenter', ['-t', String(initPid), '-m', program, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { stop } = lab.track(server);
  await once(server.stdout, 'data');
  server.kill('SIGSTOP');
  return { initPid, stop };
}

describe('porthole attach in a terminal', () => {
  it("gives a shell a terminal of the container's own, of our size, with job control", async () => {
    const screen = await start(['attach', '-q', 'at-terminal']);
    await screen.prompted();
    screen.type('tty; stty size; echo $PPID-\r');
    await screen.waitForText('30 100');
    await screen.prompted();
    expect(screen.text).toMatch(/\/dev\/pts\/\d+/);
    expect(screen.text).toContain('0-');
    screen.type("sh -c 'echo up; exec cat'\r");
    await screen.waitForScreen(() => screen.lines.includes('up'), 'the job to run');
    screen.type('\x1a');
    await screen.waitForText('Stopped');
    await screen.prompted();
    screen.type('fg\r');
    const told = () => screen.lines.filter((line) => line.includes('exec cat')).length;
    await screen.waitForScreen(() => told() === 3, 'the shell to name the job again');
    // The shell names it before it gives it the terminal, and a Ctrl-C between the two is the shell's: only an answer tells.
    screen.type('here\r');
    await screen.waitForScreen(() => screen.count('here') === 2, 'the job to be in front again');
    screen.type('\x03');
    // A shell that edits lines and a program that reads them want the terminal in different modes: nothing is typed ahead.
    await screen.prompted();
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
    await screen.prompted();
    screen.resize(90, 25);
    // The new size comes by a signal, which what is typed may overtake.
    screen.type('until [ "$(stty size)" = "25 90" ]; do sleep 0.1; done; echo fol""lowed\r');
    await screen.waitForText('followed');
    await screen.prompted();
    screen.type('exit\r');
    expect(await screen.exited).toMatchObject({ exitCode: 0 });
  });

  it('leaves alone what answers nobody in the place of its terminals', async () => {
    const { initPid, stop } = await deadIn('at-dead', '/dev/pts');
    const screen = await start([
      'attach',
      '-q',
      '-t',
      String(initPid),
      '--',
      'sh',
      '-c',
      'stty size; exit 4',
    ]);
    await screen.waitForText('30 100');
    expect(await screen.exited).toMatchObject({ exitCode: 4 });
    await stop();
  });

  it.each([['/etc'], ['/usr/local/bin']])(
    'refuses a container whose %s answers nobody',
    async (directory) => {
      const dead = await deadIn(`at-dead${directory.replaceAll('/', '-')}`, directory);
      const { status, stderr } = await attach(dead.initPid, ['-q', '--', '/bin/true']);
      expect({ status, stderr }).toEqual({
        status: 125,
        stderr: expect.stringContaining(`its ${directory} does not answer (fuse.silent`),
      });
      await dead.stop();
    },
  );

  const running = async (name: string, args: readonly string[]) => {
    const file = join(lab.dir, `${name}.pid`);
    const screen = await start(['attach', '-q', '--pid-file', file, ...args]);
    const read = () => existsSync(file) && Number(readFileSync(file, 'latin1'));
    return { screen, pid: await lab.waitFor(read, 'the command') };
  };

  it('is left by its keys, and the command runs on', async () => {
    const script = 'echo up; exec sleep 424242';
    const { screen, pid } = await running('left', ['at-terminal', '--', 'sh', '-c', script]);
    // By what the command says: the pid is known before Porthole has the keys, and ^Q is the kernel's until then.
    await screen.waitForText('up');
    screen.type('\x10\x11');
    expect(await screen.exited).toMatchObject({ exitCode: 0 });
    const command = lab.track(pid);
    const isAsleep = () => readFileSync(`/proc/${pid}/cmdline`, 'latin1') === 'sleep\x00424242\0';
    await lab.waitFor(isAsleep, 'it to sleep on');
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

const SCREENS: readonly (readonly [string, readonly string[]])[] = [
  ["the container's own", []],
  ['our own, brought along', ['--tools', 'host']],
];

describe.each(SCREENS)('programs that draw on the screen: %s', (_, tools) => {
  let target: string;
  let root: string;
  beforeAll(async () => {
    // One that may be written to.
    root = join(lab.dir, `screens${tools.length}`);
    cpSync(lab.rootfs, root, { recursive: true, verbatimSymlinks: true });
    const flags = ['-mpf', '--mount-proc', `--root=${root}`];
    const { initPid } = await lab.unshare({ name: `at-screens${tools.length}`, flags });
    target = String(initPid);
  });
  const run = (words: readonly string[]) => start(['attach', '-q', ...tools, target, '--', ...words]);
  const inside = (name: string) => join(root, 'tmp', name);
  const written = (lines: number, name: string) =>
    writeFileSync(inside(name), Array.from({ length: lines }, (_, i) => `line ${i + 1}\n`).join(''));
  const lastRow = (screen: TestTerminal, pattern: RegExp) => () => pattern.test(screen.lines.at(-2) ?? '');

  it('vi edits a file of the container, and draws anew when the size changes', async () => {
    written(100, 'edited');
    const screen = await run(['vi', '/tmp/edited']);
    await screen.waitForText('line 29');
    screen.resize(80, 40);
    await screen.waitForText('line 39');
    // No escape key: what follows it soon would be taken for the rest of a sequence.
    screen.type('ggdd');
    await screen.waitForScreen(() => screen.lines[0] === 'line 2', 'the first line to be gone');
    screen.type(':wq\r');
    expect(await screen.exited).toMatchObject({ exitCode: 0 });
    expect(readFileSync(inside('edited'), 'latin1')).toMatch(/^line 2\nline 3\n/);
    expect(screen.onAlternateScreen).toBe(false);
  });

  it('less turns pages, on a screen of another size too', async () => {
    written(200, 'paged');
    const screen = await run(['less', '/tmp/paged']);
    await screen.waitForScreen(lastRow(screen, /^line 29$/), 'the first page');
    screen.resize(80, 20);
    await screen.waitForScreen(lastRow(screen, /^line 19$/), 'the shorter page');
    screen.type(' ');
    await screen.waitForScreen(lastRow(screen, /^line 38$/), 'the second page');
    screen.type('G');
    await screen.waitForText('line 200');
    screen.type('q');
    expect(await screen.exited).toMatchObject({ exitCode: 0 });
  });

  it('top shows the processes of the container, and no others', async () => {
    const screen = await run(['top', '-d', '1']);
    const processes = () => screen.lines.filter((line) => /^\s*\d+ .*(?:sleep|top|ld-linux)/.test(line));
    await screen.waitForScreen(() => processes().length === 2, 'its two processes');
    screen.resize(120, 20);
    await screen.waitForScreen(() => screen.lines.length === 20 && processes().length === 2, 'both again');
    screen.type('q');
    expect(await screen.exited).toMatchObject({ exitCode: 0 });
  });

  it('a shell stops and continues what runs in it', async () => {
    const screen = await run(['sh', '-i']);
    await screen.prompted();
    screen.type("sh -c 'echo up; exec cat'\r");
    await screen.waitForScreen(() => screen.count('up') === 1, 'the job to run');
    screen.type('first\r');
    await screen.waitForScreen(() => screen.count('first') === 2, 'the job to repeat what is typed');
    screen.type('\x1a');
    await screen.waitForText('Stopped');
    await screen.prompted();
    screen.type('fg\r');
    const told = () => screen.lines.filter((line) => line.includes('exec cat')).length;
    await screen.waitForScreen(() => told() === 3, 'the job to be in front again');
    screen.type('second\r');
    await screen.waitForScreen(() => screen.count('second') === 2, 'the job to go on');
    screen.type('\x04');
    await screen.prompted();
    screen.type('stty size; exit 5\r');
    await screen.waitForText('30 100');
    expect(await screen.exited).toMatchObject({ exitCode: 5 });
  });
});

describe('the dashboard', () => {
  it('gives its terminal to a shell and takes it back', async () => {
    const screen = await dashboardOn('at-terminal');
    terminal = screen;
    screen.type('m');
    await screen.waitForText('porthole attach at-terminal');
    screen.type('\r');
    await screen.waitForText('/ #');
    expect(screen.onAlternateScreen).toBe(false);
    screen.type('echo in-$((40+2))\r');
    await screen.waitForText('in-42');
    await screen.prompted();
    screen.type('exit 3\r');
    await screen.waitForText('ended with status 3');
    expect(screen.onAlternateScreen).toBe(true);
    screen.type('q');
    expect(await screen.exited).toMatchObject({ exitCode: 0 });
  });
});
