import { describe, expect, it } from 'vitest';
import { nsenterCommand } from '../../../../src/actions/attach/equivalent.ts';
import type { AttachOptions } from '../../../../src/actions/attach/options.ts';
import { planAttach } from '../../../../src/actions/attach/plan.ts';
import type { PlanInput } from '../../../../src/actions/attach/plan-input.ts';
import { input, OURS, status, TARGET, userIds } from './input.ts';

const withOptions = (options: Partial<AttachOptions>) =>
  planAttach(input({ options: { command: ['true'], ...options } }));
const withFacts = (facts: Partial<typeof TARGET>, own = OURS) =>
  planAttach(input({ facts: { ...TARGET, ...facts }, own }));
const idMaps = {
  uids: [{ inside: 0, outside: 100_000, count: 10 }],
  gids: [{ inside: 0, outside: 200_000, count: 10 }],
};
const inUserns = { ...TARGET, differing: ['mnt', 'user'] as const, idMaps };

describe('what is joined', () => {
  it.each<[string, Partial<AttachOptions>, string[]]>([
    ['all that differ', {}, ['mnt', 'pid', 'net', 'uts', 'ipc']],
    ['only some', { namespaces: ['net', 'user'] }, ['net']],
    ['all but some', { withoutNamespaces: ['mnt', 'pid'] }, ['net', 'uts', 'ipc']],
  ])('%s', (_, options, expected) => {
    expect(withOptions(options).namespaces).toEqual(expected);
  });

  it.each<[string, Partial<typeof TARGET>, Partial<AttachOptions>, boolean, unknown]>([
    ['its root with its mounts', {}, {}, true, 'its'],
    ['our files without them', {}, { namespaces: ['net'] }, false, 'ours'],
    ['a chroot among our mounts', { differing: [] }, {}, true, 'its'],
    ['no root of its own', { differing: ['net'], hasOwnRoot: false }, {}, false, 'ours'],
    ['another directory as root', {}, { root: '/opt' }, true, { path: '/' }],
    ['a directory that was asked for', {}, { workdir: '/täg' }, true, { path: '/t\xc3\xa4g' }],
    ['a working directory that is gone', { cwd: undefined }, {}, true, { path: '/' }],
  ])('%s', (_, facts, options, entersRoot, workdir) => {
    const plan = planAttach(
      input({ facts: { ...TARGET, ...facts }, options: { command: ['true'], ...options } }),
    );
    expect({ entersRoot: plan.entersRoot, workdir: plan.workdir }).toEqual({ entersRoot, workdir });
  });
});

describe('who the command is', () => {
  it("the init's user, by the map of its user namespace", () => {
    const facts = {
      ...inUserns,
      status: status({ uid: userIds(100_003), gid: userIds(200_004), groups: [200_001, 5] }),
    };
    const plan = withFacts(facts);
    expect(plan).toMatchObject({ ids: { uid: 3, gid: 4 }, groups: [1] });
    expect(plan.notes).toEqual([expect.stringContaining('supplementary groups')]);
  });

  it('ours where the map has no id for it', () => {
    const plan = withFacts(inUserns);
    expect(plan).toMatchObject({ ids: undefined, groups: undefined });
    expect(plan.notes).toEqual([expect.stringContaining('has no ids for its user')]);
  });

  it('another user must have a number in its user namespace', () => {
    const facts = { ...inUserns, status: status({ uid: userIds(100_000), gid: userIds(200_000) }) };
    const as = (user: string) => planAttach(input({ facts, options: { command: ['true'], user } }));
    expect(as('3:4').ids).toEqual({ uid: 3, gid: 4 });
    expect(() => as('10')).toThrow('the user namespace of web has no ids for 10:0');
    expect(() => as('0:11')).toThrow('has no ids for 0:11');
  });

  it('no groups are set where its user namespace forbids it', () => {
    const facts = {
      ...inUserns,
      deniesGroups: true,
      status: status({ uid: userIds(100_000), gid: userIds(200_000) }),
    };
    expect(withFacts(facts).groups).toBeUndefined();
    expect(() => planAttach(input({ facts, options: { command: ['true'], groups: ['5'] } }))).toThrow(
      /nobody set groups/,
    );
  });

  it('no right is asked for to become who we are', () => {
    const own = { ...OURS, status: status({ groups: [4, 5] }) };
    expect(withFacts({ status: status({ groups: [5, 4] }) }, own).groups).toBeUndefined();
    expect(withFacts({ status: status({ groups: [5] }) }, own).groups).toEqual([5]);
  });

  it('another user has the groups and the home of passwd', () => {
    const plan = withOptions({ user: 'lab' });
    expect(plan).toMatchObject({ ids: { uid: 1000, gid: 1000 }, groups: [44] });
    expect(plan.environment).toContain('HOME=/home');
    expect(() => withOptions({ user: 'none' })).toThrow('web has no user "none"');
    expect(() => withOptions({ groups: ['none'] })).toThrow('web has no group "none"');
  });
});

describe('what is run', () => {
  it.each<[string, Parameters<typeof input>[0], string, string[]]>([
    ['found as execvp would', { options: { command: ['id', '-u'] } }, '/usr/bin/id', ['id', '-u']],
    ['a path as it is', { options: { command: ['./x'] } }, './x', ['./x']],
    [
      'what is not there, for the kernel to say so',
      { options: { command: ['none'] } },
      '/bin/none',
      ['none'],
    ],
    ["the user's shell", { options: { command: [] } }, '/bin/bash', ['/bin/bash']],
    ['sh for who may not log in', { options: { command: [], user: 'nobody' } }, '/bin/sh', ['/bin/sh']],
    [
      'sh where the shell is not there',
      { options: { command: [] }, programs: ['/bin/sh'] },
      '/bin/sh',
      ['/bin/sh'],
    ],
    ['sh without a passwd', { options: { command: [] }, files: {} }, '/bin/sh', ['/bin/sh']],
    ['busybox alone', { options: { command: [] }, programs: ['/bin/busybox'] }, '/bin/busybox', ['sh']],
  ])('%s', (_, change, path, argv) => {
    const plan = planAttach(input(change));
    expect({ path: plan.path, argv: plan.argv }).toEqual({ path, argv });
  });

  it('without a shell it says so', () => {
    expect(() => planAttach(input({ options: { command: [] }, programs: [] }))).toThrow(/web has no shell/);
  });
});

it.each<[string, Partial<PlanInput>, readonly string[]]>([
  ['a command with a HOME', {}, []],
  ['a shell', { options: { command: [] } }, ['/etc/passwd']],
  ['a user', { options: { command: ['true'], user: 'lab' } }, ['/etc/passwd', '/etc/group']],
  ['groups', { options: { command: ['true'], groups: ['44'] } }, ['/etc/group']],
  ['no HOME', { facts: { ...TARGET, environment: { ok: true, value: [] } } }, ['/etc/passwd']],
])('of the container is read what is needed: %s', (_, change, expected) => {
  const asked: string[] = [];
  const { read } = input();
  const seen = (path: string) => {
    asked.push(path);
    return read(path);
  };
  planAttach(input({ ...change, read: seen }));
  expect(asked).toEqual(expected);
});

describe('what could not follow is said', () => {
  const gone = { ok: false, why: 'unsupported', path: '/proc/7/environ', errno: 'ETIMEDOUT' } as const;
  const resourceless = {
    ...OURS,
    status: status({
      capabilities: { ...OURS.status.capabilities, effective: ~(1n << 24n) & ((1n << 41n) - 1n) },
    }),
  };

  it.each<[string, Partial<typeof TARGET>, typeof OURS, RegExp]>([
    ['a seccomp filter', { status: status({ seccomp: 'filter', seccompFilters: 1 }) }, OURS, /seccomp/],
    ['the environment', { environment: gone }, OURS, /environment .* \(ETIMEDOUT\)/],
    [
      'a limit',
      { limits: [{ name: 'Max open files', soft: 8192, hard: 8192 }] },
      resourceless,
      /Max open files/,
    ],
    ['oom_score_adj', { oomScoreAdj: -500 }, resourceless, /oom_score_adj kept at 0/],
    [
      'a label',
      { label: { unknown: 'denied', path: '/proc/7/attr/current', errno: 'EACCES' } },
      OURS,
      /label .* \(EACCES\)/,
    ],
  ])('%s', (_, facts, own, note) => {
    expect(withFacts(facts, own).notes).toEqual([expect.stringMatching(note)]);
  });

  it('nothing, where everything could', () => {
    expect(withFacts({}).notes).toEqual([]);
  });
});

it.each([
  [
    'AppArmor',
    'docker-default (enforce)',
    { file: '/proc/thread-self/attr/apparmor/exec', text: 'exec docker-default' },
  ],
  ['AppArmor, none', 'unconfined', { file: '/proc/thread-self/attr/apparmor/exec', text: 'exec unconfined' }],
  [
    'SELinux',
    'system_u:system_r:container_t:s0:c1,c2',
    { file: '/proc/thread-self/attr/exec', text: 'system_u:system_r:container_t:s0:c1,c2' },
  ],
  ['ours', 'mine', undefined],
])('the label of %s', (_, label, expected) => {
  expect(withFacts({ label }, { ...OURS, label: 'mine' }).label).toEqual(expected);
});

it('--privileged leaves capabilities, no_new_privs and the label as ours are', () => {
  const facts = { ...TARGET, label: 'x', status: status({ noNewPrivs: true }) };
  const plan = planAttach(input({ facts, options: { command: ['true'], privileged: true } }));
  expect(plan).toMatchObject({ capabilities: undefined, noNewPrivileges: false, label: undefined });
});

it.each<[Partial<AttachOptions>, string]>([
  [{}, 'nsenter --target 7 --mount --pid --net --uts --ipc --root --wd --setgid=0 --setuid=0 -- true'],
  [
    { namespaces: ['net'], command: ['echo', "it's"] },
    "nsenter --target 7 --net --setgid=0 --setuid=0 -- echo 'it'\\''s'",
  ],
  [
    { namespaces: ['mnt'], workdir: '/a b' },
    "nsenter --target 7 --mount --root --wdns='/a b' --setgid=0 --setuid=0 -- true",
  ],
])('the nsenter that comes closest, %o', (options, expected) => {
  expect(nsenterCommand(withOptions(options))).toBe(expected);
});
