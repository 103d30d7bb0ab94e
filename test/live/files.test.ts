// cp and cat against real containers: the rules of docker cp, whole files or none, and containers that set traps.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import { Lab, type LabContainer } from '../lab/index.ts';
import { compiled } from '../load/tool.ts';
import { TestTerminal } from '../terminal.ts';
import { ORDINARY_USER, porthole } from './porthole.ts';

let lab: Lab;
let docker: LabContainer;
/** A user namespace in which only root is known; /mnt is a tmpfs that was mounted in it. */
let mapped: LabContainer;
let here: string;

const SET_UP = `mount -t tmpfs t /mnt && mkdir /mnt/ro /mnt/small /mnt/d /mnt/d/deep
mount -t tmpfs -o ro t /mnt/ro && mount -t tmpfs -o size=64k t /mnt/small
echo hello >/mnt/file && ln -s /mnt/file /mnt/link && ln -s ../../../../../../mnt/file /mnt/out
ln -s /etc/shadow /mnt/d/shadow && echo deep >/mnt/d/deep/f && chmod 640 /mnt/d/deep/f && mkfifo /mnt/d/fifo
ln -s /proc/1/root/etc/passwd /mnt/magic && printf 'a\\033[31mb\\n' >/mnt/escape
echo x >"$(printf '/mnt/d/\\033[2J')" && touch /mnt/ready && exec sleep 1000000`;

beforeAll(async () => {
  lab = await Lab.create();
  docker = await (await lab.docker()).run({ name: 'files' });
  mapped = await lab.unshare({ name: 'mapped', cmd: ['sh', '-c', SET_UP] });
  await lab.waitFor(() => existsSync(at(mapped, '/mnt/ready')), 'the files of the test');
});
afterAll(() => lab?.close());
beforeEach(() => {
  here = mkdtempSync(join(tmpdir(), 'porthole-files-'));
});
afterEach(() => rmSync(here, { recursive: true, force: true }));

/** The same file, the way that cp and cat do not take. */
const at = ({ initPid }: LabContainer, path: string) => `/proc/${initPid}/root${path}`;
const inside = (container: LabContainer, path: string) => `${container.initPid}:${path}`;
const mine = (name: string) => join(here, name);
const write = (name: string, text: string) => {
  writeFileSync(mine(name), text);
  return mine(name);
};
const unfinished = (directory: string) =>
  readdirSync(directory).filter((name) => name.startsWith('.porthole-'));
const sha256 = (path: string) => execFileSync('sha256sum', [path], { encoding: 'utf8' }).slice(0, 64);

describe('cat', () => {
  it.each<[string, string]>([
    ['a file', '/mnt/file'],
    ['behind a link with an absolute path, which begins at the container', '/mnt/link'],
    ['behind a link that goes up beyond its root', '/mnt/out'],
  ])('%s', async (_, path) => {
    expect(await porthole(['cat', inside(mapped, path)])).toEqual({
      status: 0,
      stdout: 'hello\n',
      stderr: '',
    });
    expect(await porthole(['cat', String(mapped.initPid), path, path])).toMatchObject({
      status: 0,
      stdout: 'hello\nhello\n',
    });
  });

  it('by name and by id', async () => {
    const passwd = readFileSync(at(docker, '/etc/hostname'), 'utf8');
    for (const target of ['files', docker.id?.slice(0, 12), `docker:${docker.id}`])
      expect(await porthole(['cat', `${target}:/etc/hostname`])).toMatchObject({ status: 0, stdout: passwd });
  });

  it('what the kernel makes up, and has no size', async () => {
    const { status, stdout } = await porthole(['cat', inside(mapped, '/proc/1/status')]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Name:\tsleep$/m);
  });

  it.each<[string, string, RegExp]>([
    ['nothing', '/mnt/nope', /:\/mnt\/nope: open: ENOENT: no such file or directory$/],
    ['a directory', '/mnt/d', /: EISDIR: a directory/],
    ['a fifo', '/mnt/d/fifo', /a fifo, which is not opened$/],
    ['a device', '/dev/zero', /a character device, which is not opened$/],
    ['through a magic link', '/mnt/magic', /ELOOP/],
  ])('not %s', async (_, path, message) => {
    const { status, stdout, stderr } = await porthole(['cat', inside(mapped, path)]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr.trimEnd()).toMatch(message);
  });

  it('on a terminal control characters are text, unless they are asked for', async () => {
    for (const [flags, shown] of [
      [[], 'a\\x1b[31mb'],
      [['--raw'], 'ab'],
    ] as const) {
      const words = [await buildOnce(), 'cat', ...flags, inside(mapped, '/mnt/escape')];
      const terminal = TestTerminal.start(process.execPath, words);
      expect(await terminal.exited).toMatchObject({ exitCode: 0 });
      await terminal.waitFor(() => terminal.lines[0] === shown, shown);
      expect(terminal.cell(0, 1).text).toBe(flags.length === 0 ? '\\' : 'b');
      await terminal.dispose();
    }
  });

  it('wrong words', async () => {
    expect(await porthole(['cat', 'files'])).toMatchObject({ status: 2 });
    expect(await porthole(['cat', 'no-such-thing:/etc/passwd'])).toMatchObject({ status: 3 });
  });
});

describe('cp', () => {
  it('100 MB both ways are the same bytes', async () => {
    const big = mine('big');
    execFileSync('sh', ['-c', `head -c 100M /dev/urandom >${big}`]);
    expect(await porthole(['cp', big, 'files:/tmp/big'])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await porthole(['cp', 'files:/tmp/big', mine('back')])).toMatchObject({ status: 0 });
    expect(sha256(mine('back'))).toBe(sha256(big));
    const piped = execFileSync('sh', ['-c', `node ${await buildOnce()} cat files:/tmp/big | sha256sum`]);
    expect(piped.toString().slice(0, 64)).toBe(sha256(big));
    rmSync(at(docker, '/tmp/big'));
  });

  it('holes stay holes', async () => {
    execFileSync('sh', ['-c', `truncate -s 10G ${mine('sparse')}; echo end >>${mine('sparse')}`]);
    expect(await porthole(['cp', mine('sparse'), inside(mapped, '/mnt/sparse')])).toMatchObject({
      status: 0,
    });
    const { size, blocks } = statSync(at(mapped, '/mnt/sparse'));
    expect(size).toBe(10 * 1024 ** 3 + 4);
    expect(blocks).toBeLessThan(64);
    rmSync(at(mapped, '/mnt/sparse'));
  });

  it('mode and time come along, the owner is who copies; in the container it is its root', async () => {
    const file = write('f', 'text');
    chownSync(file, 1234, 1234);
    chmodSync(file, 0o4751);
    utimesSync(file, 1000, 2000);
    expect(await porthole(['cp', file, 'files:/tmp/f'])).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(at(docker, '/tmp/f'))).toMatchObject({
      mode: 0o100751,
      uid: 0,
      gid: 0,
      mtimeMs: 2000_000,
    });
    expect(await porthole(['cp', '-a', file, 'files:/tmp/f'])).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(at(docker, '/tmp/f'))).toMatchObject({ mode: 0o104751, uid: 1234, gid: 1234 });
    expect(await porthole(['cp', 'files:/tmp/f', mine('plain')])).toMatchObject({ status: 0 });
    expect(statSync(mine('plain'))).toMatchObject({ mode: 0o100751, uid: 0, mtimeMs: 2000_000 });
    expect(await porthole(['cp', '-a', 'files:/tmp/f', mine('kept')])).toMatchObject({ status: 0 });
    expect(statSync(mine('kept'))).toMatchObject({ mode: 0o104751, uid: 1234 });
  });

  it('an owner that the container does not know is said, and gets no set-user-id', async () => {
    const file = write('f', 'text');
    chownSync(file, 1234, 1234);
    chmodSync(file, 0o4755);
    const { status, stderr } = await porthole(['cp', '-a', file, inside(mapped, '/mnt/f')]);
    expect(status).toBe(0);
    expect(stderr).toContain('1234');
    expect(statSync(at(mapped, '/mnt/f'))).toMatchObject({ mode: 0o100755, uid: 0 });
  });

  it('where it goes is as docker cp has it', async () => {
    const source = mine('s');
    mkdirSync(source);
    writeFileSync(join(source, 'x'), 'x');
    const copies: [from: string, to: string, found: string][] = [
      [source, 'files:/tmp/new', '/tmp/new/x'],
      [source, 'files:/tmp/new', '/tmp/new/s/x'],
      [`${source}/.`, 'files:/tmp/new', '/tmp/new/x'],
      [join(source, 'x'), 'files:/tmp/new', '/tmp/new/x'],
      [join(source, 'x'), 'files:/tmp/new/y', '/tmp/new/y'],
      [join(source, 'x'), 'files:tmp/relative', '/tmp/relative'],
    ];
    for (const [from, to, found] of copies) {
      expect(await porthole(['cp', from, to])).toEqual({ status: 0, stdout: '', stderr: '' });
      expect(readFileSync(at(docker, found), 'utf8')).toBe('x');
    }
    for (const [from, to, message] of [
      [source, 'files:/tmp/new/x', 'ENOTDIR'],
      [join(source, 'x'), 'files:/tmp/none/', 'ENOENT'],
      [join(source, 'x'), 'files:/tmp/none/x', 'ENOENT'],
    ] as const) {
      const { status, stderr } = await porthole(['cp', from, to]);
      expect(status).toBe(4);
      expect(stderr).toMatch(new RegExp(`${message}.*; nothing was written\n$`));
    }
  });

  it('a directory with all that is in it; links as links, and what cannot be copied is said', async () => {
    const { status, stderr } = await porthole(['cp', inside(mapped, '/mnt/d'), mine('d')]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/fifo: left out: a fifo, which is not opened\n$/);
    expect(readFileSync(mine('d/deep/f'), 'utf8')).toBe('deep\n');
    expect(statSync(mine('d/deep/f')).mode).toBe(0o100640);
    expect(readlinkSync(mine('d/shadow'))).toBe('/etc/shadow');
    expect(readdirSync(mine('d')).sort()).toEqual(['\x1b[2J', 'deep', 'shadow']);
  });

  it('stdin and stdout', async () => {
    const program = await buildOnce();
    const target = inside(mapped, '/mnt/piped');
    execFileSync('sh', ['-c', `printf piped | node ${program} cp - ${target}`]);
    expect(await porthole(['cp', target, '-'])).toEqual({ status: 0, stdout: 'piped', stderr: '' });
  });

  it.each<[string, string, RegExp]>([
    ['read-only', '/mnt/ro/f', /: create: read-only file system \(EROFS\); nothing was written/],
    ['full', '/mnt/small/f', /: write: no space left on device \(ENOSPC\); nothing was written/],
  ])('a file system that is %s is said, and nothing is left', async (_, path, message) => {
    const big = write('big', 'x'.repeat(1024 * 1024));
    const { status, stderr } = await porthole(['cp', big, inside(mapped, path)]);
    expect(status).toBe(4);
    expect(stderr).toMatch(message);
    expect(readdirSync(at(mapped, path.replace('/f', '')))).toEqual([]);
  });

  it('devices of the host are written into, not replaced', async () => {
    const before = lstatSync('/dev/null').ino;
    expect(await porthole(['cp', inside(mapped, '/mnt/file'), '/dev/null'])).toMatchObject({ status: 0 });
    expect(lstatSync('/dev/null')).toMatchObject({ ino: before });
  });

  it('as an ordinary user: own containers can be entered, others not', async () => {
    const child = spawn(
      'setpriv',
      [
        ...ORDINARY_USER.slice(1),
        'unshare',
        '-Urmpf',
        '--mount-proc',
        'sh',
        '-c',
        'mount -t tmpfs t /mnt; echo mine >/mnt/f; exec sleep 1000000',
      ],
      { stdio: 'ignore' },
    );
    const { pid } = lab.track(child);
    const children = () => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    const init = () => children().split(' ')[0] ?? '';
    await lab.waitFor(() => init() !== '' && existsSync(`/proc/${init()}/root/mnt/f`), 'the container');
    chownSync(here, 65534, 65534);
    const user = { through: ORDINARY_USER };
    expect(await porthole(['cat', `${init()}:/mnt/f`], user)).toMatchObject({ status: 0, stdout: 'mine\n' });
    const file = write('f', 'into');
    expect(await porthole(['cp', file, `${init()}:/mnt/g`], user)).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(`/proc/${init()}/root/mnt/g`, 'utf8')).toBe('into');
    const refused = await porthole(['cat', inside(docker, '/etc/hostname')], user);
    expect(refused).toMatchObject({ status: 5, stdout: '' });
    expect(refused.stderr).toContain('CAP_SYS_PTRACE');
  });
});

describe('traps', () => {
  it('a file system that never answers: Ctrl-C ends the command, and nothing is left', async () => {
    const program = compiled('porthole-silent', ['test/live/silent.c']);
    mkdirSync(mine('silent'));
    const flags = ['-mpf', '--kill-child', '--propagation', 'private'];
    const child = spawn('unshare', [...flags, program, mine('silent')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    lab.track(child);
    await once(child.stdout, 'data');
    const pid = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
    for (const words of [
      ['cat', `${pid}:${mine('silent/f')}`],
      ['cp', `${pid}:${mine('silent/f')}`, mine('copy')],
    ]) {
      const waiting = spawn(process.execPath, [await buildOnce(), ...words], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const ended = once(waiting, 'exit');
      await once(child.stdout, 'data');
      waiting.kill('SIGINT');
      expect(await ended).toEqual([null, 'SIGINT']);
    }
    expect(readdirSync(here)).toEqual(['silent']);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  it('a bind mount is not torn away by replacing what it is on', async () => {
    const before = readFileSync(at(docker, '/etc/hosts'), 'utf8');
    const { status, stderr } = await porthole(['cp', write('hosts', 'mine'), 'files:/etc/hosts']);
    expect(status).toBe(4);
    expect(stderr).toContain('(EBUSY); something is mounted there');
    expect(readFileSync(at(docker, '/etc/hosts'), 'utf8')).toBe(before);
  });

  it.each<[string, string]>([
    ['the host by an absolute link', '/tmp/host-link'],
    ['a kernel file', '/proc/sys/kernel/core_pattern'],
  ])('nothing is written to %s', async (_, target) => {
    const trap = at(docker, '/tmp/trap');
    rmSync(trap, { force: true });
    symlinkSync(target, trap);
    const before = readFileSync('/proc/sys/kernel/core_pattern', 'utf8');
    await porthole(['cp', write('f', '|/evil'), 'files:/tmp/trap']);
    expect(readFileSync('/proc/sys/kernel/core_pattern', 'utf8')).toBe(before);
    expect(existsSync('/tmp/host-link')).toBe(false);
  });

  it('directories that turn into links and back lead nowhere else', async () => {
    const swap = `mkdir -p /tmp/swap/real /tmp/swap/tree/in; for i in 1 2 3 4 5 6 7 8; do echo inside >/tmp/swap/real/f$i; done
      cp /tmp/swap/real/* /tmp/swap/tree/in/; echo ready >/tmp/swap/ready
      while :; do mv /tmp/swap/tree/in /tmp/swap/away; ln -s ${here} /tmp/swap/tree/in; rm /tmp/swap/tree/in; mv /tmp/swap/away /tmp/swap/tree/in; done`;
    // What the link leads to is the host's, and nothing in it may be read or written.
    write('secret', 'host');
    const swapping = await docker.exec(['sh', '-c', swap]);
    await lab.waitFor(() => existsSync(at(docker, '/tmp/swap/ready')), 'the swapping');
    mkdirSync(mine('out'));
    mkdirSync(mine('payload/in'), { recursive: true });
    writeFileSync(mine('payload/in/planted'), 'planted');
    const before = readdirSync(here).sort();
    for (let i = 0; i < 15; i++) {
      await porthole(['cp', 'files:/tmp/swap/tree', mine(`out/${i}`)]);
      await porthole(['cp', `${mine('payload')}/.`, 'files:/tmp/swap/tree']);
      await porthole(['cp', mine('payload/in/planted'), 'files:/tmp/swap/tree/in/planted']);
    }
    await swapping.stop();
    expect(readdirSync(here).sort()).toEqual(before);
    const found = spawnSync('grep', ['-rlx', 'host', mine('out')], { encoding: 'utf8' }).stdout;
    expect(found).toBe('');
  }, 120_000);

  it('names with escape sequences reach nobody', async () => {
    const { stderr } = await porthole(['cp', inside(mapped, '/mnt/d'), inside(mapped, '/x')]);
    expect(stderr).not.toMatch(/\x1b/);
    const { stderr: missing } = await porthole(['cat', inside(mapped, '/mnt/\x1b[2J')]);
    expect(missing).toContain('\\x1b[2J');
    expect(unfinished(at(mapped, '/mnt'))).toEqual([]);
  });
});
