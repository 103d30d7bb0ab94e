// Sockets of network namespaces against ss(8) and /proc/PID/fd, and what of a namespace is known to who has fewer rights.
import type { ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isUnknown } from '../../src/kernel/reading.ts';
import type { SocketView } from '../../src/model/net-sockets.ts';
import type { NetNamespaceView } from '../../src/model/net-view.ts';
import { Lab, type LabContainer } from '../lab/index.ts';
import {
  connectedPair,
  inodeOf,
  inside,
  interfaces,
  listed,
  named,
  net,
  of,
  removeHostEnd,
  sockets,
  staying,
} from './net-kit.ts';
import { ORDINARY_USER, porthole } from './porthole.ts';

let lab: Lab;
let a: LabContainer;
let b: LabContainer;
let holder: { child: ChildProcess; said: string };

const SOCKETS = `use Socket; $|=1; my @k; my $l='127.0.0.1';
  sub tcp { socket(my $s,AF_INET,SOCK_STREAM,0); bind($s,sockaddr_in($_[0],inet_aton($l))) or die $!; listen($s,5); push @k,$s; $s }
  my $s=tcp(8080); for (1..2) { socket(my $c,AF_INET,SOCK_STREAM,0); connect($c,sockaddr_in(8080,inet_aton($l))) or die; push @k,$c }
  accept(my $x,$s); push @k,$x;
  socket(my $s6,AF_INET6,SOCK_STREAM,0); bind($s6,pack_sockaddr_in6(8081,Socket::inet_pton(AF_INET6,'::1'))) or die; listen($s6,5);
  socket(my $u,AF_INET,SOCK_DGRAM,0); bind($u,sockaddr_in(5353,inet_aton($l))); socket(my $v,AF_INET,SOCK_DGRAM,0); connect($v,sockaddr_in(5353,inet_aton($l)));
  socket(my $r,AF_INET,SOCK_RAW,1) or die; socket(my $p,17,SOCK_RAW,0x0300) or die;
  sub un { socket(my $n,AF_UNIX,SOCK_STREAM,0); bind($n,pack('S a*',1,$_[0])) or die $!; listen($n,1); push @k,$n }
  un("$ARGV[0]/plain sock"); un("\\0abs\\0tract"); un("$ARGV[0]/a\\nb\\e[31m");
  my $pid=fork; if (!$pid) { $0='holder2'; <STDIN>; exit } print "$pid\\n"; <STDIN>`;

beforeAll(async () => {
  lab = await Lab.create();
  ({ a, b } = await connectedPair(lab));
  holder = await staying(lab, a, SOCKETS, lab.dir);
});
afterAll(async () => {
  removeHostEnd();
  await lab?.close();
});

describe('sockets', () => {
  let found: readonly SocketView[];
  beforeAll(async () => {
    found = sockets(of(await net([String(a.commandPid), '--sockets']), inodeOf(a.commandPid)));
  });

  it('are those of ss, by protocol, state, queue and both ends', () => {
    const end = (address = '*', port = 0) =>
      `${address.includes(':') ? `[${address}]` : address}:${port === 0 ? '*' : port}`;
    const ours = found
      .filter(({ protocol }) => /^(?:tcp|udp|raw)/.test(protocol))
      .map((each) =>
        [
          each.protocol.replace('6', ''),
          each.state,
          each.rxQueue,
          end(each.localAddress, each.localPort),
          each.remoteAddress === undefined ? '*' : end(each.remoteAddress, each.remotePort),
        ].join(' '),
      );
    const theirs = inside(a, 'ss', '-Hna', '-A', 'tcp,udp,raw')
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .map(([protocol, state, queue, , local, remote = '']) =>
        [protocol, state, queue, local, remote.endsWith(':*') ? '*' : remote].join(' '),
      );
    expect(theirs.length).toBeGreaterThanOrEqual(9);
    expect(ours.toSorted()).toEqual(theirs.toSorted());
  });

  it('have inodes and owners as /proc/PID/fd says; one shared by two processes has both', () => {
    const listener = found.find(({ localPort, state }) => localPort === 8080 && state === 'LISTEN');
    const [child] = holder.said.split('\n');
    expect(listener?.uid).toBe(0);
    const pids = listed<{ pid: number; comm: string }>(listener?.processes);
    expect(pids.map(({ pid }) => pid).toSorted()).toEqual([holder.child.pid, Number(child)].toSorted());
    expect(pids.map(({ comm }) => comm).toSorted()).toEqual(['holder2', 'perl']);
    for (const { pid, fd } of listed<{ pid: number; fd: number }>(listener?.processes)) {
      expect(statSync(`/proc/${pid}/fd/${fd}`).ino).toBe(listener?.inode);
    }
  });

  it('that nobody has accepted have no inode, no uid and no process', () => {
    const waiting = found.filter(({ state, inode }) => state === 'ESTAB' && inode === undefined);
    expect(waiting).toHaveLength(1);
    expect(waiting[0]).not.toHaveProperty('uid');
    expect(waiting[0]).not.toHaveProperty('processes');
  });

  it('of unix: a path with a blank, an abstract name, a hostile one, which stays one row', async () => {
    const paths = found.flatMap(({ path }) => path ?? []);
    expect(paths).toEqual(
      expect.arrayContaining([`${lab.dir}/plain sock`, '@abs@tract', `${lab.dir}/a\nb\x1b[31m`]),
    );
    const { stdout } = await porthole(
      ['net', String(a.commandPid), '--sockets', 'listening', '--filter', 'protocol=unix', '--no-headers'],
      { encoding: 'latin1' },
    );
    expect(stdout.trimEnd().split('\n')).toHaveLength(3);
    expect(/[\x00-\x09\x0b-\x1f\x7f]/.exec(stdout)).toBeNull();
    expect(stdout).toContain('a\\nb\\x1b[31m');
  });

  it('of packets, and the choice between listening and connected', async () => {
    expect(found.filter(({ protocol }) => protocol === 'packet')).toMatchObject([
      { state: 'UNCONN', localPort: 3 },
    ]);
    const rows = async (which: string) =>
      (
        await porthole([
          'net',
          String(a.commandPid),
          '--sockets',
          which,
          '--columns',
          'state',
          '--no-headers',
        ])
      ).stdout
        .trim()
        .split('\n');
    expect(new Set(await rows('listening'))).toEqual(new Set(['LISTEN', 'UNCONN']));
    expect(new Set(await rows('connected'))).toEqual(new Set(['ESTAB']));
  });

  it('one made in one namespace and held by a process in another', async () => {
    const script = `use Socket; $|=1; $^F=99; socket(my $s,AF_INET,SOCK_STREAM,0); bind($s,sockaddr_in(9090,inet_aton('127.0.0.1'))); listen($s,1);
      open(my $n,'<',"/proc/$ARGV[0]/ns/net"); syscall(308,fileno $n,0)==0 or die; print "moved\\n"; <STDIN>`;
    const { child } = await staying(lab, a, script, String(b.commandPid));
    expect(inodeOf(child.pid ?? 0)).toBe(inodeOf(b.commandPid));
    const moved = sockets(of(await net(['--sockets', 'listening']), inodeOf(a.commandPid))).find(
      ({ localPort }) => localPort === 9090,
    );
    expect(moved?.processes).toMatchObject([{ pid: child.pid, comm: 'perl' }]);
  });
});

describe('with fewer rights', () => {
  const asUser = { through: ORDINARY_USER };

  it('an ordinary user sees names and counters, and why the rest is not known', async () => {
    const all = await net([], asUser);
    const own = interfaces(of(all, inodeOf('self')));
    expect(named(own, 'lo')).toMatchObject({ kind: 'loopback', index: 1 });
    const denied = all.find(({ leaderPid }) => leaderPid === a.initPid);
    const seen: NetNamespaceView = denied ?? { inode: 0, initial: false, interfaces: [] };
    expect(denied?.inode).toMatchObject({ unknown: 'denied', errno: 'EACCES' });
    const eth0 = named(interfaces(seen), 'eth0') ?? named(interfaces(seen), 'lo');
    for (const field of [eth0?.index, eth0?.kind, eth0?.mtu, eth0?.state, eth0?.addresses])
      expect(isUnknown(field)).toBe(true);
    const [theirs] = JSON.parse(inside(a, 'ip', '-j', '-s', 'link', 'show', 'lo'));
    expect(named(interfaces(seen), 'lo')?.rxBytes).toBe(theirs.stats64.rx.bytes);
    const { status, stdout, stderr } = await porthole(['net', String(a.initPid)], asUser);
    expect(status).toBe(0);
    expect(stdout).toContain('?');
    expect(stderr).toContain('may not be entered');
  });

  it('its sockets are there, and who holds them is not known rather than nobody', async () => {
    const listener = sockets(
      (await net([String(a.initPid), '--sockets', 'listening'], asUser))[0] ?? {
        inode: 0,
        initial: false,
        interfaces: [],
      },
    ).find(({ localPort }) => localPort === 8080);
    expect(listener?.processes).toMatchObject({ unknown: 'denied' });
  });

  it('nor to root without CAP_SYS_PTRACE, who may list descriptors but not read them', async () => {
    const through = ['setpriv', '--inh-caps=-sys_ptrace', '--bounding-set=-sys_ptrace'];
    for (const env of [{}, { PORTHOLE_NO_NATIVE_SCAN: '1' }]) {
      const [found] = await net([String(a.initPid), '--sockets', 'listening'], { through, env });
      const listener = listed<SocketView>(found?.sockets).find(({ localPort }) => localPort === 8080);
      expect(listener?.processes).toMatchObject({ unknown: 'denied', errno: 'EACCES' });
    }
  });

  it('no such namespace exits 3, a wrong word for --sockets 2', async () => {
    expect((await porthole(['net', 'net:[1]'])).status).toBe(3);
    expect((await porthole(['net', '--sockets', 'open'])).status).toBe(2);
  });
});
