// --tools: our programs in the view of containers that have none, and what is left of it in the container: nothing.
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareAttach } from '../../src/actions/attach/attach.ts';
import { SampleTaker } from '../../src/live/take-sample.ts';
import { buildModel } from '../../src/model/build.ts';
import { resolveTarget } from '../../src/model/target.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';
import { Lab } from '../lab/index.ts';
import { attach, leave } from './attach-kit.ts';
import { children } from './launch-kit.ts';
import { ORDINARY_USER } from './porthole.ts';
import { cannotTrace, compareWithStrace } from './strace-kit.ts';

const COMMAND = ['/app/busybox', 'sleep', '1000000'];
let lab: Lab;
/** A file system with one static program and nothing that an image usually has; somebody else's, so that nothing is hidden. */
let bare: string;

beforeAll(async () => {
  lab = await Lab.create();
  chmodSync(lab.dir, 0o711);
  bare = makeBare('bare');
});
afterAll(() => lab?.close());

function makeBare(name: string): string {
  const root = join(lab.dir, name);
  for (const directory of ['app', 'data', 'dev', 'proc', 'sys', 'etc'])
    mkdirSync(join(root, directory), { recursive: true });
  copyFileSync(join(lab.rootfs, 'bin/busybox'), join(root, 'app/busybox'));
  chmodSync(join(root, 'app/busybox'), 0o755);
  writeFileSync(join(root, 'data/note'), 'of the container\n');
  writeFileSync(join(root, 'version'), '1\n');
  symlinkSync('data/note', join(root, 'note'));
  mkdirSync(join(root, 'with blank \u00fc'));
  return root;
}

const inBare = (name: string, flags: readonly string[], root = bare) =>
  lab.unshare({ name, flags: [...flags, `--root=${root}`], cmd: COMMAND });

const SCRATCH: readonly (readonly [string, () => Promise<{ initPid: number }>])[] = [
  ['an image of one static program', () => dockerBare('tl-docker', [])],
  ['a read-only one', () => dockerBare('tl-read-only', ['--read-only', '--cap-drop', 'ALL'])],
  ['one of another user', () => dockerBare('tl-user', ['-u', '1000:1000', '-w', '/data'])],
  ['a user namespace', () => inBare('tl-users', ['-Urmpf', '--mount-proc'])],
  ['a mount namespace whose root is no mount', () => inBare('tl-mounts', ['-mpf'])],
  ['a chroot', () => lab.unshare({ name: 'tl-jail', flags: [`--root=${bare}`], cmd: COMMAND })],
  [
    'bubblewrap',
    () => lab.bubblewrap({ name: 'tl-bwrap', args: ['--unshare-all', '--ro-bind', bare, '/bare'] }),
  ],
];

let imported: Promise<string> | undefined;

async function dockerBare(name: string, args: readonly string[]): Promise<{ initPid: number }> {
  const docker = await lab.docker();
  const tar = join(lab.dir, 'bare.tar');
  imported ??= (async () => {
    execFileSync('tar', ['--numeric-owner', '-C', bare, '-cf', tar, '.']);
    return docker.cli(['import', tar, 'porthole-bare:latest']);
  })();
  await imported;
  return docker.run({ name, args, image: 'porthole-bare:latest', cmd: COMMAND });
}

/** Everything below the target's root, with what `touch`, `chmod` and writing would change, and its mounts. */
function stateOf(pid: number): { files: string; mounts: string } {
  const format = '%p %y %m %U:%G %s %T@ %i %l\\n';
  const skip = ['(', '-path', './proc', '-o', '-path', './sys', '-o', '-path', './dev', ')', '-prune', '-o'];
  const find = ['find', '.', ...skip, '-printf', format];
  const files = execFileSync('sh', ['-c', 'cd "$0" && exec "$@"', `/proc/${pid}/root/`, ...find], {
    encoding: 'latin1',
  });
  return { files, mounts: readFileSync(`/proc/${pid}/mountinfo`, 'latin1') };
}

const said = async (pid: number, args: readonly string[], script: string, tools = 'host') => {
  const { status, stdout, stderr } = await attach(pid, [
    '-q',
    '--tools',
    tools,
    ...args,
    '--',
    ...script.split(' '),
  ]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.trimEnd();
};
const run = (pid: number, script: string) =>
  attach(pid, ['-q', '--tools', 'host', '--', 'bash', '-c', script]);

describe('--tools host', () => {
  it.each(SCRATCH)(
    'in %s our programs run, what the container has is there, and nothing of it changes',
    async (_, make) => {
      const { initPid } = await make();
      const before = stateOf(initPid);
      const names = readdirSync(`/proc/${initPid}/root/.`);
      const script = [
        'ls -A / | sort', // a child, and a pipe between two
        'echo $(id -u) $$',
        'ldd --version >/dev/null && echo script', // a script of the host's
        'readlink /proc/self/ns/net || echo no proc',
        'touch /new 2>/dev/null || echo read-only',
      ];
      const { status, stdout, stderr } = await run(initPid, script.join('; '));
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const lines = stdout.trimEnd().split('\n');
      expect(lines.slice(0, -4).sort()).toEqual([...names, '.porthole'].sort());
      expect(lines.slice(-4, -3)[0]).toMatch(/^(?:0|1000) \d+$/);
      const network = existsSync(`/proc/${initPid}/root/proc/version`)
        ? readlinkSync(`/proc/${initPid}/ns/net`)
        : 'no proc';
      expect(lines.slice(-3)).toEqual(['script', network, 'read-only']);
      expect(stateOf(initPid)).toEqual(before);
    },
  );

  it('the default command is our shell, and what it needs of our libraries is found', async () => {
    const { initPid } = await inBare('tl-shell', ['-mpf']);
    const refused = await attach(initPid, []);
    expect(refused).toMatchObject({
      status: 125,
      stderr: expect.stringContaining('bring yours with --tools host'),
    });
    const { stdout } = await attach(initPid, ['--tools', 'host', '--dry-run']);
    expect(stdout).toContain('execve("/.porthole/tools/bash", ["/.porthole/tools/bash"]');
    expect(stdout).toMatch(
      /symlinkat\("..\/starter", <root>, ".porthole\/tools\/[^"]+"\) {2}# and \d+ more like it/,
    );
    expect(stdout).toContain('which brings no programs along; these lie in /.porthole');
    for (const tool of [
      'ls -d /app',
      'stat -c %n /app',
      'grep -l container /data/note',
      'find /app -maxdepth 0',
    ])
      expect(await said(initPid, [], tool)).toMatch(/^\/(?:app|data\/note)$/);
    expect((await run(initPid, 'nowhere')).status).toBe(127);
    expect((await attach(initPid, ['-q', '--tools', 'host', '--', 'nowhere'])).status).toBe(127);
  });

  it('what is written goes into the container', async () => {
    const root = makeBare('written');
    const { initPid } = await inBare('tl-written', ['-Urmpf'], root);
    await said(initPid, [], 'touch /data/made');
    expect(existsSync(join(root, 'data/made'))).toBe(true);
    expect(await said(initPid, ['--workdir', '/data'], 'pwd')).toBe('/data');
    expect(await said(initPid, ['--root', '/data'], 'ls -A /')).toBe('.porthole\nmade\nnote');
  });

  it("a container's own programs run with its own loader and libraries beside ours", async () => {
    const args = [
      '--unshare-pid',
      '--unshare-net',
      '--ro-bind',
      '/',
      '/',
      '--tmpfs',
      '/tmp',
      '--dev',
      '/dev',
    ];
    const own = lab.track(spawn('bwrap', [...args, '--', ...['sleep', '1000000']], { stdio: 'ignore' }));
    const inside = await lab.waitFor(
      () => children(own.pid).find((pid) => readFileSync(`/proc/${pid}/comm`, 'latin1') === 'bwrap\n'),
      'bubblewrap',
    );
    await lab.waitFor(() => existsSync(`/proc/${inside}/root/tmp/.`), 'its mounts');
    const { stdout, status } = await run(
      inside,
      '/bin/ls -d /tmp; readlink /proc/self/exe; /usr/bin/readlink /proc/self/exe',
    );
    expect(status).toBe(0);
    const [listed, ours, theirs] = stdout.split('\n');
    expect(listed).toBe('/tmp');
    expect(ours).toMatch(/^\/\.porthole\/.*ld/);
    expect(theirs).toMatch(/^\/usr\/bin\//);
  });

  it("the container's limits hold the command, and not what is brought", async () => {
    const flags = ['-mpf', '--mount-proc', `--root=${bare}`];
    const cmd = ['/app/busybox', 'sh', '-c', 'ulimit -f 0 -n 20; exec /app/busybox sleep 1000000'];
    const { initPid } = await lab.unshare({ name: 'tl-limits', flags, cmd });
    await lab.waitFor(
      () => / 20 +20 +files/.test(readFileSync(`/proc/${initPid}/limits`, 'latin1')),
      'its limits',
    );
    const { stdout } = await run(initPid, 'ulimit -f -n');
    expect(stdout).toMatch(/file size .* 0\n.*open files .* 20\n/);
  });

  it('a name that the container has already is left to it', async () => {
    const root = makeBare('taken');
    mkdirSync(join(root, '.porthole/mine'), { recursive: true });
    const { initPid } = await inBare('tl-taken', ['-mpf'], root);
    expect(await said(initPid, [], 'ls -A /.porthole')).toBe('mine');
    expect(await said(initPid, [], 'ls -d /.porthole-2/usr')).toBe('/.porthole-2/usr');
  });

  it('an ordinary user brings them into a container of their own', async () => {
    const root = makeBare('ordinary');
    execFileSync('chown', ['-R', '65534:65534', root]);
    const words = [
      ...ORDINARY_USER.slice(1),
      'unshare',
      '-Urmpf',
      '--mount-proc',
      `--root=${root}`,
      ...COMMAND,
    ];
    const own = lab.track(spawn('setpriv', words, { stdio: 'ignore' }));
    const inside = await lab.waitFor(
      () => children(own.pid).find((pid) => readFileSync(`/proc/${pid}/comm`, 'latin1') === 'busybox\n'),
      'the container of an ordinary user',
    );
    const before = stateOf(inside);
    const script = 'stat -c %u / /.porthole/usr; id -u; ls /data';
    const words2 = ['-q', '--tools', 'host', '--', 'sh', '-c', script];
    const found = await attach(inside, words2, { through: ORDINARY_USER });
    expect(found).toEqual({ status: 0, stdout: '0\n65534\n0\nnote\n', stderr: '' });
    expect(stateOf(inside)).toEqual(before);
  });

  it('is refused where the command stays among our files', async () => {
    const { initPid } = await inBare('tl-outside', ['-mpf']);
    const { status, stderr } = await attach(initPid, ['--tools', 'host', '--ns', 'pid', '--', 'true']);
    expect({ status, stderr }).toMatchObject({
      status: 125,
      stderr: expect.stringContaining('leave it out'),
    });
  });
});

describe('--tools DIR', () => {
  it('brings static programs of a directory, and its bin', async () => {
    const tools = join(lab.dir, 'tools');
    mkdirSync(join(tools, 'bin'), { recursive: true });
    copyFileSync(join(lab.rootfs, 'bin/busybox'), join(tools, 'bin/busybox'));
    chmodSync(join(tools, 'bin/busybox'), 0o755);
    for (const name of ['sh', 'ls']) symlinkSync('busybox', join(tools, 'bin', name));
    const { initPid } = await inBare('tl-directory', ['-Urmpf', '--mount-proc']);
    const before = stateOf(initPid);
    expect(await said(initPid, [], 'ls /data', tools)).toBe('note');
    const { stdout } = await attach(initPid, ['--tools', tools, '--dry-run']);
    expect(stdout).toContain('execve("/.porthole/tools/bin/sh"');
    expect(stateOf(initPid)).toEqual(before);
  });

  it.each([
    ['/nowhere', 'ENOENT'],
    ['/etc/passwd', 'not a directory'],
  ])('%s is an error', async (directory, why) => {
    const { initPid } = await inBare('tl-none', ['-mpf']);
    const { status, stderr } = await attach(initPid, ['--tools', directory, '--', 'true']);
    expect({ status, stderr }).toMatchObject({ status: 125, stderr: expect.stringContaining(why) });
  });
});

describe('what a container can do about it', () => {
  it('what we brought is read-only for everybody, and its mounts are not for the container to change', async () => {
    const { initPid } = await lab.unshare({
      name: 'tl-attack',
      flags: ['-Urmpf', '--mount-proc', `--root=${copyOfRootfs()}`],
    });
    const command = await leave(lab, initPid, ['--tools', 'host'], ['sleep', '1000000']);
    const inner = readFileSync(`/proc/${command.pid}/status`, 'latin1').match(/^NSpid:.*\t(\d+)$/m)?.[1];
    const script = [
      `nsenter -t ${inner} -m /bin/true && echo entered`,
      `touch /proc/${inner}/root/.porthole/usr/x && echo written`,
      `echo > /proc/${inner}/exe && echo overwritten`,
      `mount -o remount,rw,bind /proc/${inner}/root/.porthole/usr && echo remounted`,
      `ls /proc/${inner}/root/etc/shadow /proc/${inner}/root/root && echo seen`,
      'echo done',
    ];
    const { stdout, stderr } = await attach(initPid, ['-q', '--', 'sh', '-c', script.join('; ')]);
    expect({ stdout, stderr }).toMatchObject({ stdout: expect.stringMatching(/(?:^|\n)done\n$/) });
    expect(stdout).not.toMatch(/entered|written|overwritten|remounted/);
    expect(stderr).toMatch(/Operation not permitted[\s\S]*Read-only file system/);
    await command.stop();
  });

  /** Of its own: files are tried to be written. */
  function copyOfRootfs(): string {
    const root = join(lab.dir, 'attacked');
    cpSync(lab.rootfs, root, { recursive: true, verbatimSymlinks: true });
    return root;
  }
});

it.skipIf(cannotTrace)(
  `strace sees what --dry-run said${cannotTrace ? ' (skipped: strace may not trace here)' : ''}`,
  async () => {
    const { initPid } = await inBare('tl-strace', ['-Urmpf', '--mount-proc']);
    const files = new KernelFiles();
    const model = buildModel(await new SampleTaker(files).take());
    const container = resolveTarget(model, String(initPid));
    const options = { command: ['true'], tools: 'host' } as const;
    const prepared = prepareAttach(files, model.host.hierarchies, container, options);
    const directory = mkdtempSync(join(tmpdir(), 'porthole-attach-test-'));
    try {
      await compareWithStrace(prepared.program, { how: 'exited', status: 0 }, directory, prepared.passed);
    } finally {
      prepared.close();
      rmSync(directory, { recursive: true, force: true });
    }
  },
);
