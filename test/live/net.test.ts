// Network namespaces against ip(8) and what the test itself made and sent: interfaces, other ends, rates.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import type { NetNamespaceView } from '../../src/model/net-view.ts';
import { Lab, type LabContainer } from '../lab/index.ts';
import {
  connectedPair,
  FLAGS,
  inodeOf,
  inside,
  interfaces,
  listed,
  named,
  net,
  of,
  onHost,
  removeHostEnd,
} from './net-kit.ts';
import { only, porthole, ps } from './porthole.ts';

let lab: Lab;
let a: LabContainer;
let b: LabContainer;

beforeAll(async () => {
  lab = await Lab.create();
  ({ a, b } = await connectedPair(lab));
});
afterAll(async () => {
  removeHostEnd();
  await lab?.close();
});

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
    const lone = await lab.unshare({ name: 'lone', flags: FLAGS });
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
    const lone = await lab.unshare({ name: 'anew', flags: FLAGS });
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
