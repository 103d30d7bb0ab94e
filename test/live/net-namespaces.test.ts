// Network namespaces that are hard to find: without a process, kept by a thread, a socket or another mount namespace, and many.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InterfaceView } from '../../src/model/net-interfaces.ts';
import type { NetNamespaceView } from '../../src/model/net-view.ts';
import { Lab, waitFor } from '../lab/index.ts';
import { compiled } from '../load/tool.ts';
import { FLAGS, inodeOf, interfaces, listed, named, net, of, staying } from './net-kit.ts';

let lab: Lab;
const undo: (() => void)[] = [];
beforeAll(async () => {
  lab = await Lab.create();
});
afterAll(async () => {
  for (const step of undo.reverse()) step();
  await lab?.close();
});

describe('a namespace without a process', () => {
  it('is listed by its mount, with interfaces and sockets, and can be asked for', async () => {
    const file = join(lab.dir, 'kept-ns');
    writeFileSync(file, '');
    const maker = await lab.unshare({ name: 'maker', flags: ['-n'] });
    const inode = inodeOf(maker.commandPid);
    execFileSync('mount', ['--bind', `/proc/${maker.commandPid}/ns/net`, file]);
    undo.push(() => void execFileSync('sh', ['-c', `umount ${file} 2>/dev/null || true`]));
    execFileSync('nsenter', [
      `--net=${file}`,
      'ip',
      'link',
      'add',
      'v0',
      'type',
      'veth',
      'peer',
      'name',
      'v1',
    ]);
    await maker.stop();
    const found = of(await net([`net:[${inode}]`, '--sockets']), inode);
    expect(found).toMatchObject({ name: 'kept-ns', initial: false, sockets: [] });
    expect(found).not.toHaveProperty('leaderPid');
    expect(named(interfaces(found), 'v0')?.peer).toMatchObject({ name: 'v1', netNs: inode });
    expect(of(await net(), inode).name).toBe('kept-ns');
    execFileSync('umount', [file]);
  });

  it('is listed by a descriptor that a process has open on it', async () => {
    const maker = await lab.unshare({ name: 'opened', flags: ['-n'] });
    const inode = inodeOf(maker.commandPid);
    const script = `$|=1; open(my $n,'<',"/proc/$ARGV[0]/ns/net") or die; print "open\n"; <STDIN>`;
    const holder = await lab.unshare({ name: 'holder', flags: FLAGS });
    await staying(lab, holder, script, String(maker.commandPid));
    await maker.stop();
    expect(named(interfaces(of(await net([`net:[${inode}]`]), inode)), 'lo')).toMatchObject({
      index: 1,
      kind: 'loopback',
    });
  });
});

describe('a namespace that no process and no file of ours leads to', () => {
  const keepers: ChildProcess[] = [];
  afterAll(async () => {
    for (const child of keepers) child.stdin?.end();
    for (const child of keepers)
      await waitFor(() => child.exitCode !== null || child.signalCode !== null, 'it to end');
  });

  /** Runs the C program until these tests end; the inode of what it made. */
  async function kept(...words: string[]): Promise<number> {
    const program = compiled('porthole-namespaces', ['test/live/namespaces.c']);
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    keepers.push(child);
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    const inode = Number(/^net (\d+)/.exec(String(line))?.[1]);
    expect(inode).toBeGreaterThan(0);
    return inode;
  }

  it.each<[string, () => string[]]>([
    ['kept by a thread', () => ['thread']],
    ['kept by a socket', () => ['socket']],
    ['bound to a file in another mount namespace', () => ['bound-net', join(lab.dir, 'bound-net')]],
  ])('%s is listed with interfaces and sockets, and can be asked for', async (_how, words) => {
    const inode = await kept(...words());
    const target = `net:[${inode}]`;
    for (const args of [[], [target]]) {
      const found = of(await net(args), inode);
      expect(listed<InterfaceView>(found.interfaces).map(({ name }) => name)).toContain('lo');
    }
    expect(of(await net([target, '--sockets']), inode)).toMatchObject({ initial: false, sockets: [] });
  });
});

describe('200 namespaces', () => {
  it('are all found, at a cost like that of ip link in each of them', async () => {
    const script = `$|=1; for (1..$ARGV[0]) { if (!fork) { syscall(272,0x40000000)==0 or die; sleep 1000; exit } } <STDIN>`;
    const child = spawn('perl', ['-e', script, '200'], {
      stdio: ['pipe', 'ignore', 'inherit'],
      env: { ...process.env, PORTHOLE_LAB: lab.dir },
    });
    lab.track(child);
    const children = () =>
      execFileSync('sh', ['-c', `cat /proc/${child.pid}/task/${child.pid}/children`], { encoding: 'utf8' })
        .trim()
        .split(' ')
        .map(Number);
    const made = await waitFor(
      () => {
        const pids = children();
        return pids.length === 200 && pids.every((pid) => inodeOf(pid) !== inodeOf('self')) && pids;
      },
      '200 namespaces',
      60_000,
    );
    let all: NetNamespaceView[] = [];
    const cost = async (work: () => unknown) => {
      const from = performance.now();
      await work();
      return performance.now() - from;
    };
    const ours = await cost(async () => (all = await net()));
    const theirs = await cost(() =>
      execFileSync('sh', [
        '-c',
        `for p in ${made.join(' ')}; do nsenter -n -t $p ip -j -s link >/dev/null; done`,
      ]),
    );
    for (const pid of made) expect(of(all, inodeOf(pid)).leaderPid).toBe(pid);
    expect(ours).toBeLessThan(theirs * 5);
  });
});
