import { expect, it } from 'vitest';
import { explain, explainText } from '../../../src/launch/explain.ts';
import * as flag from '../../../src/launch/flags.ts';
import { type Program, program } from '../../../src/launch/program.ts';
import * as struct from '../../../src/launch/structs.ts';
import { sys } from '../../../src/launch/syscalls.ts';

const { CLONE, PR } = flag;
const IN_ROOT = flag.RESOLVE.RESOLVE_IN_ROOT | flag.RESOLVE.RESOLVE_NO_MAGICLINKS;

it.each<[string, (p: Program) => void, string]>([
  ['no argument', (p) => p.step('x', sys.setsid), 'setsid()'],
  [
    'flags',
    (p) => p.step('x', sys.setns, 5, CLONE.CLONE_NEWNS | CLONE.CLONE_NEWPID),
    'setns(5, CLONE_NEWNS|CLONE_NEWPID)',
  ],
  ['a flag without a name', (p) => p.step('x', sys.unshare, 0x40), 'unshare(0x40)'],
  ['no flags', (p) => p.step('x', sys.setns, 5, 0), 'setns(5, 0)'],
  [
    'open, read-only being a number and not a flag',
    (p) => p.step('x', sys.openat, flag.AT_FDCWD, p.string('/a b'), flag.OPEN.x64.O_CLOEXEC, 0),
    'openat(AT_FDCWD, "/a b", O_RDONLY|O_CLOEXEC)',
  ],
  [
    'openat2',
    (p) =>
      p.step(
        'x',
        sys.openat2,
        4,
        p.string('etc/passwd'),
        struct.openHow('x64', { flags: 0, resolve: IN_ROOT }),
        24,
      ),
    'openat2(4, "etc/passwd", {flags=O_RDONLY, resolve=RESOLVE_NO_MAGICLINKS|RESOLVE_IN_ROOT}, 24)',
  ],
  ['an id that stays', (p) => p.step('x', sys.setresuid, -1, 1000, 0), 'setresuid(-1, 1000, 0)'],
  ['groups', (p) => p.step('x', sys.setgroups, 2, struct.groupList([0, 27])), 'setgroups(2, [0, 27])'],
  ['octal', (p) => p.step('x', sys.umask, 0o22), 'umask(022)'],
  [
    'prctl, as far as it counts',
    (p) => p.step('x', sys.prctl, PR.PR_SET_PDEATHSIG, 9, 0, 0, 0),
    'prctl(PR_SET_PDEATHSIG, SIGKILL)',
  ],
  [
    'prctl with a capability',
    (p) => p.step('x', sys.prctl, PR.PR_CAPBSET_DROP, 21, 0, 0, 0),
    'prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN)',
  ],
  [
    'nothing as NULL',
    (p) => p.step('x', sys.mount, 0, p.string('/'), 0, 0x4_4000, 0),
    'mount(NULL, "/", NULL, MS_REC|MS_PRIVATE, NULL)',
  ],
  [
    'bytes that would do something to a terminal',
    (p) => p.step('x', sys.chdir, p.string('/\x1b[2J\x07"\\\n1\u202e')),
    'chdir("/\\33[2J\\7\\"\\\\\\n1\\342\\200\\256")',
  ],
  ['a descriptor that is known only then', (p) => p.step('x', sys.close, p.slot('root')), 'close(<root>)'],
])('%s', (_name, make, wanted) => {
  const p = program('x', 'x64');
  make(p);
  expect(explain(p).map(({ call }) => call)).toEqual([wanted]);
});

it('O_DIRECTORY is another number on the other processor', () => {
  const text = (['x64', 'arm64'] as const).map((processor) => {
    const p = program('x', processor);
    p.step('x', sys.openat, 4, p.string('.'), flag.OPEN[processor].O_DIRECTORY, 0);
    return explain(p)[0]?.call;
  });
  expect(text).toEqual(Array(2).fill('openat(4, ".", O_RDONLY|O_DIRECTORY)'));
});

it('a whole program: who makes each call, what may fail, and the command that is close to it', () => {
  const p = program('attach', 'x64');
  p.step('setns(user)', sys.setns, 5, CLONE.CLONE_NEWUSER).ignore('EINVAL');
  p.fork('fork', (child) => {
    p.report('child', child);
    p.passOn('wait', child);
  });
  p.waitForParent('go');
  p.exec('execve(true)', p.string('/bin/true'), p.strings(['true']), p.strings(['A=b']));
  expect(explainText(p, 'nsenter -t 1 -U true')).toBe(`\
[launcher] setns(5, CLONE_NEWUSER)  # EINVAL would be no failure
[launcher] rt_sigprocmask(SIG_SETMASK, ~[], NULL, 8)
[launcher] clone(child_stack=NULL, flags=SIGCHLD)
[launcher] write(3, <child>, 16)  # told to Porthole
[launcher] rt_sigtimedwait(~[], <signal>, NULL, 8)  # each signal is passed on, and SIGCHLD looked into
[launcher] wait4(-1, <status>, WNOHANG|WSTOPPED, NULL)
[launcher] exit_group(<status>)  # ends as <pid> ended
[command] read(3, <byte>, 1)
[command] rt_sigprocmask(SIG_SETMASK, [], NULL, 8)
[command] execve("/bin/true", ["true"], ["A=b"])

much the same as: nsenter -t 1 -U true
`);
});

it('tells many calls of one label as one', () => {
  const p = program('x', 'x64');
  for (let i = 0; i < 60; i++) p.step('chdir', sys.chdir, p.string(`/${i}`));
  p.step('setsid', sys.setsid);
  for (let i = 0; i < 2; i++) p.step('chdir', sys.chdir, p.string(`/${i}`));
  expect(explain(p)).toHaveLength(63);
  expect(explainText(p)).toBe('chdir("/0")  # and 59 more like it\nsetsid()\nchdir("/0")\nchdir("/1")\n');
});

it.each([
  ['a file', 0o100644, 'mknodat(5, "f", S_IFREG|0644)'],
  ['a device', 0o020600, 'mknodat(5, "f", S_IFCHR|0600, 0x103)'],
])('what mknodat makes: %s', (_, mode, words) => {
  const p = program('x', 'x64');
  p.step('x', sys.mknodat, 5, p.string('f'), mode, 0x103);
  expect(explain(p).map(({ call }) => call)).toEqual([words]);
});
