/** A bridge on the host with a veth pair to each container, and who listens where. */
import { INITIAL_INODES } from '../../../../src/kernel/tables/namespaces.ts';
import type { Container } from '../../../../src/model/host-model.ts';
import type { InterfaceRow, SocketRow } from '../../../../src/model/net-columns.ts';
import type { InterfaceView } from '../../../../src/model/net-interfaces.ts';
import type { SocketView } from '../../../../src/model/net-sockets.ts';
import type { NetNamespaceView } from '../../../../src/model/net-view.ts';
import { chosen, firstPid, inodeOf, numberOf } from './numbers.ts';

const HOST_NET = INITIAL_INODES.net ?? 0;
const HOST: NetNamespaceView = { inode: HOST_NET, initial: true, interfaces: [], leaderPid: 1 };
const RATES = [0, 1500, 4_300_000];

export function interfaceRows(
  all: readonly Container[],
  key: string | undefined,
  tick: number,
): InterfaceRow[] {
  const names = namesOf(all);
  const onHost = (view: InterfaceView): InterfaceRow => ({ namespace: HOST, names, interface: view });
  const host = [
    onHost(link('lo', 1, { kind: 'loopback', state: 'UNKNOWN', ...address('127.0.0.1', 8) })),
    onHost(link('eth0', 2, { kind: 'ethernet', ...address('192.0.2.10', 24) })),
    onHost(link('docker0', 3, { kind: 'bridge', ...address('172.17.0.1', 16) })),
    ...all.map((each) =>
      onHost(
        link(`veth${numberOf(each)}`, 10 + numberOf(each), {
          kind: 'veth',
          master: 'docker0',
          peer: { index: 5, name: 'eth0', netNs: inodeOf(each, 2), container: each.key },
        }),
      ),
    ),
  ];
  const own = chosen(all, key).map((each): InterfaceRow => {
    const number = numberOf(each);
    const rate = RATES[(number + tick) % RATES.length] ?? 0;
    const view = link('eth0', 5, {
      kind: 'veth',
      ...address(`172.17.${Math.floor(number / 250)}.${2 + (number % 250)}`, 16),
      peer: { index: 10 + number, name: `veth${number}`, netNs: HOST_NET },
      rxBytesPerSec: rate,
      txBytesPerSec: rate / 2,
    });
    return { namespace: namespaceOf(each), names, interface: view };
  });
  return key === undefined ? [...host, ...own] : own;
}

export function socketRows(all: readonly Container[], key: string | undefined): SocketRow[] {
  const names = namesOf(all);
  const host: SocketRow[] = [
    { namespace: HOST, names, socket: tcp(9001, 22, { processes: [{ pid: 612, fd: 3, comm: 'sshd' }] }) },
    {
      namespace: HOST,
      names,
      socket: {
        protocol: 'unix',
        type: 'stream',
        state: 'LISTEN',
        path: '/run/docker.sock',
        inode: 9002,
        processes: [{ pid: 700, fd: 9, comm: 'dockerd' }],
      },
    },
  ];
  const own = chosen(all, key).map((each): SocketRow => {
    const pid = firstPid(each);
    const processes = [{ pid, fd: 6, comm: each.name }];
    const socket = tcp(20_000 + numberOf(each), 8000 + numberOf(each), { processes, container: each.key });
    return { namespace: namespaceOf(each), names, socket };
  });
  return key === undefined ? [...host, ...own] : own;
}

function namesOf(all: readonly Container[]): Map<string, string> {
  return new Map(all.map(({ key, name }) => [key, name]));
}

function namespaceOf(container: Container): NetNamespaceView {
  const { key } = container;
  return {
    inode: inodeOf(container, 2),
    initial: false,
    container: key,
    containers: [key],
    leaderPid: firstPid(container),
    interfaces: [],
  };
}

function address(text: string, prefix: number): Pick<InterfaceView, 'addresses'> {
  return { addresses: [{ address: text, prefix, family: 'inet', scope: 'global' }] };
}

function link(name: string, index: number, changes: Partial<InterfaceView>): InterfaceView {
  return {
    name,
    index,
    kind: 'ethernet',
    mac: `02:42:ac:11:00:${(index % 256).toString(16).padStart(2, '0')}`,
    mtu: 1500,
    state: 'UP',
    flags: ['BROADCAST', 'UP', 'LOWER_UP'],
    addresses: [],
    rxBytes: 1000 * index,
    txBytes: 2000 * index,
    rxPackets: 10,
    txPackets: 20,
    rxErrors: 0,
    txErrors: 0,
    rxDropped: 0,
    txDropped: 0,
    rxBytesPerSec: 0,
    txBytesPerSec: 0,
    ...changes,
  };
}

function tcp(inode: number, port: number, changes: Partial<SocketView>): SocketView {
  return {
    protocol: 'tcp',
    state: 'LISTEN',
    localAddress: '0.0.0.0',
    localPort: port,
    remoteAddress: '0.0.0.0',
    remotePort: 0,
    inode,
    uid: 0,
    rxQueue: 0,
    txQueue: 0,
    ...changes,
  };
}
