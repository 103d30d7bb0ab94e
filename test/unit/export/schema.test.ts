import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jsonText } from '../../../src/export/json.ts';
import { schemaErrors } from '../../schema.ts';
import { bareContainer, DENIED, exampleContainer } from '../model/example-container.ts';

const TAKEN = '2024-05-01T12:00:00.5+02:00';

const PROCESS = {
  pid: 10630,
  innerPids: [10630, 1],
  ppid: 10600,
  comm: 'node',
  argv: ['node', 'server.js'],
  state: 'S',
  threads: 11,
  starttimeTicks: 4711,
  startedAt: TAKEN,
  uid: 1000,
  gid: 1000,
  innerUid: 0,
  innerGid: DENIED,
  cpu: { usageUsec: 12, ratio: 0.5 },
  memoryBytes: '9223372036854775808',
  capEff: '00000000a80425fb',
  seccomp: 'filter',
  cgroup: '/docker/5196',
};
const MOUNT = {
  id: 1,
  parentId: 0,
  device: '0:52',
  root: '/',
  target: '/',
  type: 'overlay',
  source: '',
  options: ['rw'],
  superOptions: 'rw,lowerdir=/l',
  propagation: 'private',
};
const INSPECTED = {
  ...exampleContainer(),
  processes: [PROCESS],
  mounts: [MOUNT],
  capabilities: { effective: ['CAP_CHOWN'], permitted: [], inheritable: [], bounding: [], ambient: [] },
  uidMap: [{ inside: 0, outside: 0, count: 4294967295 }],
  gidMap: DENIED,
  seccomp: 'filter',
  noNewPrivs: false,
  lsm: 'docker-default (enforce)',
  limits: [{ name: 'Max open files', soft: 1024, hard: 'max', unit: 'files' }],
  devices: ['c 1:3 rwm'],
  ancestry: [{ pid: 1, comm: 'systemd', role: 'init' }],
  storage: { driver: 'overlay2', lowerdirs: ['/l'], upperdir: '/u' },
  runtimeState: { pid: 10630 },
};
const CHECK = {
  id: 'ptrace',
  title: 'Look into processes',
  status: 'limited',
  detail: 'no CAP_SYS_PTRACE',
  fix: 'run as root',
};
const HOST = {
  kernel: '6.18.0',
  hostname: 'web-1',
  cgroupMode: 'v2',
  hierarchies: [{ version: 2, controllers: ['cpu'], mountPoint: '/sys/fs/cgroup', root: '/' }],
  uid: 0,
  capabilities: ['CAP_SYS_ADMIN'],
  procOptions: { hidepid: 'off', subsetPid: false },
};

const ps = (changes: object, base: object = exampleContainer()) => ({
  schema: 'porthole.ps/1',
  takenAt: TAKEN,
  containers: [{ ...base, ...changes }],
});
const procs = (changes: object) => ({
  schema: 'porthole.procs/1',
  takenAt: TAKEN,
  processes: [{ ...PROCESS, ...changes }],
});
const inspect = (changes: object) => ({
  schema: 'porthole.inspect/1',
  takenAt: TAKEN,
  container: { ...INSPECTED, ...changes },
});
const doctor = (host: object, check: object = {}) => ({
  schema: 'porthole.doctor/1',
  takenAt: TAKEN,
  host: { ...HOST, ...host },
  checks: [{ ...CHECK, ...check }],
});
const EXITED = {
  state: 'exited',
  exitedAt: TAKEN,
  exitCode: 1,
  pids: [],
  cpu: {},
  memory: { accounting: 'processes' },
  io: {},
  pidsCount: undefined,
  pidsLimit: undefined,
};
const END = { index: 9, name: 'veth3f1c', netNs: 4026531833 };
const COUNTS = { rxErrors: 0, txErrors: 0, rxDropped: 0, txDropped: 0 };
const INTERFACE = {
  index: 2,
  name: 'eth0',
  kind: 'veth',
  mac: '02:42:0a:00:00:07',
  mtu: 1500,
  state: 'UP',
  flags: ['UP'],
  peer: END,
  addresses: [{ address: '192.0.2.7', prefix: 24, family: 'inet', scope: 'global' }],
  rxBytes: '18446744073709551615',
  txBytes: 1,
  rxPackets: 1,
  txPackets: 1,
  ...COUNTS,
};
const SOCKET = {
  protocol: 'tcp6',
  state: 'LISTEN',
  localAddress: '::',
  localPort: 8080,
  rxQueue: 0,
  txQueue: 0,
  inode: 80211,
  uid: 0,
  processes: [{ pid: 534, fd: 3, comm: 'httpd' }],
};
const net = (changes: object, link: object = {}, socket: object = {}) => ({
  schema: 'porthole.net/1',
  takenAt: TAKEN,
  namespaces: [
    {
      inode: 4026532558,
      initial: false,
      interfaces: [{ ...INTERFACE, ...link }],
      sockets: [{ ...SOCKET, ...socket }],
      ...changes,
    },
  ],
});
const CGROUP = {
  key: 'v2:/docker/5196',
  hierarchy: 'v2',
  version: 2,
  path: '/docker/5196',
  name: '5196',
  inode: 359106,
  ownerUid: 0,
  ownerGid: 0,
  controllers: ['cpu', 'memory'],
  children: 0,
  procs: 3,
  memory: { currentBytes: 1, maxBytes: { own: 'max', effective: 67108864, limitedBy: '/docker' } },
  pressure: { cpu: { someAvg10: 1.5, someTotalUsec: 12 }, irq: DENIED },
};
const cgroups = (changes: object) => ({
  schema: 'porthole.cgroups/1',
  takenAt: TAKEN,
  cgroups: [{ ...CGROUP, ...changes }],
});
const memory = (changes: object) => ps({ memory: { ...exampleContainer().memory, ...changes } });

describe('documents that are right', () => {
  it.each<[string, string, object]>([
    ['ps', 'an example', ps({})],
    ['ps', 'no rates, much denied', ps({}, bareContainer())],
    ['ps', 'one that came and went', ps(EXITED)],
    ['ps', 'no containers', { schema: 'porthole.ps/1', takenAt: TAKEN, containers: [] }],
    ['ps', 'more fields', { ...ps({ colour: 'red' }), extra: 1 }],
    [
      'ps',
      'large counters',
      memory({ currentBytes: '18446744073709551615', limitBytes: '9223372036854771711' }),
    ],
    ['ps', 'no limit', memory({ limitBytes: 'max', effectiveLimitBytes: 'max' })],
    ['procs', 'an example', procs({})],
    [
      'procs',
      'much denied',
      procs({ innerPids: DENIED, argv: DENIED, memoryBytes: DENIED, cgroup: DENIED, capEff: DENIED }),
    ],
    ['procs', 'cgroups of v1', procs({ cgroup: { memory: '/a', cpu: '/b' } })],
    ['inspect', 'an example', inspect({})],
    [
      'inspect',
      'much denied',
      inspect({ mounts: DENIED, capabilities: DENIED, limits: DENIED, lsm: DENIED, storage: DENIED }),
    ],
    ['net', 'an example', net({})],
    ['net', 'denied', net({ inode: DENIED, interfaces: DENIED, sockets: DENIED })],
    [
      'net',
      'names and counters only',
      net(
        {},
        {
          index: DENIED,
          kind: DENIED,
          mac: DENIED,
          mtu: DENIED,
          state: DENIED,
          flags: DENIED,
          addresses: DENIED,
        },
      ),
    ],
    ['net', 'holders not known', net({}, {}, { processes: DENIED })],
    ['doctor', 'an example', doctor({})],
    ['cgroups', 'an example', cgroups({})],
    ['cgroups', 'much denied', cgroups({ procs: DENIED, controllers: DENIED, pressure: { cpu: DENIED } })],
  ])('%s: %s', (command, _name, document) => {
    expect(schemaErrors(command, document)).toEqual([]);
  });
});

describe('documents that are wrong', () => {
  it.each<[string, string, object, string]>([
    ['ps', 'another schema', { ...ps({}), schema: 'porthole.ps/2' }, '/schema'],
    ['ps', 'no time', { schema: 'porthole.ps/1', containers: [] }, 'takenAt'],
    ['ps', 'a time without a zone', { ...ps({}), takenAt: '2024-05-01T12:00:00' }, '/takenAt'],
    ['ps', 'no list', { schema: 'porthole.ps/1', takenAt: TAKEN }, 'containers'],
    ['ps', 'no key', ps({ key: undefined }), 'key'],
    ['ps', 'a kind of our own', ps({ kind: 'vm' }), '/containers/0/kind'],
    ['ps', 'a state of our own', ps({ state: 'paused' }), '/containers/0/state'],
    ['ps', 'a pid as text', ps({ initPid: '1' }), '/containers/0/initPid'],
    ['ps', 'null for all', ps({ hostname: null }), '/containers/0/hostname'],
    [
      'ps',
      'a reason of our own',
      ps({ hostname: { ...DENIED, unknown: 'absent' } }),
      '/containers/0/hostname',
    ],
    [
      'ps',
      'a reason without a path',
      ps({ hostname: { unknown: 'denied', errno: 'EACCES' } }),
      '/containers/0/hostname',
    ],
    ['ps', 'an errno as number', ps({ hostname: { ...DENIED, errno: 13 } }), '/containers/0/hostname'],
    [
      'ps',
      'a broken reason for namespaces',
      ps({ namespaces: { unknown: 'denied' } }),
      '/containers/0/namespaces',
    ],
    ['ps', 'an inode as text', ps({ namespaces: { mnt: '4026532180' } }), '/containers/0/namespaces'],
    [
      'ps',
      'a namespace type of our own',
      ps({ privateNamespaces: ['disk'] }),
      '/containers/0/privateNamespaces',
    ],
    ['ps', 'a namespace twice', ps({ privateNamespaces: ['mnt', 'mnt'] }), '/containers/0/privateNamespaces'],
    ['ps', 'no evidence', ps({ evidence: [] }), '/containers/0/evidence'],
    [
      'ps',
      'a cgroup path that is not absolute',
      ps({ cgroup: { mode: 'v2', paths: { '': 'docker' } } }),
      '/containers/0/cgroup',
    ],
    ['ps', 'no end of what has ended', ps({ ...EXITED, exitedAt: undefined }), 'exitedAt'],
    ['ps', 'a status beyond a byte', ps({ ...EXITED, exitCode: 256 }), '/containers/0/exitCode'],
    ['ps', 'signal 0', ps({ ...EXITED, exitSignal: 0 }), '/containers/0/exitSignal'],
    ['ps', 'no memory of what runs', ps({ memory: {} }), 'currentBytes'],
    ['ps', 'no tasks of what runs', ps({ pidsCount: undefined }), 'pidsCount'],
    ['ps', 'no CPU time', ps({ cpu: {} }), 'usageUsec'],
    ['ps', 'a rate as text', ps({ cpu: { usageUsec: 1, ratio: '0.5' } }), '/containers/0/cpu/ratio'],
    [
      'ps',
      'throttled above all periods',
      ps({ cpu: { usageUsec: 1, throttledRatio: 1.5 } }),
      'throttledRatio',
    ],
    ['ps', 'a limit of -1', memory({ limitBytes: -1 }), '/containers/0/memory/limitBytes'],
    ['ps', 'a limit with a unit', memory({ limitBytes: '512M' }), '/containers/0/memory/limitBytes'],
    ['ps', 'an unlimited of our own', memory({ limitBytes: 'unlimited' }), '/containers/0/memory/limitBytes'],
    ['ps', 'max in use', memory({ currentBytes: 'max' }), '/containers/0/memory/currentBytes'],
    ['ps', 'a fraction of a byte', memory({ currentBytes: 1.5 }), '/containers/0/memory/currentBytes'],
    ['ps', 'half of the network', ps({ net: { rxBytes: 1 } }), '/containers/0/net'],
    ['ps', 'pressure above 100', ps({ pressure: { cpu: { someAvg10: 101 } } }), '/containers/0/pressure'],
    ['ps', 'labels that are no text', ps({ labels: { a: 1 } }), '/containers/0/labels/a'],
    ['procs', 'capabilities as a number', procs({ capEff: 10 }), '/processes/0/capEff'],
    ['procs', 'too few digits', procs({ capEff: 'fb' }), '/processes/0/capEff'],
    ['procs', 'no inner pid', procs({ innerPids: [] }), '/processes/0/innerPids'],
    ['procs', 'argv as one text', procs({ argv: 'node server.js' }), '/processes/0/argv'],
    ['procs', 'a uid of -1', procs({ uid: -1 }), '/processes/0/uid'],
    ['procs', 'a uid beyond 32 bits', procs({ uid: 2 ** 32 }), '/processes/0/uid'],
    ['procs', 'no command', procs({ comm: undefined }), 'comm'],
    ['procs', 'seccomp as a number', procs({ seccomp: 2 }), '/processes/0/seccomp'],
    ['inspect', 'not even ps', inspect({ runtime: undefined }), 'runtime'],
    ['inspect', 'a broken process', inspect({ processes: [{}] }), '/container/processes/0'],
    [
      'inspect',
      'a mount without a target',
      inspect({ mounts: [{ ...MOUNT, target: undefined }] }),
      '/container/mounts/0',
    ],
    [
      'inspect',
      'a device without its minor',
      inspect({ mounts: [{ ...MOUNT, device: '8' }] }),
      '/container/mounts/0/device',
    ],
    [
      'inspect',
      'capabilities without CAP_',
      inspect({ capabilities: { ...INSPECTED.capabilities, ambient: ['CHOWN'] } }),
      'ambient',
    ],
    [
      'inspect',
      'four sets',
      inspect({ capabilities: { ...INSPECTED.capabilities, bounding: undefined } }),
      '/container/capabilities',
    ],
    [
      'inspect',
      'a map without a count',
      inspect({ uidMap: [{ inside: 0, outside: 0 }] }),
      '/container/uidMap',
    ],
    ['inspect', 'a storage without a driver', inspect({ storage: {} }), '/container/storage'],
    [
      'inspect',
      'a role missing',
      inspect({ ancestry: [{ pid: 1, comm: 'systemd' }] }),
      '/container/ancestry/0',
    ],
    ['net', 'no interfaces', net({ interfaces: undefined }), '/namespaces/0'],
    ['net', 'a negative counter', net({}, { rxBytes: -1 }), '/interfaces/0/rxBytes'],
    ['net', 'one rate without the others', net({}, { rxBytesPerSec: 1 }), 'txBytesPerSec'],
    ['net', 'a name in no namespace', net({}, { peer: { ...END, netNs: undefined } }), '/interfaces/0/peer'],
    ['net', 'a protocol of our own', net({}, {}, { protocol: 'quic' }), '/sockets/0/protocol'],
    ['net', 'an address without a port', net({}, {}, { localPort: undefined }), 'localPort'],
    ['net', 'inode 0', net({}, {}, { inode: 0 }), '/sockets/0/inode'],
    ['cgroups', 'a relative path', cgroups({ path: 'docker' }), '/cgroups/0/path'],
    ['cgroups', 'no procs', cgroups({ procs: undefined }), 'procs'],
    ['cgroups', 'a type of our own', cgroups({ type: 'root' }), '/cgroups/0/type'],
    ['cgroups', 'a limit of -1', cgroups({ memory: { maxBytes: { effective: -1 } } }), 'maxBytes'],
    ['cgroups', 'a negative rate', cgroups({ cpu: { ratio: -0.1 } }), '/cgroups/0/cpu/ratio'],
    ['doctor', 'a status of our own', doctor({}, { status: 'broken' }), '/checks/0/status'],
    ['doctor', 'no detail', doctor({}, { detail: undefined }), '/checks/0'],
    [
      'doctor',
      'a hierarchy of version 3',
      doctor({ hierarchies: [{ ...HOST.hierarchies[0], version: 3 }] }),
      '/host/hierarchies/0/version',
    ],
    ['doctor', 'capabilities as a mask', doctor({ capabilities: '000001ffffffffff' }), '/host/capabilities'],
    ['doctor', 'no kernel', doctor({ kernel: undefined }), '/host'],
  ])('%s: %s', (command, _name, document, where) => {
    expect(schemaErrors(command, document).join('\n')).toContain(where);
  });

  it.each<[string, object, string]>([
    ['ps', exampleContainer(), 'container'],
    ['procs', PROCESS, 'process'],
  ])('%s: every required field is missed', (command, whole, definition) => {
    const required = definitions(command)[definition]?.required ?? [];
    expect(required.length).toBeGreaterThan(10);
    for (const field of required) {
      const part = { ...whole, [field]: undefined };
      const document = command === 'ps' ? ps({}, part) : procs(part);
      expect(schemaErrors(command, document).join('\n')).toContain(`'${field}'`);
    }
  });
});

describe('the files', () => {
  it('say the same of a container and of a process', () => {
    const inspected = definitions('inspect');
    for (const command of ['ps', 'procs']) {
      for (const [name, definition] of Object.entries(definitions(command))) {
        expect([name, inspected[name]]).toEqual([name, definition]);
      }
    }
  });

  it('take what jsonText writes', () => {
    const document = ps({ io: { readBytes: 2n ** 64n - 1n, writeBytes: 0 } });
    expect(schemaErrors('ps', JSON.parse(jsonText(document)))).toEqual([]);
    expect(schemaErrors('ps', document)).toEqual([]);
  });
});

function definitions(command: string): Record<string, { required?: string[] }> {
  const url = new URL(`../../../docs/schema/${command}.schema.json`, import.meta.url);
  const schema: { $defs: Record<string, { required?: string[] }> } = JSON.parse(readFileSync(url, 'utf8'));
  return schema.$defs;
}
