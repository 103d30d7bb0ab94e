// Every namespace that lsns and ip know, with as many processes; those lsns misses, each made here; owners and parents as a
// C program asks for them; as an ordinary user, inside a container, and without leaving descriptors behind.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NamespaceView } from '../../src/model/namespace-view.ts';
import { Lab, type LabContainer, waitFor } from '../lab/index.ts';
import { compiled } from '../load/tool.ts';
import { missingFromLsns, namespacesOf as ns } from './lsns.ts';
import { ORDINARY_USER, porthole } from './porthole.ts';

const run = (command: string, args: readonly string[]) =>
  execFileSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });

let lab: Lab;
let program: string;
let docker: LabContainer;
let lxc: LabContainer;
let bare: LabContainer;
const started: ChildProcess[] = [];

interface Made {
  readonly pid: number;
  readonly numbers: ReadonlyMap<string, number>;
  of(name: string): number;
}

/** Runs the C program until the test file ends. */
async function made(...words: string[]): Promise<Made> {
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  started.push(child);
  const ended = once(child, 'exit').then(([status]) =>
    Promise.reject(new Error(`${words[0]} ended with ${status}`)),
  );
  ended.catch(() => undefined);
  const [line] = await Promise.race([once(child.stdout, 'data'), ended]);
  const numbers = new Map<string, number>();
  for (const [, name = '', number] of String(line).matchAll(/(\w+) (\d+)/g))
    numbers.set(name, Number(number));
  const of = (name: string) => {
    const number = numbers.get(name);
    if (number === undefined) throw new Error(`no ${name} in ${String(line)}`);
    return number;
  };
  return { pid: child.pid ?? 0, numbers, of };
}

function only(list: readonly NamespaceView[], type: string, inode: number): NamespaceView {
  const [found, ...more] = list.filter((each) => each.type === type && each.inode === inode);
  if (found === undefined || more.length > 0) throw new Error(`${type}:[${inode}] is not there once`);
  return found;
}

let thread: Made;
let socket: Made;
let fd: Made;
let children: Made;
let descendant: Made;
let bound: Made;
let left: Made;
const NETNS = `porthole-test-${process.pid}`;

beforeAll(async () => {
  lab = await Lab.create();
  program = compiled('porthole-namespaces', ['test/live/namespaces.c']);
  docker = await (await lab.docker()).run({ name: 'with-namespaces' });
  lxc = await lab.lxc({ name: 'lxc-namespaces' });
  bare = await lab.unshare({ name: 'bare', flags: ['-Urmpfn', '--mount-proc'] });
  run('ip', ['netns', 'add', NETNS]);
  thread = await made('thread');
  socket = await made('socket');
  fd = await made('fd');
  children = await made('children');
  descendant = await made('descendant');
  bound = await made('bound', `${lab.dir}/bound`);
  left = await made('left', `${lab.dir}/left`);
});
afterAll(async () => {
  for (const child of started) child.stdin?.end();
  for (const child of started)
    await waitFor(() => child.exitCode !== null || child.signalCode !== null, 'it to end');
  run('ip', ['netns', 'delete', NETNS]);
  await lab?.close();
});

describe('what other tools list', () => {
  it('holds every namespace of lsns, with the same number of processes', async () => {
    expect(await missingFromLsns()).toEqual([]);
  });

  it('holds that of ip netns, which only a file keeps', async () => {
    const path = `/run/netns/${NETNS}`;
    const found = only(await ns(['--type', 'net']), 'net', statSync(path).ino);
    expect(found).toMatchObject({ nprocs: 0, interfaces: ['lo'] });
    expect(found.heldBy).toContainEqual({
      kind: 'bind',
      path: expect.stringContaining(NETNS),
      mntNs: statSync('/proc/self/ns/mnt').ino,
    });
  });

  it('says which container each belongs to', async () => {
    const list = await ns();
    const own = (container: LabContainer, type: string) =>
      only(list, type, statSync(`/proc/${container.initPid}/ns/${type}`).ino).container;
    for (const type of ['mnt', 'pid', 'ipc', 'uts']) {
      expect(own(docker, type)).toContain(docker.id);
      expect(own(lxc, type)).toContain('lxc-namespaces');
    }
    for (const type of ['mnt', 'pid', 'user', 'net'])
      expect(own(bare, type)).toMatch(`proc:${bare.initPid}:`);
    expect(list.filter(({ initial, container }) => initial && container !== undefined)).toEqual([]);
    expect(only(list, 'uts', statSync(`/proc/${docker.initPid}/ns/uts`).ino).hostname).toBe(
      docker.id?.slice(0, 12),
    );
  });
});

describe('what lsns misses', () => {
  it("a thread's own", async () => {
    const found = only(await ns(), 'net', thread.of('net'));
    expect(found).toMatchObject({ nprocs: 0, interfaces: ['lo'] });
    expect(found.heldBy).toEqual([{ kind: 'thread', pid: thread.pid, tid: thread.of('tid') }]);
  });

  it('kept by a descriptor of another process', async () => {
    const found = only(await ns(), 'uts', fd.of('uts'));
    expect(found).toMatchObject({ nprocs: 0, hostname: 'kept-by-fd' });
    expect(found.heldBy).toEqual([{ kind: 'fd', pid: fd.pid, fd: fd.of('fd') }]);
  });

  it('a net namespace kept by a socket only', async () => {
    const found = only(await ns(), 'net', socket.of('net'));
    expect(found).toMatchObject({ nprocs: 0, interfaces: ['lo'] });
    expect(found.heldBy).toEqual([{ kind: 'socket', pid: socket.pid, fd: socket.of('fd') }]);
  });

  it('a pid namespace that only children will be in', async () => {
    const found = only(await ns(), 'pid', children.of('pid'));
    expect(found).toMatchObject({ nprocs: 0, parent: statSync('/proc/self/ns/pid').ino });
    expect(found.heldBy).toEqual([{ kind: 'child', pid: children.pid }]);
  });

  it('a user namespace that only one below it keeps', async () => {
    const list = await ns();
    const outer = only(list, 'user', descendant.of('outer'));
    expect(outer).toMatchObject({ nprocs: 0, uidMap: { unknown: 'unsupported' } });
    expect(outer.heldBy).toEqual([{ kind: 'descendant', type: 'user', inode: descendant.of('inner') }]);
    expect(only(list, 'user', descendant.of('inner')).parent).toBe(outer.inode);
  });

  it('bound to a file in another mount namespace', async () => {
    const found = only(await ns(), 'uts', bound.of('uts'));
    expect(found).toMatchObject({ nprocs: 0, hostname: 'bound' });
    expect(found.heldBy).toEqual([{ kind: 'bind', path: `${lab.dir}/bound`, mntNs: bound.of('mnt') }]);
  });

  it('bound to a file in a mount namespace that itself has no process', async () => {
    const list = await ns();
    expect(only(list, 'mnt', left.of('mnt')).heldBy).toEqual([
      { kind: 'fd', pid: left.pid, fd: left.of('fd') },
    ]);
    const found = only(list, 'uts', left.of('uts'));
    expect(found).toMatchObject({ nprocs: 0, hostname: 'bound', ownerUid: 0 });
    expect(found.heldBy).toEqual([{ kind: 'bind', path: `${lab.dir}/left`, mntNs: left.of('mnt') }]);
  });

  it('bound to a file whose name must be asked for, unless who is asked hangs: that costs the field alone', async () => {
    const onFuse = await made('on-fuse', `${lab.dir}/fuse`);
    const [target, server] = [`net:[${onFuse.of('net')}]`, onFuse.of('server')];
    const interfaces = async () => only(await ns(), 'net', onFuse.of('net')).interfaces;
    expect(await interfaces()).toEqual(['lo']);
    process.kill(server, 'SIGSTOP');
    try {
      const hung = { unknown: 'unsupported', errno: 'ETIMEDOUT' };
      expect(await interfaces()).toMatchObject(hung);
      const { stdout } = await porthole(['net', target, '--json']);
      expect(JSON.parse(stdout).namespaces[0]).toMatchObject({ inode: onFuse.of('net'), interfaces: hung });
    } finally {
      process.kill(server, 'SIGCONT');
    }
    expect(await interfaces()).toEqual(['lo']);
  });

  it('the same without the native library', async () => {
    const list = await ns([], { env: { PORTHOLE_NO_NATIVE_SCAN: '1' } });
    const kinds = [
      only(list, 'net', thread.of('net')),
      only(list, 'uts', fd.of('uts')),
      only(list, 'net', socket.of('net')),
      only(list, 'pid', children.of('pid')),
      only(list, 'uts', left.of('uts')),
    ].map(({ heldBy }) => heldBy.map(({ kind }) => kind).join());
    expect(kinds).toEqual(['thread', 'fd', 'socket', 'child', 'bind']);
  });
});

describe('owner and parent', () => {
  it('are what the ioctls say, called from C', async () => {
    const list = await ns();
    const paths = [docker.initPid, lxc.initPid, bare.initPid, descendant.pid].flatMap((pid) =>
      ['mnt', 'pid', 'net', 'user', 'uts', 'ipc', 'cgroup', 'time'].map((type) => ({
        type,
        path: `/proc/${pid}/ns/${type}`,
      })),
    );
    paths.push({ type: 'pid', path: `/proc/${children.pid}/ns/pid_for_children` });
    for (const { type, path } of paths) {
      const [, inode, owner, parent, uid] = (
        /inode (\d+) owner (\d+) parent (\d+) uid (\d+)/.exec(run(program, ['ask', path])) ?? []
      ).map(Number);
      const found = only(list, type, inode ?? 0);
      expect(found.ownerUserNs ?? 0, path).toBe(owner);
      expect(found.parent ?? 0, path).toBe(parent);
      expect(found.ownerUid, path).toBe(uid);
    }
  });
});

describe('with fewer rights', () => {
  it('as an ordinary user: what may be seen, with what is missing said and marked', async () => {
    const list = await ns([], { through: ORDINARY_USER });
    const own = only(list, 'net', statSync('/proc/self/ns/net').ino);
    expect(own.nprocs).toBeGreaterThan(0);
    expect(own.isPartial).toBe(true);
    expect(list.filter(({ nprocs, heldBy }) => nprocs === 0 && heldBy.length === 0)).toEqual([]);
    const { status, stderr, stdout } = await porthole(['ns'], { through: ORDINARY_USER });
    expect(status).toBe(0);
    expect(stderr).toMatch(/namespaces of \d+ of \d+ processes may not be read/);
    expect(stdout).toMatch(new RegExp(`${own.inode}  net +\\d+\\+`));
  });

  it('in a user namespace of our own, what lies above is denied, not absent', async () => {
    const list = await ns(['--type', 'user'], { through: ['unshare', '-Ur'] });
    const own = list.find(({ nprocs, initial }) => nprocs > 0 && !initial);
    expect(own?.parent).toMatchObject({ unknown: 'denied', errno: 'EPERM' });
    expect(own?.ownerUserNs).toMatchObject({ unknown: 'denied' });
  });

  it('inside pid and mount namespaces of its own: only what is in there', async () => {
    const list = await ns([], { through: ['unshare', '-mpf', '--mount-proc'] });
    const [pid] = list.filter(({ type, nprocs }) => type === 'pid' && nprocs > 0);
    expect(pid).toMatchObject({ initial: false, parent: { unknown: 'denied' } });
    expect(list.some(({ inode }) => inode === fd.of('uts'))).toBe(false);
  });
});

describe('how it is shown', () => {
  it('a tree: by parent and by owner', async () => {
    const tree = async (word: string) =>
      (await porthole(['ns', word], { env: { LC_ALL: 'C.UTF-8' } })).stdout;
    const depth = (text: string, inode: number) =>
      (text.split('\n').find((each) => each.includes(` ${inode} `)) ?? '').search(/[a-z]/);
    const inner = statSync(`/proc/${bare.initPid}/ns/pid`).ino;
    const user = statSync(`/proc/${bare.initPid}/ns/user`).ino;
    const parents = await tree('--tree');
    const owners = await tree('--tree=owner');
    expect(depth(await tree('--tree=parent'), inner)).toBe(depth(parents, inner));
    expect(depth(parents, inner)).toBe(depth(parents, statSync('/proc/self/ns/pid').ino) + 3);
    expect(depth(owners, inner)).toBe(depth(owners, user) + 3);
    expect(owners).toContain(`bind ${lab.dir}/left in mnt ${left.of('mnt')}`);
  });

  it('-q gives what other commands take as TARGET', async () => {
    const { stdout } = await porthole(['ns', '-q', '--type', 'pid', '--filter', `pid=${docker.initPid}`]);
    expect(stdout).toBe(`pid:[${statSync(`/proc/${docker.initPid}/ns/pid`).ino}]\n`);
    expect((await porthole(['procs', stdout.trim(), '-q'])).stdout).toContain(String(docker.initPid));
  });

  it('a type that is none: wrong usage', async () => {
    const { status, stderr } = await porthole(['ns', '--type', 'nonsense']);
    expect(status).toBe(2);
    expect(stderr).toContain('nonsense');
  });
});

it('leaves no descriptor and no thread behind, however often it looks', async () => {
  const { buildOnce } = await import('../../src/build/bundle.mjs');
  const child = spawn(process.execPath, [await buildOnce(), 'ns', '-w', '0.2', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let documents = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      documents += text.split('\n').length - 1;
    });
    const count = (what: string) => readdirSync(`/proc/${child.pid}/${what}`).length;
    await waitFor(() => documents >= 3, 'three documents', 30_000);
    const before = { fds: count('fd'), threads: count('task') };
    await waitFor(() => documents >= 8, 'eight documents', 30_000);
    await waitFor(
      () => count('fd') <= before.fds && count('task') <= before.threads,
      'nothing more to be open',
    );
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});
