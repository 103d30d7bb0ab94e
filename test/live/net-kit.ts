// What the tests of `porthole net` share: its document and what is in it, programs in a namespace, and two containers with a veth
// between them.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { expect } from 'vitest';
import type { InterfaceView } from '../../src/model/net-interfaces.ts';
import type { SocketView } from '../../src/model/net-sockets.ts';
import type { NetNamespaceView } from '../../src/model/net-view.ts';
import { type Lab, type LabContainer, waitFor } from '../lab/index.ts';
import { schemaErrors } from '../schema.ts';
import { porthole, type RunOptions } from './porthole.ts';

/** For a container with namespaces of its own for processes, mounts and the network. */
export const FLAGS = ['-nmpf', '--mount-proc'];

/** What a program prints in the network namespace of a container. */
export const inside = ({ commandPid: pid }: LabContainer, ...argv: string[]) =>
  execFileSync('nsenter', ['-n', '-t', String(pid), '--', ...argv], { encoding: 'utf8' });
export const inodeOf = (pid: number | 'self') => statSync(`/proc/${pid}/ns/net`).ino;

export async function net(args: readonly string[] = [], options?: RunOptions): Promise<NetNamespaceView[]> {
  const { status, stdout, stderr } = await porthole(['net', ...args, '--json'], options);
  if (status !== 0) throw new Error(`porthole net exited ${status}: ${stderr}`);
  const document: { namespaces: NetNamespaceView[] } = JSON.parse(stdout);
  expect(schemaErrors('net', document)).toEqual([]);
  return document.namespaces;
}

export function of(namespaces: readonly NetNamespaceView[], inode: number): NetNamespaceView {
  const [found, ...more] = namespaces.filter((each) => each.inode === inode);
  if (found === undefined || more.length > 0)
    throw new Error(`net:[${inode}] is listed ${more.length} times`);
  return found;
}

export function listed<T>(fact: unknown): readonly T[] {
  if (!Array.isArray(fact)) throw new Error(`not a list: ${JSON.stringify(fact)}`);
  return fact;
}

export const interfaces = (namespace: NetNamespaceView) => listed<InterfaceView>(namespace.interfaces);
export const sockets = (namespace: NetNamespaceView) => listed<SocketView>(namespace.sockets);
export const named = (all: readonly InterfaceView[], name: string) => all.find((each) => each.name === name);

/** Starts a program inside a namespace that says a line when it is ready, and stays. */
export async function staying(
  lab: Lab,
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

/** The end on the host of the veth into the first of the pair. */
export const onHost = `ph${process.pid % 100_000}`;

export interface NetPair {
  readonly a: LabContainer;
  readonly b: LabContainer;
}

/** Two containers with a veth between them, eth0 in both; the first one also has one to the host, a bridge and a tun. */
export async function connectedPair(lab: Lab): Promise<NetPair> {
  const a = await lab.unshare({ name: 'net-a', flags: FLAGS });
  const b = await lab.unshare({ name: 'net-b', flags: FLAGS });
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
  return { a, b };
}

/** Before the lab is closed: the kernel takes its time to remove a veth whose other end's namespace has gone. */
export function removeHostEnd(): void {
  execFileSync('sh', ['-c', `ip link del ${onHost} 2>/dev/null || true`]);
}
