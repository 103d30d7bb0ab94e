// An attached command is what the engine's own exec would have made, and where there is no engine what the container's own
// init would start: compared by what the kernel says of both.
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, type LabContainer } from '../lab/index.ts';
import { attach, differences, factsOf, leave } from './attach-kit.ts';
import { children as childrenOf } from './launch-kit.ts';
import { ORDINARY_USER } from './porthole.ts';

let lab: Lab;
let one: Promise<LabContainer> | undefined;
/** For tests that change nothing in it. */
const shared = () => (one ??= lab.runc({ name: 'at-shared' }));
beforeAll(async () => {
  lab = await Lab.create();
  // For the root of a user namespace, who is nobody on the way to its root file system.
  chmodSync(lab.dir, 0o711);
});
afterAll(() => lab?.close());

/** All below a process. */
function descendants(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);
}

const SLEEP = ['/bin/sleep', '1000000'];

interface Case {
  readonly name: string;
  readonly make: () => Promise<LabContainer>;
  /** Facts that differ, and must; docs/attach.md gives the reasons. */
  readonly differ?: readonly string[];
  readonly execArgs?: readonly string[];
}

/** Docker and podman filter system calls; a filter cannot be read without stopping the target. */
const FILTER = ['Seccomp', 'Seccomp_filters'];

const ENGINES: readonly Case[] = [
  {
    name: 'docker',
    make: async () => (await lab.docker()).run({ name: 'at-docker', args: ['-m', '64m', '-e', 'X=a b'] }),
    differ: FILTER,
  },
  {
    name: 'docker: another user, directory and group',
    make: async () =>
      (await lab.docker()).run({
        name: 'at-user',
        args: ['-u', '1000:1000', '-w', '/tmp', '--group-add', '77', '--cap-drop', 'ALL'],
      }),
    differ: FILTER,
  },
  {
    name: 'docker: read-only, host network and pids',
    make: async () =>
      (await lab.docker()).run({
        name: 'at-host',
        args: ['--read-only', '--network', 'host', '--pid', 'host', '--oom-score-adj', '500'],
      }),
    differ: FILTER,
  },
  {
    // It leaves HOSTNAME out.
    name: 'podman',
    make: () => lab.podman({ name: 'at-podman' }),
    differ: [...FILTER, 'environ'],
  },
  { name: 'containerd', make: async () => (await lab.containerd()).run({ name: 'at-ctr' }) },
  { name: 'runc', make: () => lab.runc({ name: 'at-runc' }) },
];

describe("as the engine's own exec", () => {
  it.each(ENGINES)('$name', async ({ make, differ = [] }) => {
    const container = await make();
    const theirs = factsOf((await container.exec(SLEEP)).pid);
    const ours = factsOf((await leave(lab, container.initPid)).pid);
    const found = differences(ours, theirs);
    expect(found).toEqual(Object.fromEntries(differ.map((key) => [key, found[key]])));
  });
});

const OWN: readonly (Omit<Case, 'make'> & { readonly make: () => Promise<{ initPid: number }> })[] = [
  { name: 'unshare -Urmpf', make: () => lab.unshare({ name: 'at-unshare' }) },
  {
    name: 'every namespace there is',
    make: () => lab.unshare({ name: 'at-all', flags: ['-UrmpfuinCT', '--mount-proc'] }),
  },
  {
    name: 'a user namespace with ids of its own',
    make: ownIds,
  },
  // Its init blocks SIGCHLD for itself.
  { name: 'bubblewrap', make: () => lab.bubblewrap({ name: 'at-bwrap' }), differ: ['SigBlk'] },
  { name: 'nspawn', make: () => lab.nspawn({ name: 'at-nspawn' }), differ: FILTER },
  // Its init has neither PATH nor HOME.
  { name: 'lxc', make: () => lab.lxc({ name: 'at-lxc' }), differ: ['environ'] },
  { name: 'chroot', make: () => lab.chroot({ name: 'at-chroot' }) },
];

/** Its user namespace maps other ids than the host's; its init is somebody in there, with a group more and an umask. */
async function ownIds(): Promise<{ initPid: number }> {
  const script = [
    'import ctypes, os, signal, time',
    'ctypes.CDLL(None).unshare(0x10000000 | 0x20000 | 0x20000000)',
    'while not open("/proc/self/uid_map").read(): time.sleep(0.01)',
    'if os.fork(): os.wait()',
    'os.setgroups([7]); os.setresgid(5, 5, 5); os.setresuid(6, 6, 6); os.umask(0o77)',
    // Python ignores these; what it runs would as well.
    'for name in (signal.SIGPIPE, signal.SIGXFSZ): signal.signal(name, signal.SIG_DFL)',
    'os.execv("/bin/sleep", ["sleep", "1000000"])',
  ];
  const { pid } = lab.track(spawn('python3', ['-c', script.join('\n')], { stdio: 'ignore' }));
  const users = () => readlinkSync(`/proc/${pid}/ns/user`);
  await lab.waitFor(() => users() !== readlinkSync('/proc/self/ns/user'), 'its user namespace');
  for (const map of ['gid_map', 'uid_map']) writeFileSync(`/proc/${pid}/${map}`, '0 100000 65536');
  const isReady = (child: number) => readFileSync(`/proc/${child}/comm`, 'latin1') === 'sleep\n';
  return { initPid: await lab.waitFor(() => childrenOf(pid).find(isReady), 'its ids') };
}

describe('as what its own init would start', () => {
  it.each(OWN)('$name', async ({ make, differ = [] }) => {
    const container = await make();
    const { descriptors, ...ours } = factsOf((await leave(lab, container.initPid)).pid);
    const found = differences(ours, factsOf(container.initPid));
    expect(descriptors).toBe('0 1 2');
    expect(found).toEqual(Object.fromEntries(differ.map((key) => [key, found[key]])));
  });
});

describe('the end', () => {
  it.each([
    ['its status', ['sh', '-c', 'exit 42'], 42, ''],
    ['a signal', ['sh', '-c', 'kill -KILL $$'], 137, ''],
    ['a signal that stops nothing else', ['sh', '-c', 'kill -TERM $$'], 143, ''],
    ['not found', ['nowhere'], 127, '(ENOENT); there is no such command'],
    ['not executable', ['/etc/passwd'], 126, 'execve(/etc/passwd): permission denied (EACCES)'],
    ['a directory', ['/etc'], 126, 'execve(/etc): permission denied (EACCES)'],
  ])('%s', async (_, command, status, said) => {
    const { initPid } = await shared();
    const found = await attach(initPid, ['-q', '--', ...command]);
    expect(found.status).toBe(status);
    expect(found.stderr).toContain(said);
  });
});

describe('refuses', () => {
  it('a frozen container, unless told to', async () => {
    const container = await lab.runc({ name: 'at-frozen' });
    await container.pause?.();
    const refused = await attach('at-frozen', ['--', 'true']);
    expect(refused).toMatchObject({ status: 125, stdout: '' });
    expect(refused.stderr).toMatch(/^porthole: at-frozen is frozen.*--ignore-frozen/);
    const waiting = attach('at-frozen', ['-q', '--ignore-frozen', '--', 'true']);
    await container.resume?.();
    expect((await waiting).status).toBe(0);
  });

  it('a target that is none, and wrong words', async () => {
    const { initPid } = await shared();
    expect((await attach('nobody-is-called-so', ['--', 'true'])).status).toBe(3);
    for (const words of [['--ns', 'nothing'], ['--cap-add', 'nothing'], ['--env', '=x'], ['--unknown']])
      expect((await attach(initPid, [...words, '--', 'true'])).status).toBe(2);
    const unknown = await attach(initPid, ['--user', 'nobody-here', '--', 'true']);
    expect(unknown).toMatchObject({
      status: 125,
      stderr: expect.stringContaining('has no user "nobody-here"'),
    });
  });

  it("an ordinary user other people's containers, and says which right is missing", async () => {
    const { initPid } = await shared();
    const denied = await attach(initPid, ['--', 'true'], { through: ORDINARY_USER });
    expect(denied).toMatchObject({
      status: 5,
      stderr: expect.stringMatching(/EACCES: needs CAP_SYS_PTRACE/),
    });
  });
});

it('an ordinary user enters a container of their own', async () => {
  const words = [...ORDINARY_USER.slice(1), 'unshare', '-Urmpf', '--mount-proc', 'sleep', '1000000'];
  const own = lab.track(spawn('setpriv', words, { stdio: 'ignore' }));
  const inside = await lab.waitFor(
    () => descendants(own.pid).find((pid) => readFileSync(`/proc/${pid}/comm`, 'latin1') === 'sleep\n'),
    'the container of an ordinary user',
  );
  const script = 'id -u; echo $$; readlink /proc/self/ns/user; grep CapEff /proc/self/status';
  const { status, stdout, stderr } = await attach(inside, ['--', 'sh', '-c', script], {
    through: ORDINARY_USER,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const [uid, pid, users, caps] = stdout.split('\n');
  expect(uid).toBe('0');
  expect(Number(pid)).toBeLessThan(100);
  expect(users).toBe(readlinkSync(`/proc/${inside}/ns/user`));
  expect(caps).toMatch(/^CapEff:\t000001f{10}$/);
});

describe('what a container can do about it', () => {
  /** A root file system of its own, in which files may be replaced. */
  const jail = async (name: string, change: (root: string) => void, cmd?: readonly string[]) => {
    const root = join(lab.dir, `root-${name}`);
    cpSync(lab.rootfs, root, { recursive: true, verbatimSymlinks: true });
    change(root);
    return lab.unshare({
      name,
      flags: ['-mpf', '--propagation', 'private', `--root=${root}`],
      ...(cmd && { cmd }),
    });
  };
  const replace = (root: string, path: string, target: string) => {
    rmSync(join(root, path), { recursive: true, force: true });
    symlinkSync(target, join(root, path));
  };

  it('its passwd and its shell are looked up inside, whatever they are links to', async () => {
    // On the host /bin/bash and root's entry of /etc/passwd exist; inside, neither does.
    const { initPid } = await jail('at-links', (root) => {
      replace(root, 'etc/passwd', '/../../../../../../../proc/1/root/etc/passwd');
    });
    const named = await attach(initPid, ['--user', 'daemon', '--', 'true']);
    expect(named).toMatchObject({ status: 125, stderr: expect.stringContaining('has no user "daemon"') });
    const shell = await attach(initPid, ['--dry-run']);
    expect(shell.stdout).toContain('execve("/bin/sh", ["/bin/sh"]');
  });

  it.each([
    ['a FIFO', (path: string) => execFileSync('mkfifo', [path])],
    ['a directory', (path: string) => mkdirSync(path)],
    ['a device', (path: string) => execFileSync('mknod', [path, 'c', '1', '9'])],
    ['megabytes of nothing', (path: string) => writeFileSync(path, Buffer.alloc(3_000_000))],
  ])('its passwd may be %s', async (what, make) => {
    const { initPid } = await jail(`at-${what.replaceAll(' ', '-')}`, (root) => {
      rmSync(join(root, 'etc/passwd'));
      make(join(root, 'etc/passwd'));
    });
    expect((await attach(initPid, ['-q', '--', 'echo', 'entered'])).stdout).toBe('entered\n');
  });

  it('its shell may be a link to the host, and leads inside', async () => {
    const { initPid } = await jail('at-shell', (root) => {
      writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/opt/sh\n');
      mkdirSync(join(root, 'opt'));
      symlinkSync('/../../../../../../../bin/busybox', join(root, 'opt/sh'));
    });
    const { stdout } = await attach(initPid, ['--dry-run']);
    expect(stdout).toContain('execve("/opt/sh", ["/opt/sh"]');
    expect((await attach(initPid, ['-q', '--', '/opt/sh', '-c', 'true'])).status).toBe(0);
  });

  it('a working directory outside of its root is not entered', async () => {
    // chroot(2) alone leaves the working directory where it was.
    const script = 'import os, time; os.chdir("/"); os.chroot(os.environ["ROOT"]); time.sleep(1000000)';
    const root = lab.rootfs;
    const outside = await lab.unshare({
      name: 'at-cwd',
      flags: ['-mpf', '--propagation', 'private'],
      cmd: ['env', `ROOT=${root}`, 'python3', '-c', script],
    });
    await lab.waitFor(() => readlinkSync(`/proc/${outside.commandPid}/root`) === root, 'the chroot');
    const { stdout, status } = await attach(outside.initPid, [
      '-q',
      '--',
      'sh',
      '-c',
      'pwd; ls -d /etc/os-release',
    ]);
    expect({ stdout, status }).toEqual({ stdout: '/\n/etc/os-release\n', status: 0 });
  });

  it('a --workdir that leads to a descriptor of ours leads nowhere', async () => {
    const { initPid } = await shared();
    for (const fd of [3, 4, 5, 6, 16]) {
      const { status, stderr } = await attach(initPid, [
        '-q',
        '--workdir',
        `/proc/self/fd/${fd}`,
        '--',
        'pwd',
      ]);
      expect({ fd, status }).toEqual({ fd, status: 125 });
      expect(stderr).toMatch(/chdir\(.*\): [^(]*\((?:ENOENT|ENOTDIR)\)/);
    }
  });
});

it('a target that dies in the middle is an error, and nothing stays', async () => {
  const { initPid } = await lab.unshare({ name: 'at-dies', cmd: ['sleep', '0.4'] });
  const found = await Promise.all(
    Array.from({ length: 6 }, () => attach(initPid, ['-q', '--', 'sleep', '1000000'])),
  );
  for (const { status } of found) expect([3, 125, 137]).toContain(status);
});
