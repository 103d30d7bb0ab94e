import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { explain } from '../../src/launch/explain.ts';
import * as flag from '../../src/launch/flags.ts';
import { type Program, program } from '../../src/launch/program.ts';
import * as struct from '../../src/launch/structs.ts';
import { sys } from '../../src/launch/syscalls.ts';
import { cannotTrace, compareWithStrace, traced } from './strace-kit.ts';

const { CLONE, PR } = flag;
const OPEN = process.arch === 'arm64' ? flag.OPEN.arm64 : flag.OPEN.x64;
const directory = mkdtempSync(join(tmpdir(), 'porthole-launch-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const compare = (p: Program, status: unknown) => compareWithStrace(p, status, directory);

it.skipIf(cannotTrace)(
  `as an attach does it${cannotTrace ? ' (skipped: strace may not trace here)' : ''}`,
  async () => {
    const p = program('attach');
    const all = struct.signalSet('all');
    p.step('close on exec', sys.close_range, 3, flag.LAST_DESCRIPTOR, flag.CLOSE_RANGE.CLOSE_RANGE_CLOEXEC);
    p.step('not dumpable', sys.prctl, PR.PR_SET_DUMPABLE, 0, 0, 0, 0);
    p.step(
      'session keyring',
      sys.keyctl,
      flag.KEYCTL.KEYCTL_JOIN_SESSION_KEYRING,
      p.string('porthole'),
    ).ignore(['ENOSYS', 'EPERM', 'EDQUOT']);
    const pidfd = p.step('pidfd', sys.pidfd_open, process.pid, 0).result('pidfd');
    const several = CLONE.CLONE_NEWUTS | CLONE.CLONE_NEWIPC | CLONE.CLONE_NEWCGROUP;
    p.step('setns(pidfd)', sys.setns, pidfd, several);
    p.step('close(pidfd)', sys.close, pidfd);
    const ns = p
      .step('open(net)', sys.openat, flag.AT_FDCWD, p.string('/proc/self/ns/net'), OPEN.O_CLOEXEC, 0)
      .result('net');
    p.step('setns(net)', sys.setns, ns, CLONE.CLONE_NEWNET);
    p.step('setns(user)', sys.setns, ns, CLONE.CLONE_NEWUSER).ignore('EINVAL');
    p.fork3('fork', struct.cloneArguments(p.processor, { flags: 0, exitSignal: 17 }), (child) => {
      p.report('child', child);
      p.step('close(status)', sys.close, 3);
      p.passOn('wait', child);
    });
    const { RESOLVE_NO_XDEV, RESOLVE_NO_MAGICLINKS } = flag.RESOLVE;
    const how = {
      flags: OPEN.O_PATH | OPEN.O_DIRECTORY | OPEN.O_CLOEXEC,
      resolve: RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
    };
    const root = p
      .step('open(root)', sys.openat2, flag.AT_FDCWD, p.string('/'), struct.openHow(p.processor, how), 24)
      .result('root');
    p.step('fchdir', sys.fchdir, root);
    p.step('chroot', sys.chroot, p.string('.'));
    p.step('getcwd', sys.getcwd, p.scratch(4096, 'cwd'), 4096);
    p.step('setsid', sys.setsid);
    p.step('terminal', sys.ioctl, 0, flag.IOCTL.TIOCSCTTY, 0).ignore(['ENOTTY', 'EINVAL']);
    p.step('umask', sys.umask, 0o22);
    p.step('parent death', sys.prctl, PR.PR_SET_PDEATHSIG, 9, 0, 0, 0);
    p.step('dup3', sys.dup3, 0, 9, OPEN.O_CLOEXEC);
    p.step('limit', sys.prlimit64, 0, flag.RLIMIT.RLIMIT_NOFILE, struct.resourceLimit(1024n, 4096n), 0);
    p.step('limit', sys.prlimit64, 0, flag.RLIMIT.RLIMIT_CORE, struct.resourceLimit(0n, 1000n), 0);
    p.step('bounding set', sys.prctl, PR.PR_CAPBSET_DROP, 16, 0, 0, 0);
    p.step('keep', sys.prctl, PR.PR_SET_KEEPCAPS, 1, 0, 0, 0);
    p.step('groups', sys.setgroups, 3, struct.groupList([65534, 5, 20]));
    p.step('gid', sys.setresgid, 65534, 65534, 65534);
    p.step('uid', sys.setresuid, 65534, 65534, 65534);
    const sets = { effective: 0x21n, permitted: 0x21n | (1n << 38n), inheritable: 0x1n };
    p.step('capset', sys.capset, struct.capabilityHeader(), struct.capabilitySets(sets));
    const { PR_CAP_AMBIENT_CLEAR_ALL, PR_CAP_AMBIENT_RAISE } = flag.PR_CAP_AMBIENT;
    p.step('ambient', sys.prctl, PR.PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    p.step('ambient', sys.prctl, PR.PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 0, 0, 0);
    p.step('no new privileges', sys.prctl, PR.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    p.step('pause', sys.nanosleep, struct.duration(1.5), 0);
    p.step('signals', sys.rt_sigprocmask, flag.SIG_HOW.SIG_UNBLOCK, struct.signalSet([1, 15]), 0, 8);
    p.step('signals', sys.rt_sigprocmask, flag.SIG_HOW.SIG_BLOCK, all, 0, 8);
    p.step('nowhere', sys.execve, p.string('/nowhere/sh'), p.strings(['sh']), p.strings([])).ignore('ENOENT');
    p.exec(
      'sh',
      p.string('/bin/sh'),
      p.strings(['sh', '-c', 'exit 6\n#\t"ä"']),
      p.strings(['A=b', 'ESC=\x1b[0m1']),
    );
    await compare(p, { how: 'exited', status: 6 });
  },
);

it.skipIf(cannotTrace)('as a spawn does it', async () => {
  const p = program('spawn');
  const { processor } = p;
  p.step(
    'unshare',
    sys.unshare,
    CLONE.CLONE_NEWNS | CLONE.CLONE_NEWUTS | CLONE.CLONE_NEWPID | CLONE.CLONE_NEWNET,
  );
  p.fork(
    'fork',
    (child) => {
      p.step('close(status)', sys.close, 3);
      p.passOn('wait', child);
    },
    'init',
  );
  const { MS_REC, MS_PRIVATE, MS_NOSUID, MS_NODEV, MS_BIND } = flag.MOUNT;
  const target = join(directory, 'root');
  p.step('private', sys.mount, 0, p.string('/'), 0, MS_REC | MS_PRIVATE, 0);
  p.step('mkdir', sys.mkdirat, flag.AT_FDCWD, p.string(target), 0o755);
  p.step(
    'tmpfs',
    sys.mount,
    p.string('tmpfs'),
    p.string(target),
    p.string('tmpfs'),
    MS_NOSUID | MS_NODEV,
    p.string('size=1m'),
  );
  const dir = p
    .step('open(target)', sys.openat, flag.AT_FDCWD, p.string(target), OPEN.O_PATH | OPEN.O_DIRECTORY, 0)
    .result('target');
  for (const name of ['usr', 'proc', 'dev', 'old'])
    p.step(`mkdir ${name}`, sys.mkdirat, dir, p.string(name), 0o700);
  const { OPEN_TREE_CLONE, OPEN_TREE_CLOEXEC, AT_RECURSIVE } = flag.OPEN_TREE;
  const tree = p
    .step(
      'open_tree',
      sys.open_tree,
      flag.AT_FDCWD,
      p.string('/usr'),
      OPEN_TREE_CLONE | AT_RECURSIVE | OPEN_TREE_CLOEXEC,
    )
    .result('usr');
  const readOnly = struct.mountAttributes(processor, { set: flag.MOUNT_ATTR.MOUNT_ATTR_RDONLY });
  p.step(
    'read-only',
    sys.mount_setattr,
    tree,
    p.string(''),
    flag.AT.AT_EMPTY_PATH | flag.AT.AT_RECURSIVE,
    readOnly,
    32,
  );
  p.step(
    'move_mount',
    sys.move_mount,
    tree,
    p.string(''),
    dir,
    p.string('usr'),
    flag.MOVE_MOUNT.MOVE_MOUNT_F_EMPTY_PATH,
  );
  p.step('links', sys.symlinkat, p.string('usr/bin'), dir, p.string('bin'));
  p.step('links', sys.symlinkat, p.string('usr/lib'), dir, p.string('lib'));
  p.step('links', sys.symlinkat, p.string('usr/lib64'), dir, p.string('lib64'));
  const fs = p.step('fsopen', sys.fsopen, p.string('proc'), flag.FSOPEN.FSOPEN_CLOEXEC).result('fs');
  p.step(
    'fsconfig',
    sys.fsconfig,
    fs,
    flag.FSCONFIG.FSCONFIG_SET_STRING,
    p.string('hidepid'),
    p.string('2'),
    0,
  );
  p.step('fsconfig', sys.fsconfig, fs, flag.FSCONFIG.FSCONFIG_CMD_CREATE, 0, 0, 0);
  const proc = p
    .step('fsmount', sys.fsmount, fs, flag.FSMOUNT.FSMOUNT_CLOEXEC, flag.MOUNT_ATTR.MOUNT_ATTR_NOSUID)
    .result('proc');
  p.step(
    'move proc',
    sys.move_mount,
    proc,
    p.string(''),
    dir,
    p.string('proc'),
    flag.MOVE_MOUNT.MOVE_MOUNT_F_EMPTY_PATH,
  );
  p.step('chdir', sys.fchdir, dir);
  p.step('bind', sys.mount, p.string('/dev/null'), p.string('dev'), 0, MS_BIND, 0).ignore('ENOTDIR');
  p.step('pivot_root', sys.pivot_root, p.string('.'), p.string('old'));
  p.step('detach', sys.umount2, p.string('/old'), flag.UMOUNT.MNT_DETACH);
  p.step('rmdir', sys.unlinkat, dir, p.string('old'), flag.AT.AT_REMOVEDIR);
  p.step('chown', sys.fchownat, dir, p.string('dev'), 1, -1, flag.AT.AT_SYMLINK_NOFOLLOW);
  p.step('hostname', sys.sethostname, p.string('web'), 3);
  const socket = p.step('socket', sys.socket, flag.AF.AF_INET, flag.SOCK.SOCK_DGRAM, 0).result('socket');
  p.step('close', sys.close, socket);
  p.step('subreaper', sys.prctl, PR.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  p.step('name', sys.prctl, PR.PR_SET_NAME, p.string('init'), 0, 0, 0);
  p.step('personality', sys.personality, 0);
  p.fork('fork', (child) => {
    p.step('close', sys.close, dir);
    p.passOn('wait', child, 'own');
  });
  p.step('setsid', sys.setsid);
  p.exec('true', p.string('/bin/true'), p.strings(['true']), p.strings([]));
  await compare(p, { how: 'exited', status: 0 });
});

it.skipIf(cannotTrace)('a failure, and waiting for a descriptor, are shown too', async () => {
  const p = program('attach');
  p.step('dup', sys.dup, 1).result('copy');
  p.step('wait', sys.waitid, flag.WAIT_ID.P_ALL, 0, 0, flag.WAIT.WEXITED | flag.WAIT.WNOHANG, 0).ignore(
    'ECHILD',
  );
  p.step('setns(net)', sys.setns, 1, CLONE.CLONE_NEWNET);
  const { calls, failure, status } = await traced(p, directory, []);
  expect(calls[0]?.slice(0, 3)).toEqual(explain(p).map(({ call }) => call));
  expect(calls[0]?.slice(3).map((call) => call.replace(/"[^"]*"/, '""'))).toEqual([
    'write(3, "", 16)',
    'exit_group(125)',
  ]);
  expect(failure).toBe('attach test: setns(net): invalid argument (EINVAL); nothing was changed');
  expect(status).toEqual({ how: 'exited', status: 125 });
});
