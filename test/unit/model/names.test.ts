import { describe, expect, it } from 'vitest';
import type { EngineFacts, InitFacts, ProcessFacts } from '../../../src/model/sample.ts';
import { DENIED, HOST_PROCESSES, id64, initFacts, modelOf, type ProcessChange, proc } from './facts.ts';

const A = id64('aaaa');
const ENGINE_FILE = '/var/lib/docker/containers/aaaa/config.v2.json';
const engine: EngineFacts = { runtime: 'docker', id: A, name: 'web', image: 'nginx:1', source: ENGINE_FILE };

interface Case {
  readonly process?: ProcessChange;
  readonly parent?: ProcessFacts;
  readonly init?: Partial<InitFacts>;
}

/** The one container of a process with a pid namespace of its own; in no cgroup of an engine unless told. */
function only({ process, parent = proc(1000, 510, 'bash'), init }: Case) {
  const processes = [
    ...HOST_PROCESSES,
    parent,
    proc(1010, 1000, 'sh', { ns: { pid: 9001, uts: 9003 }, nsPid: [1010, 1], ...process }),
  ];
  const key = modelOf(processes).containers[0]?.key ?? '';
  const [found] = modelOf(processes, { inits: new Map([[key, initFacts(init)]]) }).containers;
  if (found === undefined) throw new Error('no container');
  return found;
}
const docker: ProcessChange = { cgroup: `/system.slice/docker-${A}.scope` };
const lxc: ProcessChange = { cgroup: '/lxc.payload.mail' };
const nspawn = (...argv: string[]) =>
  proc(1000, 510, 'systemd-nspawn', { argv: ['systemd-nspawn', ...argv] });

describe('what a container is called', () => {
  const rows: [string, Case, string, string][] = [
    [
      'the engine’s name before all',
      { process: docker, init: { engine, hostname: 'h' } },
      'web',
      ENGINE_FILE,
    ],
    ['the engine’s name before that of the cgroup', { process: lxc, init: { engine } }, 'web', ENGINE_FILE],
    [
      'the name in the cgroup before the hostname',
      { process: lxc, init: { hostname: 'h' } },
      'mail',
      'cgroup name',
    ],
    [
      'the name LXC’s monitor was given before that of a cgroup that was taken',
      {
        process: { cgroup: '/lxc.payload.mail-1' },
        parent: proc(1000, 510, 'lxc-start', { argv: ['[lxc monitor] /var/lib/lxc mail'] }),
      },
      'mail',
      'arguments of lxc-start',
    ],
    [
      'the name podman’s conmon was given, which any user may read',
      {
        process: { cgroup: `/libpod_parent/libpod-${A}` },
        parent: proc(1000, 510, 'conmon', { argv: ['conmon', '-c', A, '-u', A, '-n', 'reports'] }),
      },
      'reports',
      'arguments of conmon',
    ],
    [
      'but not that of the conmon of another container',
      {
        process: { cgroup: `/libpod_parent/libpod-${A}` },
        parent: proc(1000, 510, 'conmon', { argv: ['conmon', '-c', id64('bbbb'), '-n', 'other'] }),
      },
      A.slice(0, 12),
      'short id',
    ],
    [
      'the hostname before a short id',
      { process: docker, init: { hostname: 'db-1' } },
      'db-1',
      'hostname of its uts namespace',
    ],
    [
      'docker’s default hostname is the short id',
      { process: docker, init: { hostname: A.slice(0, 12) } },
      A.slice(0, 12),
      'short id',
    ],
    [
      'a hostname like the host’s says nothing',
      { process: docker, init: { hostname: 'metal' } },
      A.slice(0, 12),
      'short id',
    ],
    ['nor does an empty one', { process: docker, init: { hostname: '' } }, A.slice(0, 12), 'short id'],
    [
      'nor one that may not be read',
      { process: docker, init: { hostname: DENIED } },
      A.slice(0, 12),
      'short id',
    ],
    [
      'an engine that knows no name',
      { process: docker, init: { engine: { source: 'x', image: 'y' } } },
      A.slice(0, 12),
      'short id',
    ],
    [
      'no engine, but a hostname of its own',
      { init: { hostname: 'box' } },
      'box',
      'hostname of its uts namespace',
    ],
    [
      'no engine, and the uts namespace of the host',
      { process: { ns: { pid: 9001 } }, init: { hostname: 'metal' } },
      'unshare:1010',
      'runtime and pid',
    ],
    ['nothing at all', {}, 'unshare:1010', 'runtime and pid'],
    [
      'nspawn --machine=',
      { parent: nspawn('--machine=deb', '-D', '/srv/x') },
      'deb',
      'arguments of systemd-nspawn',
    ],
    ['nspawn -M deb', { parent: nspawn('-M', 'deb') }, 'deb', 'arguments of systemd-nspawn'],
    ['nspawn -Mdeb', { parent: nspawn('-Mdeb') }, 'deb', 'arguments of systemd-nspawn'],
    [
      'nspawn -D',
      { parent: nspawn('-D', '/var/lib/machines/deb12/') },
      'deb12',
      'arguments of systemd-nspawn',
    ],
    [
      'nspawn --directory=',
      { parent: nspawn('--directory=/var/lib/machines/deb12') },
      'deb12',
      'arguments of systemd-nspawn',
    ],
    [
      'nspawn --image=: the name is without .raw',
      { parent: nspawn('--image=/var/lib/machines/deb12.raw') },
      'deb12',
      'arguments of systemd-nspawn',
    ],
    [
      'nspawn whose arguments tell nothing',
      { parent: nspawn('-b'), init: { hostname: 'deb' } },
      'deb',
      'hostname of its uts namespace',
    ],
  ];
  it.each(rows)('%s', (_name, given, name, source) => {
    const found = only(given);
    expect([found.name, found.nameSource]).toEqual([name, source]);
  });

  it('is its own, not that of the container whose uts namespace it shares', () => {
    const processes = [
      ...HOST_PROCESSES,
      proc(1010, 1, 'nginx', { ...docker, ns: { pid: 9001, uts: 9003 }, nsPid: [1010, 1] }),
      proc(1020, 1010, 'sh', { ...docker, ns: { pid: 9101, uts: 9003 }, nsPid: [1020, 9, 1] }),
    ];
    const inits = new Map([
      [`docker:${A}`, initFacts({ hostname: 'web' })],
      ['proc:1020:1020', initFacts({ hostname: 'web' })],
    ]);
    expect(modelOf(processes, { inits }).containers.map((each) => each.name)).toEqual([
      'web',
      'unshare:1020',
    ]);
  });
});

describe('what runtime it is', () => {
  it.each([
    ['the launcher’s', { parent: proc(1000, 510, 'bwrap') }, 'bubblewrap'],
    [
      'the launcher’s, whatever the environment claims',
      { parent: proc(1000, 510, 'bwrap'), init: { environContainer: 'lxc' } },
      'bubblewrap',
    ],
    ['an engine’s, where nothing else tells', { init: { engine: { runtime: 'runc', source: 'x' } } }, 'runc'],
    [
      'the environment’s, where nothing else tells',
      { init: { environContainer: 'systemd-nspawn' } },
      'nspawn',
    ],
    ['lxc in the environment', { init: { environContainer: 'lxc' } }, 'lxc'],
    [
      'a word in the environment that nobody uses',
      { init: { environContainer: '\u001b[31mevil' } },
      'unshare',
    ],
    ['an environment that may not be read', { init: { environContainer: DENIED } }, 'unshare'],
    ['the cgroup’s, whatever an engine claims', { process: lxc, init: { engine } }, 'lxc'],
  ])('%s', (_name, given: Case, runtime) => {
    expect(only(given).runtime).toBe(runtime);
  });
});

it('ids, images and labels come from the engine, an id of the cgroup before it', () => {
  const labelled = { ...engine, id: id64('ffff'), labels: { app: 'shop' } };
  expect(only({ process: docker, init: { engine: labelled } })).toMatchObject({
    id: A,
    image: 'nginx:1',
    labels: { app: 'shop' },
  });
  expect(only({ init: { engine: labelled } }).id).toBe(id64('ffff'));
});
