// What the options of an attach change, by what the command sees of itself.
import { mkdirSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, type LabContainer } from '../lab/index.ts';
import { attach, factsOf, leave } from './attach-kit.ts';

let lab: Lab;
let container: LabContainer;
beforeAll(async () => {
  lab = await Lab.create();
  mkdirSync(join(lab.rootfs, 'opt/inner/bin'), { recursive: true });
  writeFileSync(join(lab.rootfs, 'opt/inner/note'), 'inner\n');
  symlinkSync('/../../..', join(lab.rootfs, 'opt/out'));
  container = await lab.runc({ name: 'at-options' });
});
afterAll(() => lab?.close());

async function said(args: readonly string[], script: string): Promise<string> {
  const { status, stdout, stderr } = await attach(container.initPid, [
    '-q',
    ...args,
    '--',
    'sh',
    '-c',
    script,
  ]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.trimEnd();
}

const CAPS = "sed -n 's/^Cap\\(Eff\\|Bnd\\|Amb\\):.//p' /proc/self/status | tr '\\n' ' '";

describe('options', () => {
  it.each([
    [
      'a user by name, with the groups of /etc/group',
      ['--user', 'lab'],
      'id -u; id -g; echo $HOME',
      '1000\n1000\n/home',
    ],
    ['a user and a group', ['--user', 'lab:nogroup'], 'id -u; id -g', '1000\n65534'],
    ['a user that has no name', ['--user', '4321'], 'id -u; id -g; echo $HOME', '4321\n0\n/'],
    ['groups by name and number', ['--groups', 'lab,7'], 'id -G', '0 7 1000'],
    ['a directory', ['--workdir', '/var/tmp'], 'pwd', '/var/tmp'],
    ['variables', ['-e', 'A=1 2', '-e', 'B=ü', '-e', 'PATH=/bin'], 'echo $A:$B:$PATH', '1 2:ü:/bin'],
    [
      'a clean environment',
      ['--env-clean', '-e', 'X=y'],
      'env | sort | grep -v -e PWD -e SHLVL',
      'HOME=/root\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nX=y',
    ],
    [
      'no capabilities at all',
      ['--cap-drop', 'ALL'],
      CAPS,
      '0000000000000000 0000000000000000 0000000000000000',
    ],
    [
      'one more',
      ['--cap-drop', 'ALL', '--cap-add', 'net_raw'],
      CAPS,
      '0000000000002000 0000000000002000 0000000000000000',
    ],
    [
      'one for somebody who is not root',
      ['--user', '1000', '--cap-drop', 'ALL', '--cap-add', 'CAP_NET_RAW'],
      CAPS,
      '0000000000002000 0000000000002000 0000000000002000',
    ],
    ['another root', ['--root', '/opt', '--workdir', '/'], 'true', ''],
  ])('%s', async (name, args, script, wanted) => {
    if (name === 'another root') {
      const { status, stderr } = await attach(container.initPid, [
        '-q',
        '--root',
        '/opt/inner',
        '--',
        '/note',
      ]);
      expect({ status, stderr }).toEqual({
        status: 126,
        stderr: expect.stringContaining('execve(/note): permission denied (EACCES)'),
      });
      return;
    }
    expect(await said(args, script)).toBe(wanted);
  });

  it('--privileged keeps what is ours', async () => {
    const own = factsOf(process.pid);
    const found = factsOf((await leave(lab, container.initPid, ['--privileged'])).pid);
    for (const key of ['CapEff', 'CapBnd', 'NoNewPrivs']) expect(found[key]).toBe(own[key]);
    expect(factsOf((await leave(lab, container.initPid)).pid)['NoNewPrivs']).toBe('1');
  });

  it.each([
    [['--ns', 'net'], ['net']],
    [
      ['--no-ns', 'net,uts'],
      ['ipc', 'mnt', 'pid'],
    ],
    [['--ns', 'net,uts,time', '--no-ns', 'uts'], ['net']],
  ])('%s joins only those', async (args, joined) => {
    const { pid } = await leave(lab, container.initPid, args);
    for (const type of ['net', 'uts', 'ipc', 'mnt', 'pid']) {
      const from = joined.includes(type) ? container.initPid : process.pid;
      expect(readlinkSync(`/proc/${pid}/ns/${type}`)).toBe(readlinkSync(`/proc/${from}/ns/${type}`));
    }
    // Its files only with its mounts.
    const files = joined.includes('mnt') ? container.initPid : process.pid;
    for (const link of ['root', 'cwd'])
      expect(statSync(`/proc/${pid}/${link}/.`).ino).toBe(
        statSync(`/proc/${files}/${link === 'cwd' && files === process.pid ? 'root' : link}/.`).ino,
      );
  });

  it('--no-cgroup stays where we are', async () => {
    const { pid } = await leave(lab, container.initPid, ['--no-cgroup']);
    expect(factsOf(pid)['cgroup']).toBe(factsOf(process.pid)['cgroup']);
    expect(factsOf((await leave(lab, container.initPid)).pid)['cgroup']).toBe(
      factsOf(container.initPid)['cgroup'],
    );
  });

  it('--dry-run does nothing, and names the nsenter that comes closest', async () => {
    const { status, stdout } = await attach(container.initPid, ['--dry-run', '--', 'touch', '/tmp/x y']);
    expect(status).toBe(0);
    expect(stdout).toContain('execve("/bin/touch", ["touch", "/tmp/x y"]');
    expect(stdout).toContain(
      `nsenter --target ${container.initPid} --mount --pid --net --uts --ipc --root --wd`,
    );
    expect(stdout).toContain("-- touch '/tmp/x y'");
  });
});
