// A command in a terminal of its own, started by the launcher, with the proxy between it and the terminal that a person looks at.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { closeTerminal, openTerminal } from '../../src/actions/terminal/open.ts';
import { O_PATH } from '../../src/sys/openat2.ts';
import { sizeOf } from '../../src/sys/terminal.ts';
import { Lab, waitFor } from '../lab/index.ts';
import { TestTerminal } from '../terminal.ts';
import { repository } from './porthole.ts';
import type { Wishes } from './terminal-harness.ts';

let directory: string;
const open: TestTerminal[] = [];
const mine = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'porthole-terminal-'));
  symlinkSync(join(repository, 'node_modules'), mine('node_modules'));
  await build({
    absWorkingDir: repository,
    entryPoints: ['test/live/terminal-harness.ts'],
    outfile: mine('harness.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
});
afterEach(async () => {
  for (const terminal of open.splice(0)) await terminal.dispose();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const words = (wishes: Wishes, argv: readonly string[]) => [
  mine('harness.mjs'),
  JSON.stringify(wishes),
  ...argv,
];

/** In a terminal of the test's. */
function start(argv: readonly string[], wishes: Wishes = {}): TestTerminal {
  const terminal = TestTerminal.start(process.execPath, words(wishes, argv), {
    env: { PS1: '$ ', TERM: 'xterm' },
  });
  open.push(terminal);
  return terminal;
}

const shell = (script: string) => ['/bin/sh', '-c', script];
const bash = ['/bin/bash', '--norc', '--noprofile', '-i'];

/**
 * The same below a shell, which prints the terminal's settings before and after: how a caller finds it. The first line of the
 * script is a marker, so that what is compared is what the screen shows behind it.
 */
function startBelowShell(argv: readonly string[], wishes: Wishes = {}): TestTerminal {
  const harness = [process.execPath, ...words(wishes, argv)].map((word) => `'${word}'`).join(' ');
  const script = `stty -g >${mine('before')}; ${harness}; echo status $?; stty -g >${mine('after')}; echo over`;
  const terminal = TestTerminal.start('/bin/sh', ['-c', script], { env: { TERM: 'xterm' } });
  open.push(terminal);
  return terminal;
}

async function expectRestored(terminal: TestTerminal): Promise<void> {
  await terminal.waitForText('over');
  expect(readFileSync(mine('after'), 'utf8')).toBe(readFileSync(mine('before'), 'utf8'));
}

/** Of the harness: the child of the shell. */
const harnessOf = ({ pid }: TestTerminal) =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);

describe('programs', () => {
  it('a shell: its own terminal, the right size at once and later, job control, its status', async () => {
    const terminal = start(bash);
    await terminal.prompted();
    terminal.type('tty; stty size\r');
    await terminal.waitForText('24 80');
    await terminal.prompted();
    expect(terminal.text).toMatch(/\/dev\/pts\/\d+/);
    expect(terminal.text).not.toContain('no job control');
    terminal.resize(100, 30);
    // The new size comes by a signal, which what is typed may overtake.
    terminal.type('clear; until [ "$(stty size)" = "30 100" ]; do sleep 0.1; done; echo fol""lowed\r');
    await terminal.waitForText('followed');
    await terminal.prompted();
    terminal.type('clear; sh -c "echo go; exec cat"\r');
    await terminal.waitForScreen((screen) => /^go$/m.test(screen), 'a command in the foreground');
    terminal.type('\x1a');
    await terminal.waitForText('Stopped');
    await terminal.prompted();
    terminal.type('clear; fg\r');
    await terminal.waitForScreen((screen) => /^sh -c/m.test(screen), 'the shell to name the job again');
    // The shell names it before it gives it the terminal, and a Ctrl-C between the two is the shell's: only an answer tells.
    terminal.type('here\r');
    await terminal.waitForScreen(() => terminal.count('here') === 2, 'the job to be in front again');
    terminal.type('\x03');
    await terminal.prompted();
    terminal.type('s=$?; clear; echo $s\r');
    await terminal.waitForScreen((screen) => /^130$/m.test(screen), 'its status');
    await terminal.prompted();
    terminal.type('exit 7\r');
    expect(await terminal.exited).toMatchObject({ exitCode: 7 });
  });

  it('vi draws anew when the size changes, and leaves the screen as it was', async () => {
    writeFileSync(mine('text'), 'one\ntwo\n');
    const terminal = start(['/usr/bin/vi', '-u', 'NONE', mine('text')]);
    await terminal.waitForScreen((screen) => screen.startsWith('one\ntwo\n~'), 'the text');
    terminal.resize(60, 12);
    await terminal.waitForScreen(() => terminal.lines[10]?.startsWith('~') === true, 'a smaller screen');
    terminal.type('ggIzero \x1b:wq\r');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
    expect(readFileSync(mine('text'), 'utf8')).toBe('zero one\ntwo\n');
    expect(terminal.onAlternateScreen).toBe(false);
  });

  it('less', async () => {
    writeFileSync(mine('long'), Array.from({ length: 500 }, (_, i) => `line ${i}`).join('\n'));
    const terminal = start(['/usr/bin/less', mine('long')]);
    await terminal.waitForText('line 22');
    terminal.resize(80, 40);
    await terminal.waitForText('line 38');
    terminal.type('G');
    await terminal.waitForText('line 499');
    terminal.type('q');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
  });

  it('top', async () => {
    const terminal = start(['/usr/bin/top', '-d', '0.5']);
    await terminal.waitForText('PID');
    terminal.type('q');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
  });
});

describe('whose it is', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.create();
  });
  afterAll(() => lab?.close());

  const SIZE = { columns: 101, rows: 41 };
  /** With the root of a process. */
  function openIn(pid: number) {
    const rootFd = openSync(`/proc/${pid}/root`, O_PATH);
    try {
      return openTerminal({ rootFd, size: SIZE, settings: 'raw', owner: { uid: 1234, gid: 1234 } });
    } finally {
      closeSync(rootFd);
    }
  }

  it("the container's, found there by its name, and its user's", async () => {
    const docker = await (await lab.docker()).run({ name: 'terminal' });
    const before = readdirSync('/proc/self/fd').length;
    const terminal = openIn(docker.initPid);
    try {
      expect(terminal.where).toBe('container');
      const found = statSync(`/proc/${docker.initPid}/root/dev/pts/${terminal.number}`);
      expect(found).toMatchObject({ uid: 1234, gid: 1234, mode: 0o20620 });
      expect(fstatSync(terminal.slaveFd)).toMatchObject({ ino: found.ino, dev: found.dev, rdev: found.rdev });
      expect(sizeOf(terminal.slaveFd)).toEqual(SIZE);
    } finally {
      closeTerminal(terminal);
    }
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });

  it.each<[string, string]>([
    ['a fifo', 'mkfifo /dev/pts/ptmx'],
    ['a device without its file system', 'mknod /dev/pts/ptmx c 5 2'],
    ['another device', 'mknod /dev/pts/ptmx c 1 5'],
    ['a link to the outside', 'ln -s /proc/1/root/dev/ptmx /dev/pts/ptmx'],
    ['nothing', 'true'],
    [
      'a link in place of the directory',
      'umount /dev/pts; mount -t tmpfs t /dev; ln -s /proc/self/root/dev/pts /dev/pts',
    ],
  ])("the host's, where a container has %s in its place", async (_, trap) => {
    const script = `mount -t tmpfs t /dev/pts && ${trap}; exec sleep 1000000`;
    const trapped = await lab.unshare({ flags: ['-mpf', '--mount-proc'], cmd: ['sh', '-c', script] });
    await lab.waitFor(() => readFileSync(`/proc/${trapped.initPid}/comm`, 'utf8') === 'sleep\n', 'the trap');
    const terminal = openIn(trapped.initPid);
    try {
      expect(terminal).toMatchObject({ where: 'host', why: expect.stringContaining('/dev/pts/ptmx') });
    } finally {
      closeTerminal(terminal);
    }
  });
});

describe('the terminal is as it was', () => {
  const LONG = shell('printf "\\033[?1049h\\033[?25lready"; exec sleep 1000');

  it.each<[string, (terminal: TestTerminal) => void, RegExp]>([
    ['after SIGTERM', (terminal) => terminal.signal('SIGTERM', harnessOf(terminal)), /status 143/],
    ['after SIGINT', (terminal) => terminal.signal('SIGINT', harnessOf(terminal)), /status 130/],
    ['after SIGHUP', (terminal) => terminal.signal('SIGHUP', harnessOf(terminal)), /status 129/],
  ])("%s, which is the command's", async (_, end, status) => {
    const terminal = startBelowShell(LONG);
    await terminal.waitForText('ready');
    end(terminal);
    await expectRestored(terminal);
    expect(terminal.text).toMatch(status);
    expect(terminal.onAlternateScreen).toBe(false);
    expect(terminal.cursorHidden).toBe(false);
  });

  it('after an end', async () => {
    const terminal = startBelowShell(shell('exit 3'));
    await expectRestored(terminal);
    expect(terminal.text).toContain('status 3');
  });

  it('after an exception', async () => {
    const terminal = startBelowShell(shell('echo ready; exec sleep 1000'), { throws: true });
    await terminal.waitForText('ready');
    terminal.resize(90, 30);
    await expectRestored(terminal);
    expect(terminal.text).toContain('thrown on purpose');
  });

  it('after the keys to detach, and the command goes on without us', async () => {
    const script = `printf "\\033[?1049hready"; echo $$ >${mine('pid')}
      while [ ! -e ${mine('go')} ]; do head -c 100k /dev/zero; sleep 0.05; done; echo done >${mine('done')}`;
    const others = keepers();
    const terminal = startBelowShell(shell(script), { detachKeys: 'ctrl-p,ctrl-q', says: true });
    await terminal.waitForText('ready');
    terminal.type('\x10\x11');
    await expectRestored(terminal);
    expect(terminal.text).toContain('[detached]');
    expect(terminal.onAlternateScreen).toBe(false);
    await terminal.exited;
    expect(existsSync(mine('done'))).toBe(false);
    const holders = keepers().filter((each) => !others.includes(each));
    expect(holders).not.toEqual([]);
    writeFileSync(mine('go'), '');
    await waitFor(() => existsSync(mine('done')), 'the command to go on');
    const pid = Number(readFileSync(mine('pid'), 'utf8'));
    await waitFor(() => !existsSync(`/proc/${pid}`), 'its end');
    const isLeft = (holder: string) => keepers().includes(holder);
    await waitFor(() => !holders.some(isLeft), 'the end of what held its terminal');
  });

  it('a terminal that is closed hangs the command up', async () => {
    const terminal = start(shell(`echo $$ >${mine('hung')}; echo ready; exec sleep 1000`));
    await terminal.waitForText('ready');
    terminal.closeTerminal();
    const pid = readFileSync(mine('hung'), 'utf8').trim();
    await waitFor(() => !existsSync(`/proc/${pid}`), 'the end of the command');
  });
});

/** Of whoever leaves commands on this host. */
function keepers(): readonly string[] {
  const found = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n');
  return found.filter((line) => /\d porthole-terminal/.test(line));
}

describe('without a terminal of the caller', () => {
  const run = (argv: readonly string[], wishes: Wishes, input: string | Buffer = '') =>
    new Promise<{ status: number; stdout: Buffer }>((resolve) => {
      const child = execFile(
        process.execPath,
        words(wishes, argv),
        { encoding: 'buffer', maxBuffer: 1024 ** 3 },
        (error, stdout) => resolve({ status: error === null ? 0 : Number(error.code), stdout }),
      );
      child.stdin?.end(input);
    });

  it('100 MB through a raw terminal are the same bytes', async () => {
    execFileSync('sh', ['-c', `head -c 100M /dev/urandom >${mine('big')}`]);
    const harness = words({ raw: true }, ['/bin/cat', mine('big')]).map((word) => `'${word}'`);
    const sum = (command: string) =>
      execFileSync('sh', ['-c', `${command} | sha256sum`], { encoding: 'utf8' });
    // A reader that is late: nothing may be lost while nobody takes it.
    expect(sum(`node ${harness.join(' ')} </dev/null | (sleep 1; cat)`)).toBe(sum(`cat ${mine('big')}`));
    rmSync(mine('big'));
  });

  it('what is typed goes in no faster than it is read, and all of it', async () => {
    const input = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => i % 251));
    const { status, stdout } = await run(shell(`sleep 0.3; head -c ${input.length}`), { raw: true }, input);
    expect(status).toBe(0);
    expect(stdout.equals(input)).toBe(true);
  });

  it.each<[string, string]>([
    ['one\n', 'one\r\none\r\n'],
    ['one', 'oneone'],
    ['', ''],
  ])('the end of a file is the end of input: %j', async (input, output) => {
    const { status, stdout } = await run(['/bin/cat'], {}, input);
    expect({ status, stdout: stdout.toString().replaceAll('^D\b\b', '') }).toEqual({
      status: 0,
      stdout: output,
    });
  });

  it('output right before the end is all there, every time', async () => {
    for (let i = 0; i < 20; i++) {
      const { stdout } = await run(shell('seq 1 2000'), {});
      expect(stdout.toString().trimEnd().split('\r\n').at(-1)).toBe('2000');
    }
  });

  it('a process that is left behind with the terminal holds nobody up', async () => {
    const { status, stdout } = await run(
      shell(`(trap "" HUP; echo $$ >${mine('left')}; exec sleep 3) & sleep 0.2; echo over`),
      {},
    );
    expect({ status, stdout: stdout.toString() }).toEqual({ status: 0, stdout: 'over\r\n' });
  });

  it('signals reach the command', async () => {
    const child = spawn(
      process.execPath,
      words({}, shell('trap "echo heard; exit 9" USR1; echo ready; while :; do sleep 0.05; done')),
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    const exited = once(child, 'exit');
    const [first] = await once(child.stdout, 'data');
    expect(String(first)).toContain('ready');
    const rest = text(child.stdout);
    child.kill('SIGUSR1');
    expect(await exited).toEqual([9, null]);
    expect(await rest).toContain('heard');
  });
});
