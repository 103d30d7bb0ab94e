import { describe, expect, it } from 'vitest';
import type { Reading, WhyNot } from '../../../src/kernel/reading.ts';
import { examine } from '../../../src/model/doctor.ts';
import type { HostModel } from '../../../src/model/host-model.ts';
import type { HostFacts, ObserverFacts, ProcessFacts } from '../../../src/model/sample.ts';
import { exampleContainer } from './example-container.ts';
import { DENIED, hostFacts, INITIAL, kernelThread, observer, proc, processMap, V1, V2 } from './facts.ts';

const KTHREADD = kernelThread(2, 'kthreadd');
const USER = proc(10, 1, 'sh');
const TOLD: Reading<undefined> = { ok: true, value: undefined };
const untold = (why: WhyNot, errno: string): Reading<undefined> => ({
  ok: false,
  why,
  path: 'process connector',
  errno,
});
const PSI = { cpu: {}, memory: {}, io: {} };
const HEALTHY: Partial<HostFacts> = { pressure: PSI };

function model(
  host: Partial<HostFacts>,
  self: Partial<ObserverFacts>,
  processes: readonly ProcessFacts[],
): HostModel {
  return {
    takenAtMs: 0,
    host: hostFacts({ ...HEALTHY, ...host, self: observer(self) }),
    containers: [exampleContainer()],
    processes: processMap(processes),
    containerOfPid: new Map(),
    notes: [],
    vanished: 0,
  };
}
function check(
  id: string,
  {
    host = {},
    self = {},
    processes = [KTHREADD, USER],
    containers,
    arrivals = TOLD,
  }: {
    arrivals?: Reading<undefined>;
    host?: Partial<HostFacts>;
    self?: Partial<ObserverFacts>;
    processes?: readonly ProcessFacts[];
    containers?: HostModel['containers'];
  },
) {
  const healthy = model(host, self, processes);
  const found = examine(
    containers === undefined ? healthy : { ...healthy, containers },
    arrivals,
  ).checks.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no check ${id}`);
  return found;
}

it('finds nothing to say on a healthy host', () => {
  const { checks, host } = examine(model({}, {}, [KTHREADD, USER]), TOLD);
  expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  expect(host.capabilities).toContain('CAP_SYS_PTRACE');
});

describe('what is missing is said, with a way out', () => {
  const nobody = { uid: 1000, effectiveCapabilities: 0n };
  const rows: [string, string, Parameters<typeof check>[1], string][] = [
    [
      'hidepid, as an ordinary user',
      'proc',
      { self: { ...nobody, procOptions: { hidepid: 'invisible', subsetPid: false } } },
      'limited',
    ],
    [
      'all links refused',
      'ptrace',
      { self: nobody, processes: [KTHREADD, { ...USER, namespaces: DENIED }] },
      'missing',
    ],
    [
      'some links refused',
      'ptrace',
      { processes: [USER, { ...proc(11, 1, 'x'), namespaces: DENIED }] },
      'limited',
    ],
    [
      'a pid namespace of its own',
      'pid-namespace',
      { self: { namespaces: { ...INITIAL, pid: 9001 } }, processes: [USER] },
      'limited',
    ],
    ['no right to enter uts namespaces', 'hostnames', { self: nobody }, 'missing'],
    ['no cgroup mount', 'cgroups', { host: { hierarchies: [] } }, 'missing'],
    [
      'no memory controller',
      'controller-memory',
      { host: { hierarchies: V1.filter(({ controllers }) => !controllers.includes('memory')) } },
      'missing',
    ],
    ['no pressure files', 'pressure', { host: { pressure: undefined } }, 'missing'],
    [
      'pressure switched off',
      'pressure',
      { host: { pressure: { unknown: 'unsupported', path: '/proc/pressure/cpu', errno: 'EOPNOTSUPP' } } },
      'missing',
    ],
    [
      'a container of docker that goes by its short id',
      'names',
      { containers: [exampleContainer({ nameSource: 'short id' })] },
      'limited',
    ],
    ['Linux 5.2', 'pidfd', { host: { kernelRelease: '5.2.0-generic' } }, 'missing'],
    [
      'no connector in the kernel',
      'arrivals',
      { arrivals: untold('unsupported', 'EPROTONOSUPPORT') },
      'limited',
    ],
    ['no right to listen', 'arrivals', { arrivals: untold('denied', 'EPERM') }, 'limited'],
    ['no native library', 'arrivals', { arrivals: untold('unsupported', 'ENOEXEC') }, 'limited'],
    ['another pid namespace', 'arrivals', { arrivals: untold('unsupported', 'ETIMEDOUT') }, 'limited'],
    ['Linux 3.10', 'pidfd', { host: { kernelRelease: '3.10.0-1160.el7.x86_64' } }, 'missing'],
  ];
  it.each(rows)('%s', (_name, id, given, status) => {
    const found = check(id, given);
    expect(found.status).toBe(status);
    expect(found.fix ?? '').not.toBe('');
  });
});

describe('what only looks like a fault is none', () => {
  const rows: [string, string, Parameters<typeof check>[1]][] = [
    ['hidepid, as root', 'proc', { self: { procOptions: { hidepid: 'invisible', subsetPid: false } } }],
    ['pid 1 is gone from view, kthreadd is not', 'pid-namespace', { processes: [KTHREADD] }],
    ['hidepid hides kernel threads, but our own link tells', 'pid-namespace', { processes: [USER] }],
    ['denied links of kernel threads', 'ptrace', { processes: [{ ...KTHREADD, namespaces: DENIED }, USER] }],
    ['io is blkio on v1', 'controller-io', { host: { hierarchies: V1 } }],
    ['v2', 'controller-io', { host: { hierarchies: [V2] } }],
    [
      'a bare unshare without a name',
      'names',
      { containers: [exampleContainer({ runtime: 'unshare', nameSource: 'runtime and pid' })] },
    ],
    ['Linux 5.3', 'pidfd', { host: { kernelRelease: '5.3.0' } }],
    ['Linux 10.0', 'pidfd', { host: { kernelRelease: '10.0.0-rc1' } }],
  ];
  it.each(rows)('%s', (_name, id, given) => {
    expect(check(id, given).status).toBe('ok');
  });
});

it('names the file and errno of what was refused', () => {
  const found = check('ptrace', { processes: [{ ...USER, namespaces: DENIED }] });
  expect(found.detail).toContain('/proc/1/ns/mnt: EACCES');
});
