import { describe, expect, it } from 'vitest';
import { planAttach } from '../../../../src/actions/attach/plan.ts';
import type { PlanInput } from '../../../../src/actions/attach/plan-input.ts';
import { attachProgram, numbered, type PassedDescriptors } from '../../../../src/actions/attach/program.ts';
import type { View } from '../../../../src/actions/attach/tools/view.ts';
import { explain } from '../../../../src/launch/explain.ts';
import { input, OURS, status, TARGET } from './input.ts';

const HELD: PassedDescriptors = {
  pidfd: 31,
  namespaces: [],
  root: 32,
  cwd: 33,
  cgroups: [
    { how: 'born', fd: 34, mayFail: false },
    { how: 'write', fd: 35, mayFail: false },
  ],
};

function callsOf(change: Partial<PlanInput> = {}, held = HELD): { launcher: string[]; command: string[] } {
  const lines = explain(attachProgram(planAttach(input(change)), numbered(held).inProgram));
  const of = (process: string) => lines.filter((line) => line.process === process).map(({ call }) => call);
  return { launcher: of('launcher'), command: of('command') };
}

/** Where each is, which must be there. */
function order(calls: readonly string[], ...patterns: readonly RegExp[]): number[] {
  return patterns.map((pattern) => {
    const at = calls.findIndex((call) => pattern.test(call));
    if (at < 0) throw new Error(`no ${pattern} among\n${calls.join('\n')}`);
    return at;
  });
}

const expectOrder = (calls: readonly string[], ...patterns: readonly RegExp[]) => {
  const places = order(calls, ...patterns);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
};

const ordinary = {
  ...OURS,
  status: status({
    capabilities: { inheritable: 0n, permitted: 0n, effective: 0n, bounding: 0n, ambient: 0n },
  }),
};
const everything = {
  ...TARGET,
  differing: ['mnt', 'pid', 'net', 'user', 'uts', 'ipc', 'cgroup', 'time'] as const,
  idMaps: { uids: [{ inside: 0, outside: 0, count: 9 }], gids: [{ inside: 0, outside: 0, count: 9 }] },
  oomScoreAdj: 100,
  limits: [{ name: 'Max open files', soft: 10, hard: 20 }],
  label: 'a:b:c',
  status: status({
    noNewPrivs: true,
    capabilities: { inheritable: 1n, permitted: 3n, effective: 3n, bounding: 3n, ambient: 1n },
  }),
};

it('passes descriptors in the order in which it numbers them', () => {
  const { inProgram, passed } = numbered(HELD);
  expect(passed).toEqual([31, 32, 33, 34, 35]);
  expect(inProgram).toMatchObject({ pidfd: 4, root: 5, cwd: 6, cgroups: [{ fd: 7 }, { fd: 8 }] });
  expect(numbered({ ...HELD, cwd: undefined }).inProgram.cgroups).toMatchObject([{ fd: 6 }, { fd: 7 }]);
});

describe('with rights over the host', () => {
  const { launcher, command } = callsOf({ facts: everything });

  it('the launcher enters nothing but the pid namespace, hidden from whoever is in there, and waits outside', () => {
    expectOrder(
      launcher,
      /^setsid/,
      /PR_SET_PDEATHSIG, SIGTERM/,
      /SUID_DUMP_DISABLE/,
      /^setns\(4, CLONE_NEWPID\)$/,
      /^clone3/,
    );
    expect(launcher.filter((call) => call.startsWith('setns'))).toHaveLength(1);
    expect(launcher).toContain('close_range(0, 4294967295, 0)');
  });

  it('the command takes what needs our rights first, and gives them up last', () => {
    expectOrder(
      command,
      /attr\/exec/,
      /oom_score_adj/,
      /^write\(8, "0", 1\)/,
      /^prlimit64\(0, RLIMIT_NOFILE/,
      /^setns\(4, .*CLONE_NEWUSER/,
      /^fchdir\(5\)/,
      /^chroot/,
      /^fchdir\(6\)/,
      /^close_range\(4, 4294967295, 0\)/,
      /^getcwd/,
      /^umask/,
      /PR_CAPBSET_DROP/,
      /PR_SET_KEEPCAPS/,
      /^setgroups/,
      /^setresgid/,
      /^setresuid/,
      /^capset/,
      /PR_CAP_AMBIENT_RAISE, CAP_CHOWN/,
      /PR_SET_NO_NEW_PRIVS/,
      /PR_SET_PDEATHSIG, SIGKILL/,
      /^rt_sigprocmask\(SIG_SETMASK, \[\]/,
      /^execve\("\/bin\/true"/,
    );
  });
});

describe('as an ordinary user', () => {
  const cgroups = [{ how: 'write', fd: 34, mayFail: true }] as const;
  const facts = { ...everything, limits: [], label: undefined };
  const { launcher, command } = callsOf({ facts, own: ordinary }, { ...HELD, cgroups });

  it('the user namespace comes first: it gives the rights for the others', () => {
    expectOrder(
      launcher,
      /oom_score_adj/,
      /SUID_DUMP_DISABLE/,
      /^setns\(4, CLONE_NEWUSER\|CLONE_NEWPID\)$/,
      /^clone\(/,
    );
    expectOrder(command, /^write\(7, "0", 1\)/, /^setns\(4, (?!.*NEWUSER)/, /^chroot/);
  });
});

it('detached, the launcher goes at once and nobody dies with it', () => {
  const { launcher, command } = callsOf({ options: { command: ['true'], detach: true } });
  expect(launcher.at(-1)).toBe('exit_group(0)');
  expect([...launcher, ...command].filter((call) => call.includes('PDEATHSIG'))).toEqual([]);
});

it('with a terminal of its own the command has a session of its own', () => {
  const { launcher, command } = callsOf({ options: { command: ['true'], terminal: { name: 'xterm' } } });
  expect(launcher.filter((call) => call.includes('PDEATHSIG'))).toEqual([]);
  expectOrder(command, /^setresuid/, /^setsid/, /^ioctl\(0, TIOCSCTTY, 0\)/, /^execve/);
  expect(command.at(-1)).toContain('"TERM=xterm"');
});

it('among our own files no directory is changed', () => {
  const { command } = callsOf({ options: { command: ['true'], namespaces: ['net'] } });
  expect(command.filter((call) => /^(?:fchdir|chroot|chdir|getcwd)/.test(call))).toEqual([]);
});

describe('with tools', () => {
  const view: View = {
    tools: {
      place: '/.porthole',
      trees: [{ from: '/usr', at: 'usr' }],
      links: [{ at: 'lib', target: 'usr/lib' }],
      starter: undefined,
      directories: ['/.porthole/tools'],
      variables: [],
      stat: (path) => ({ ok: false, why: 'absent', path, errno: 'ENOENT' }),
    },
    entries: [
      { kind: 'directory', name: 'etc' },
      { kind: 'link', name: 'bin', target: 'usr/bin' },
      { kind: 'file', name: 'server' },
    ],
    rootIsMount: true,
    mode: 0o755,
    owner: { uid: 7, gid: 8 },
  };
  const options = { command: ['true'], tools: 'host' } as const;

  it('ours is taken first and read-only, the user namespace comes last, and the old root is gone', () => {
    const { command } = callsOf({ facts: everything, options, view });
    expectOrder(
      command,
      /^fsconfig\(.*"uid", "7"/,
      /^mkdirat\(<root>, "etc"/,
      /^symlinkat\("usr\/bin", <root>, "bin"/,
      /^mknodat\(<root>, "server", S_IFREG/,
      /^open_tree\(AT_FDCWD, "\/usr", .*AT_RECURSIVE/,
      /^mount_setattr\(<\/usr>, .*attr_set=MOUNT_ATTR_RDONLY\|MOUNT_ATTR_NOSUID\|MOUNT_ATTR_NODEV.*MS_PRIVATE/,
      /^setns\(4, (?!.*NEWUSER).*CLONE_NEWNS/,
      /^fchdir\(5\)/,
      /^unshare\(CLONE_NEWNS\)/,
      /^mount\("none", "\/", NULL, MS_REC\|MS_PRIVATE/,
      /^chroot/,
      /^open_tree\(AT_FDCWD, "etc", .*AT_SYMLINK_NOFOLLOW/,
      /^move_mount\(<\/server>/,
      /^move_mount\(<\/usr>/,
      /^mount_setattr\(<root>, .*attr_set=MOUNT_ATTR_RDONLY/,
      /^pivot_root/,
      /^umount2/,
      /^prlimit64/,
      /^setns\(4, CLONE_NEWUSER\)/,
      /^close_range\(4/,
      /^chdir\("\/work"\)/,
      /^execve/,
    );
    expect(command.filter((call) => call.startsWith('unshare'))).toHaveLength(1);
    expect(command.filter((call) => call.startsWith('open_tree') && call.includes('"bin"'))).toEqual([]);
  });

  it('an ordinary user takes it from a copy of our mounts that the joined user namespace owns', () => {
    const facts = { ...everything, limits: [], label: undefined };
    const held = { ...HELD, cgroups: [] };
    const { command } = callsOf({ facts, own: ordinary, options, view }, held);
    expectOrder(
      command,
      /^unshare/,
      /^fsopen/,
      /^open_tree\(AT_FDCWD, "\/usr"/,
      /^setns/,
      /^fchdir\(5\)/,
      /^pivot_root/,
    );
    expect(command.filter((call) => call.startsWith('unshare'))).toHaveLength(2);
  });

  it('a root that is no mount is left by chroot', () => {
    const { command } = callsOf({ options, view: { ...view, rootIsMount: false } });
    expect(command.filter((call) => /^(?:pivot_root|umount2)/.test(call))).toEqual([]);
    expect(command.filter((call) => call.startsWith('chroot'))).toHaveLength(2);
  });
});

describe('on a kernel that joins no namespaces by a pidfd', () => {
  const namespaces = [...everything.differing].map((type, i) => ({ type, fd: 40 + i }));
  const setns = (own: typeof OURS) => {
    const held = { ...HELD, namespaces, cgroups: [] };
    const facts = { ...everything, limits: [], label: undefined };
    const plan = planAttach(input({ facts, own }));
    const lines = explain(attachProgram(plan, numbered(held).inProgram, [90]));
    return lines.filter(({ label }) => label.startsWith('setns')).map(({ label }) => label);
  };

  it('the user namespace comes last with rights over the host, and first without', () => {
    expect(setns(OURS).at(0)).toBe('setns(pid)');
    expect(setns(OURS).at(-1)).toBe('setns(user)');
    expect(setns(ordinary).slice(0, 2)).toEqual(['setns(user)', 'setns(pid)']);
    expect(setns(ordinary).toSorted()).toEqual(setns(OURS).toSorted());
    expect(setns(OURS)).toHaveLength(namespaces.length);
  });

  it('closes each descriptor that was passed or came with us, in both processes', () => {
    const lines = explain(attachProgram(planAttach(input()), numbered(HELD).inProgram, [90]));
    const closed = (process: string) =>
      lines
        .filter((line) => line.process === process)
        .flatMap(({ call }) => /^close\((\d+)\)$/.exec(call)?.[1] ?? []);
    expect(closed('launcher').map(Number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 90]);
    expect(closed('command').map(Number)).toEqual([4, 5, 6, 7, 8, 90]);
  });
});
