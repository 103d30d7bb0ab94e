// As an ordinary user, inside a container, and with parts of /proc and cgroups hidden: works, says what is denied, and why.
import { chmodSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, type LabContainer } from '../lab/index.ts';
import { argvOf, descendantsOf } from '../lab/proc.ts';
import { waitFor } from '../lab/wait.ts';
import { doctor, ORDINARY_USER, only, porthole, ps, psNotes } from './porthole.ts';

let lab: Lab;
let docker: LabContainer;
let bare: LabContainer;

beforeAll(async () => {
  lab = await Lab.create();
  docker = await (await lab.docker()).run({ name: 'seen-by-users', args: ['-m', '64m'] });
  bare = await lab.unshare({ name: 'bare', flags: ['-Urmpf', '--mount-proc'] });
});
afterAll(() => lab?.close());

const asUser = { through: ORDINARY_USER };
const checkOf = (report: Record<string, unknown>, id: string) => {
  const checks = report['checks'];
  return Array.isArray(checks) ? checks.find((check: { id: string }) => check.id === id) : undefined;
};

describe('as an ordinary user', () => {
  it('finds the same containers, by cgroup and by NSpid', async () => {
    const found = await ps([], asUser);
    expect(only(found, docker.initPid)).toMatchObject({
      runtime: 'docker',
      id: docker.id,
      kind: 'container',
    });
    expect(only(found, bare.initPid)).toMatchObject({ runtime: 'unshare', kind: 'container' });
  });

  it('marks what is denied with path and errno, and shows the rest', async () => {
    const found = only(await ps([], asUser), docker.initPid);
    expect(found.namespaces).toMatchObject({ unknown: 'denied', errno: 'EACCES' });
    expect(found.hostname).toMatchObject({
      unknown: 'denied',
      path: `/proc/${docker.initPid}/ns/uts`,
    });
    expect(found.memory.limitBytes).toBe(64 * 1024 * 1024);
    expect(found.memory.currentBytes).toBeGreaterThan(0);
    expect(found.name).toBe(docker.id?.slice(0, 12));
  });

  it('takes names and images from a docker socket that answers', async () => {
    const { socket } = await lab.docker();
    // As for a member of the docker group, whose directories on the way are searchable.
    for (let path = socket; path.startsWith(lab.dir); path = dirname(path))
      chmodSync(path, path === socket ? 0o666 : 0o711);
    const found = only(await ps([], { ...asUser, env: { DOCKER_HOST: `unix://${socket}` } }), docker.initPid);
    expect(found).toMatchObject({
      name: 'seen-by-users',
      nameSource: 'docker socket',
      image: expect.stringContaining(docker.image ?? '?'),
    });
  });

  it('doctor says which right would show it and how to give it', async () => {
    const report = await doctor(asUser);
    expect(checkOf(report, 'ptrace')).toMatchObject({ fix: expect.stringContaining('CAP_SYS_PTRACE') });
    expect(checkOf(report, 'hostnames')).toMatchObject({ fix: expect.stringContaining('CAP_SYS_ADMIN') });
    expect(checkOf(report, 'names')).toMatchObject({
      status: 'limited',
      fix: expect.stringContaining('CAP_DAC_READ_SEARCH'),
    });
  });

  it.each([['ps'], ['doctor'], ['ps', '--tree'], ['ps', '-q']])(
    '%s exits 0, and says at most once that something is missing',
    async (...words) => {
      const { status, stderr } = await porthole(words.flat(), asUser);
      expect(status).toBe(0);
      expect(stderr).toMatch(
        /^(?:porthole: namespaces of \d+ of \d+ processes may not be read: porthole doctor .*\n)?$/,
      );
    },
  );

  it.each([['inspect'], ['procs']])('%s of a container exits 0', async (command) => {
    const { status, stdout, stderr } = await porthole([command, String(docker.initPid)], asUser);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('sleep');
  });
});

describe('inside a container', () => {
  it('works, exits 0, and doctor says that only an inner pid namespace is seen', async () => {
    const inside = { through: ['unshare', '-mpf', '--mount-proc'] };
    expect((await ps([], inside)).filter((each) => each.initPid === docker.initPid)).toEqual([]);
    expect(checkOf(await doctor(inside), 'pid-namespace')).toMatchObject({
      status: 'limited',
      fix: expect.stringContaining('--pid=host'),
    });
  });

  it("reads the host's /proc and /sys where they are mounted elsewhere", async () => {
    const elsewhere = `mkdir -p ${lab.dir}/h/proc ${lab.dir}/h/sys && mount --rbind /proc ${lab.dir}/h/proc && mount --rbind /sys ${lab.dir}/h/sys && mount -t tmpfs none /sys && exec "$@"`;
    const inside = {
      through: [
        'unshare',
        '-m',
        '--propagation',
        'private',
        'sh',
        '-c',
        elsewhere,
        'sh',
        'unshare',
        '-mpf',
        '--mount-proc',
        '--propagation',
        'private',
      ],
      env: { HOST_PROC: `${lab.dir}/h/proc`, HOST_SYS: `${lab.dir}/h/sys` },
    };
    const found = only(await ps([], inside), docker.initPid);
    expect(found).toMatchObject({ runtime: 'docker', id: docker.id });
    expect(found.memory.limitBytes).toBe(64 * 1024 * 1024);
  });
});

describe('as root of a user namespace', () => {
  // Its rights over containers are whole, and over the uts and net namespaces that it came from it has none.
  it('a hostname for which there is no way back is denied, and everything else is there', async () => {
    const cmd = ['sh', '-c', 'unshare -mpfun --mount-proc sleep 1000; :'];
    const outer = await lab.unshare({ name: 'outer', flags: ['-Urmpf', '--mount-proc'], cmd });
    const sleeps = (pid: number) => argvOf(pid).join(' ') === 'sleep 1000';
    const init = await waitFor(
      () => descendantsOf(outer.initPid).find(({ pid }) => sleeps(pid)),
      'the inner one',
    );
    const inside = {
      through: ['nsenter', '-t', String(outer.initPid), '-U', '-m', '-p', '--preserve-credentials'],
    };
    const [found, ...others] = await ps([], inside);
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      runtime: 'unshare',
      hostname: { unknown: 'denied', errno: 'EPERM' },
      command: 'sleep 1000',
      namespaces: { uts: statSync(`/proc/${init.pid}/ns/uts`).ino },
    });
    const { status, stdout } = await porthole(['net', '--json'], inside);
    expect({ status, json: JSON.parse(stdout) }).toMatchObject({
      status: 0,
      json: { schema: 'porthole.net/1' },
    });
    expect(checkOf(await doctor(inside), 'hostnames')).toMatchObject({ status: 'missing' });
  });
});

describe('with less to read', () => {
  const remounted = (mount: string) => ({
    through: ['unshare', '-m', '--propagation', 'private', 'sh', '-c', `${mount} && exec "$@"`, 'sh'],
  });

  it('hidepid: says so once, and exits 0', async () => {
    const hidden = remounted('mount -t proc -o hidepid=2 proc /proc');
    const user = { through: [...hidden.through, ...ORDINARY_USER] };
    expect(await psNotes(user)).toEqual([expect.objectContaining({ about: 'hidepid' })]);
    expect(checkOf(await doctor(user), 'proc')).toMatchObject({
      status: 'limited',
      fix: expect.stringContaining('hidepid=0'),
    });
  });

  it('no cgroup mount at all: containers by their namespaces, usage from processes', async () => {
    const without = remounted('mount -t tmpfs none /sys/fs/cgroup');
    expect(await psNotes(without)).toEqual([expect.objectContaining({ about: 'cgroup' })]);
    const found = only(await ps([], without), docker.initPid);
    expect(found).toMatchObject({
      runtime: 'docker',
      cgroup: { mode: 'none' },
      memory: { accounting: 'processes' },
    });
    expect(checkOf(await doctor(without), 'cgroups')).toMatchObject({ status: 'missing' });
  });

  it('a /proc that is none: one line that says so, exit 1', async () => {
    const { status, stderr } = await porthole(['ps', '--proc', lab.dir]);
    expect(status).toBe(1);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain(lab.dir);
  });
});
