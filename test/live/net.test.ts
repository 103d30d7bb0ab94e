// Network namespaces against ip(8), ss(8) and what the test itself made and sent: interfaces, other ends, rates, sockets.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import { isUnknown } from '../../src/kernel/reading.ts';
import type { InterfaceView } from '../../src/model/net-interfaces.ts';
import type { SocketView } from '../../src/model/net-sockets.ts';
import type { NetNamespaceView } from '../../src/model/net-view.ts';
import { Lab, type LabContainer, waitFor } from '../lab/index.ts';
import { compiled } from '../load/tool.ts';
import { schemaErrors } from '../schema.ts';
import { ORDINARY_USER, only, porthole, ps, type RunOptions } from './porthole.ts';

let lab: Lab;
let a: LabContainer;
let b: LabContainer;
const undo: (() => void)[] = [];
const onHost = `ph${process.pid % 100_000}`;
const flags = ['-nmpf', '--mount-proc'];

const inside = ({ commandPid: pid }: LabContainer, ...argv: string[]) =>
  execFileSync('nsenter', ['-n', '-t', String(pid), '--', ...argv], { encoding: 'utf8' });
const inodeOf = (pid: number | 'self') => statSync(`/proc/${pid}/ns/net`).ino;

beforeAll(async () => {
  lab = await Lab.create();
  a = await lab.unshare({ name: 'net-a', flags });
  b = await lab.unshare({ name: 'net-b', flags });
  undo.push(() => void execFileSync('sh', ['-c', `ip link del ${onHost} 2>/dev/null || true`]));
  inside(
    a,
    'ip',
    'link',
    'add',
    'eth0',
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    String(b.commandPid),
  );
  execFileSync('ip', [
    'link',
    'add',
    onHost,
    'type',
    'veth',
    'peer',
    'name',
    'up0',
    'netns',
    String(a.commandPid),
  ]);
  for (const line of [
    'link add br0 type bridge',
    'link set up0 master br0 alias {red-fg}up',
    'tuntap add tun0 mode tun',
    'link set lo up',
    'link set br0 up',
    'link set eth0 up',
    'addr add 192.0.2.1/24 dev eth0',
    'addr add 2001:db8::1/64 dev eth0 nodad',
  ])
    inside(a, 'ip', ...line.split(' '));
  for (const line of ['link set lo up', 'link set eth0 up', 'addr add 192.0.2.2/24 dev eth0'])
    inside(b, 'ip', ...line.split(' '));
});
afterAll(async () => {
  for (const step of undo.reverse()) step();
  await lab?.close();
});

async function net(args: readonly string[] = [], options?: RunOptions): Promise<NetNamespaceView[]> {
  const { status, stdout, stderr } = await porthole(['net', ...args, '--json'], options);
  if (status !== 0) throw new Error(`porthole net exited ${status}: ${stderr}`);
  const document: { namespaces: NetNamespaceView[] } = JSON.parse(stdout);
  expect(schemaErrors('net', document)).toEqual([]);
  return document.namespaces;
}

function of(namespaces: readonly NetNamespaceView[], inode: number): NetNamespaceView {
  const [found, ...more] = namespaces.filter((each) => each.inode === inode);
  if (found === undefined || more.length > 0)
    throw new Error(`net:[${inode}] is listed ${more.length} times`);
  return found;
}

function listed<T>(fact: unknown): readonly T[] {
  if (!Array.isArray(fact)) throw new Error(`not a list: ${JSON.stringify(fact)}`);
  return fact;
}

const interfaces = (namespace: NetNamespaceView) => listed<InterfaceView>(namespace.interfaces);
const sockets = (namespace: NetNamespaceView) => listed<SocketView>(namespace.sockets);
const named = (all: readonly InterfaceView[], name: string) => all.find((each) => each.name === name);

describe('interfaces', () => {
  it('are those of ip link and ip addr, with the same numbers', async () => {
    const found = interfaces(of(await net(), inodeOf(a.commandPid)));
    const links = JSON.parse(inside(a, 'ip', '-j', '-s', '-d', 'link'));
    const addresses = JSON.parse(inside(a, 'ip', '-j', 'addr'));
    const byName = (x: { name: string }, y: { name: string }) => x.name.localeCompare(y.name);
    const ours = found.map((each) => ({
      name: each.name,
      index: each.index,
      mtu: each.mtu,
      state: each.state,
      mac: each.mac,
      flags: listed<string>(each.flags).toSorted(),
      master: each.master,
      alias: each.alias,
      kind: each.kind,
      addresses: listed<{ address: string; prefix: number }>(each.addresses)
        .map(({ address, prefix }) => `${address}/${prefix}`)
        .toSorted(),
    }));
    const theirs = links.map((each: Record<string, never>) => ({
      name: each['ifname'],
      index: each['ifindex'],
      mtu: each['mtu'],
      state: each['operstate'],
      mac: each['address'],
      flags: listed<string>(each['flags']).toSorted(),
      master: each['master'],
      alias: each['ifalias'],
      kind: each['linkinfo']?.['info_kind'] ?? each['link_type'],
      addresses: addresses
        .find((other: Record<string, never>) => other['ifindex'] === each['ifindex'])
        .addr_info.map((one: Record<string, never>) => `${one['local']}/${one['prefixlen']}`)
        .toSorted(),
    }));
    expect(ours.toSorted(byName)).toEqual(theirs.toSorted(byName));
    expect(found.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['lo', 'eth0', 'up0', 'br0', 'tun0']),
    );
  });

  it('count what ip counts, where nothing moves', async () => {
    inside(a, 'ip', 'link', 'set', 'lo', 'up');
    inside(
      a,
      'perl',
      '-e',
      "use Socket; socket(my $s,AF_INET,SOCK_DGRAM,0); send($s,'x' x 100,0,sockaddr_in(9,inet_aton('127.0.0.1'))) for 1..6",
    );
    const lo = named(interfaces(of(await net([String(a.commandPid)]), inodeOf(a.commandPid))), 'lo');
    const [theirs] = JSON.parse(inside(a, 'ip', '-j', '-s', 'link', 'show', 'lo'));
    expect(theirs.stats64.rx.packets).toBeGreaterThanOrEqual(6);
    expect(lo).toMatchObject({
      rxBytes: theirs.stats64.rx.bytes,
      txBytes: theirs.stats64.tx.bytes,
      rxPackets: theirs.stats64.rx.packets,
      rxErrors: theirs.stats64.rx.errors,
      txDropped: theirs.stats64.tx.dropped,
    });
  });

  it('lead to the other end of a veth: in another container, and on the host', async () => {
    const all = await net();
    const [first, second] = [inodeOf(a.commandPid), inodeOf(b.commandPid)];
    const eth0 = named(interfaces(of(all, first)), 'eth0');
    const containers = await ps();
    expect(eth0?.peer).toMatchObject({
      name: 'eth0',
      netNs: second,
      container: only(containers, b.initPid).key,
    });
    expect(named(interfaces(of(all, second)), 'eth0')?.peer).toMatchObject({
      name: 'eth0',
      netNs: first,
      container: only(containers, a.initPid).key,
    });
    expect(named(interfaces(of(all, first)), 'up0')?.peer).toMatchObject({
      name: onHost,
      netNs: inodeOf('self'),
    });
    expect(named(interfaces(of(all, inodeOf('self'))), onHost)?.peer).toMatchObject({
      name: 'up0',
      netNs: first,
    });
  });

  it('lead there also when only one namespace is asked for, by container, pid or inode', async () => {
    for (const target of [
      String(a.commandPid),
      `net:[${inodeOf(a.commandPid)}]`,
      only(await ps(), a.initPid).key,
    ]) {
      const found = await net([target]);
      expect(found).toHaveLength(1);
      expect(named(interfaces(of(found, inodeOf(a.commandPid))), 'up0')?.peer?.name).toBe(onHost);
    }
  });

  it('looking gives no namespace a number that it did not need for ip link as well', async () => {
    const lone = await lab.unshare({ name: 'lone', flags });
    expect(inside(lone, 'ip', 'netns', 'list-id')).toBe('');
    await net();
    expect(inside(lone, 'ip', 'netns', 'list-id')).toBe('');
  });

  it('the name of an interface and its alias stay text', async () => {
    const { stdout } = await porthole([
      'net',
      String(a.commandPid),
      '--columns',
      'interface,kind,peer',
      '--no-headers',
    ]);
    expect(stdout.trimEnd().split('\n').length).toBeGreaterThanOrEqual(5);
    expect(stdout).toMatch(new RegExp(`up0 +veth +${onHost}@host`));
  });
});

/** Documents of `porthole net -w`, as they come. */
async function* watching(
  args: readonly string[],
): AsyncGenerator<{ takenAt: string; namespaces: NetNamespaceView[] }> {
  const child = spawn(process.execPath, [await buildOnce(), 'net', ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line);
  } finally {
    child.kill('SIGKILL');
  }
}

const SENT_BYTES = 8_000_000;
const SEND = `use Socket; socket(my $s,AF_INET,SOCK_STREAM,0); bind($s,sockaddr_in(0,INADDR_ANY)); listen($s,1); my ($p)=sockaddr_in(getsockname $s);
  if (!fork) { open(my $n,'<','/proc/'.$ARGV[0].'/ns/net'); syscall(308,fileno $n,0)==0 or die; socket(my $c,AF_INET,SOCK_STREAM,0);
    connect($c,sockaddr_in($p,inet_aton('192.0.2.1'))) or die $!; my $x='x' x 100000; syswrite $c,$x for 1..$ARGV[1]/100000; shutdown $c,1; sysread $c,$x,1; exit }
  accept(my $a,$s); my ($n,$x)=(0); while (my $r=sysread $a,$x,65536) { $n+=$r } close $a; wait; print $n`;

describe('rates', () => {
  it('add up to what was sent over the veth, and one sample has none', async () => {
    const target = String(a.commandPid);
    const eth0Of = (all: readonly NetNamespaceView[]) =>
      named(interfaces(of(all, inodeOf(a.commandPid))), 'eth0');
    let before: { at: number; rx: number } | undefined;
    let measured = 0;
    let counted = 0;
    for await (const { takenAt, namespaces } of watching([target, '-w', '0.5'])) {
      const eth0 = eth0Of(namespaces);
      const now = { at: Date.parse(takenAt), rx: Number(eth0?.rxBytes) };
      if (before === undefined) {
        expect(eth0?.rxBytesPerSec).toBeUndefined();
        expect(inside(a, 'perl', '-e', SEND, String(b.commandPid), String(SENT_BYTES))).toBe(
          String(SENT_BYTES),
        );
      } else {
        measured += ((eth0?.rxBytesPerSec ?? Number.NaN) * (now.at - before.at)) / 1000;
        counted += now.rx - before.rx;
        if (counted >= SENT_BYTES) break;
      }
      before = now;
    }
    // Headers and acknowledgements come on top; the clocks of the two readings are some milliseconds apart.
    expect(counted).toBeLessThan(SENT_BYTES * 1.1);
    expect(measured).toBeGreaterThan(SENT_BYTES * 0.9);
    expect(measured).toBeLessThan(SENT_BYTES * 1.25);
  });

  it('are none for a device that was made anew with the same index, and never wild', async () => {
    const lone = await lab.unshare({ name: 'anew', flags });
    const make = () => {
      inside(lone, 'ip', 'link', 'add', 'x0', 'index', '77', 'type', 'veth', 'peer', 'name', 'x1');
      inside(lone, 'ip', 'link', 'set', 'x0', 'up');
      inside(lone, 'ip', 'link', 'set', 'x1', 'up');
    };
    make();
    let round = 0;
    for await (const { namespaces } of watching([String(lone.commandPid), '-w', '0.3'])) {
      const x0 = named(interfaces(of(namespaces, inodeOf(lone.commandPid))), 'x0');
      round += 1;
      if (round === 1) {
        inside(lone, 'ip', 'link', 'del', 'x0');
        make();
      } else {
        expect(x0?.index).toBe(77);
        if (round === 2) expect(x0?.rxBytesPerSec).toBeUndefined();
        else expect(x0?.rxBytesPerSec).toBeLessThan(1_000_000);
        if (round === 4) break;
      }
    }
  });
});

/** Starts a program inside a namespace that says a line when it is ready, and stays. */
async function staying(
  where: LabContainer,
  script: string,
  ...args: string[]
): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(
    'nsenter',
    ['-n', '-t', String(where.commandPid), '--', 'perl', '-e', script, ...args],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, PORTHOLE_LAB: lab.dir },
    },
  );
  lab.track(child);
  let said = '';
  child.stdout?.on('data', (text: Buffer) => (said += text.toString()));
  await waitFor(() => said.includes('\n'), 'the program to be ready');
  return { child, said: said.trim() };
}

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

describe('sockets', () => {
  let holder: { child: ChildProcess; said: string };
  let found: readonly SocketView[];
  beforeAll(async () => {
    holder = await staying(a, SOCKETS, lab.dir);
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
    const { child } = await staying(a, script, String(b.commandPid));
    expect(inodeOf(child.pid ?? 0)).toBe(inodeOf(b.commandPid));
    const moved = sockets(of(await net(['--sockets', 'listening']), inodeOf(a.commandPid))).find(
      ({ localPort }) => localPort === 9090,
    );
    expect(moved?.processes).toMatchObject([{ pid: child.pid, comm: 'perl' }]);
  });
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
    await staying(b, script, String(maker.commandPid));
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
