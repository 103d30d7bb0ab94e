// caps against the kernel's own words, setcap and getpcaps of libcap, and what a program really has after exec.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { known } from '../../src/kernel/reading.ts';
import type { CapsView } from '../../src/model/caps-view.ts';
import { Lab, type LabContainer, waitFor } from '../lab/index.ts';
import { compiled } from '../load/tool.ts';
import { caps, ORDINARY_USER, porthole } from './porthole.ts';

let lab: Lab;
let docker: LabContainer;
let inner: LabContainer;

beforeAll(async () => {
  lab = await Lab.create();
  docker = await (await lab.docker()).run({
    name: 'c-docker',
    args: ['--cap-add', 'SYS_ADMIN', '--cap-drop', 'NET_RAW'],
  });
  inner = await lab.unshare({ name: 'c-inner', flags: ['-Urnpf', '--mount-proc'] });
});
afterAll(() => lab?.close());

const MASKS = {
  effective: 'CapEff',
  permitted: 'CapPrm',
  inheritable: 'CapInh',
  bounding: 'CapBnd',
  ambient: 'CapAmb',
} as const;
const status = (pid: number | string) => readFileSync(`/proc/${pid}/status`, 'utf8');
const masksIn = (text: string) =>
  Object.fromEntries(
    Object.entries(MASKS).map(([set, key]) => [set, new RegExp(`^${key}:\\s+(\\w+)$`, 'm').exec(text)?.[1]]),
  );
const decode = (mask: string) =>
  execFileSync('capsh', [`--decode=${mask}`], { encoding: 'utf8' })
    .trim()
    .replace(/^.*=/, '')
    .split(',')
    .filter((name) => name !== '')
    .map((name) => name.toUpperCase());

function heldTo(view: CapsView, pid: number): void {
  const truth = masksIn(status(pid));
  expect(view.masks).toEqual(truth);
  for (const set of ['effective', 'bounding'] as const) {
    expect(view.capabilities[set]).toEqual(decode(truth[set] ?? ''));
  }
}

describe('the sets', () => {
  it('of a container: status and capsh agree, against docker what was added and dropped', async () => {
    const view = await caps('c-docker');
    expect(view.pid).toBe(docker.initPid);
    heldTo(view, docker.initPid);
    expect(view.againstDefault.effective).toEqual({ added: ['CAP_SYS_ADMIN'], dropped: ['CAP_NET_RAW'] });
    const { stdout } = await porthole(['caps', 'c-docker', '-q']);
    expect(stdout.trim().split('\n')).toEqual(view.capabilities.effective);
  });

  it('of a host process, and of kthreadd, which has no executable', async () => {
    heldTo(await caps(String(process.pid)), process.pid);
    const kernel = await caps('2');
    heldTo(kernel, 2);
    expect(kernel.executable).toBeUndefined();
    expect(kernel.lastCap).toBe(Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'latin1')));
  });

  it('a pid inside a container is that process, not the init', async () => {
    const { pid } = await docker.exec(['/bin/sleep', '1000009']);
    expect((await caps(String(pid))).pid).toBe(pid);
  });

  it('no such pid, no such name: exit 3', async () => {
    for (const target of ['4194303', 'no-such-thing'])
      expect((await porthole(['caps', target])).status).toBe(3);
  });

  it('as an ordinary user: the sets are there, what needs more is denied', async () => {
    const view = await caps(String(docker.initPid), { through: ORDINARY_USER });
    heldTo(view, docker.initPid);
    const user = { unknown: 'denied', path: `/proc/${docker.initPid}/ns/user`, errno: 'EACCES' };
    expect(view.userNamespace).toMatchObject({ inode: user, isInitial: user, parent: user });
    expect(view.rows[0]).toMatchObject({ reach: user });
    expect(view.executable).toMatchObject({ unknown: 'denied' });
  });
});

it('in a user namespace: what it owns, who made it, who root is', async () => {
  const view = await caps(String(inner.initPid));
  expect(view.userNamespace).toMatchObject({ isInitial: false, ownerUid: 0, rootUid: 0 });
  expect(view.userNamespace.owns).toEqual(expect.arrayContaining(['net', 'pid']));
  expect(view.userNamespace.foreign).toContain('uts');
  const reach = (name: string) => view.rows.find((row) => row.name === name)?.reach;
  expect([reach('CAP_NET_ADMIN'), reach('CAP_SYS_MODULE'), reach('CAP_CHOWN')]).toEqual([
    'own',
    'nothing',
    'own',
  ]);
});

describe('on exec: what a program really has afterwards', () => {
  it.each([
    ['as root', [], ''],
    ['as an ordinary user', ['--reuid=1000', '--regid=1000', '--clear-groups'], ''],
    [
      'with file capabilities',
      ['--reuid=1000', '--regid=1000', '--clear-groups'],
      'cap_net_raw,cap_chown=ep',
    ],
    [
      'with file capabilities, not effective',
      ['--reuid=1000', '--regid=1000', '--clear-groups'],
      'cap_net_raw=p',
    ],
    [
      'with no_new_privs',
      ['--reuid=1000', '--regid=1000', '--clear-groups', '--no-new-privs'],
      'cap_net_raw=ep',
    ],
    [
      'with ambient ones',
      ['--reuid=1000', '--regid=1000', '--clear-groups', '--inh-caps=+net_raw', '--ambient-caps=+net_raw'],
      '',
    ],
    [
      'inheritable on both sides',
      ['--reuid=1000', '--regid=1000', '--clear-groups', '--inh-caps=+net_raw'],
      'cap_net_raw=ei',
    ],
  ])('%s', async (name, words, fileCaps) => {
    const program = join(lab.dir, `busybox-${name.replace(/\W/g, '')}`);
    copyFileSync(join(lab.rootfs, 'bin/busybox'), program);
    execFileSync('chmod', ['755', program, lab.dir]);
    // The first exec makes the process we look at, the second is the one that was predicted.
    const script = `read x; exec ${program} cat /proc/self/status`;
    const child = spawn('setpriv', [...words, program, 'sh', '-c', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const { pid = 0 } = child;
    lab.track(child);
    await lab.waitFor(
      () => readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith(`${program}\0`),
      'busybox',
    );
    if (fileCaps !== '') execFileSync('setcap', [fileCaps, program]);
    const predicted = known(known((await caps(String(pid))).executable)?.onExec);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stdin.end('\n');
    await new Promise((resolve) => child.once('close', resolve));
    const truth = masksIn(Buffer.concat(chunks).toString());
    for (const set of ['effective', 'permitted', 'ambient'] as const) {
      expect([set, predicted?.capabilities?.[set]]).toEqual([set, decode(truth[set] ?? '')]);
    }
  });
});

describe.each([
  ['with the native library', {}],
  ['without it', { PORTHOLE_NO_NATIVE_SCAN: '1' }],
])('an executable whose file system answers nobody, %s', (_name, env) => {
  it('costs what that would say, and nothing else', async () => {
    const silent = compiled('porthole-silent', ['test/live/silent.c']);
    const { initPid, exec } = await lab.unshare({ name: 'c-silent', flags: ['-mpf', '--mount-proc'] });
    const enter = ['-t', String(initPid), '-m', silent, '/mnt', '/bin/busybox'];
    const server = spawn('nsenter', enter, { stdio: ['ignore', 'pipe', 'inherit'] });
    const { stop } = lab.track(server);
    await once(server.stdout, 'data');
    const program = await exec(['bash', '-c', 'exec -a sleep /mnt/f 1000']);
    const isAsleep = () => /S/.test(/^State:\s+(\S)/m.exec(status(program.pid))?.[1] ?? '');
    await waitFor(() => readlinkSync(`/proc/${program.pid}/exe`) === '/mnt/f' && isAsleep(), 'the program');
    server.kill('SIGSTOP');
    const before = performance.now();
    const view = await caps(String(program.pid), { env });
    expect(performance.now() - before).toBeLessThan(5000);
    heldTo(view, program.pid);
    const UNKNOWN = { unknown: 'unsupported', path: `/proc/${program.pid}/exe`, errno: 'ETIMEDOUT' };
    expect(view.executable).toMatchObject({ path: '/mnt/f', fileCapabilities: UNKNOWN });
    const { status: code, stdout } = await porthole(['caps', String(program.pid)], { env });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('/mnt/f') });
    await stop();
    await program.stop();
  });
});
