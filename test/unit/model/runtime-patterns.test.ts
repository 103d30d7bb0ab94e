import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { isSupervisorPath, marksOf, unescapeUnit } from '../../../src/model/runtime-patterns.ts';
import { id64 } from './facts.ts';

const A = id64('a');
const B = id64('b');
const C = id64('c');
const UID = '5e5fb9b5-9c2a-4d0e-8a5c-0123456789ab';
const UID_ = UID.replaceAll('-', '_');

/** One line per mark: runtime, the id's first characters, certainty, driver, path, pod. */
const told = (path: string) =>
  marksOf(path).map((mark) =>
    [mark.runtime, mark.id, mark.certainty, mark.driver, mark.path, mark.pod].filter(Boolean).join(' '),
  );
const sure = (runtime: string, id: string, driver: string, path: string, pod = '') =>
  [runtime, id, 'sure', driver, path, pod].filter(Boolean).join(' ');
const weak = (runtime: string, id: string, path: string, pod = '') =>
  [runtime, id, 'weak', 'cgroupfs', path, pod].filter(Boolean).join(' ');

const BURSTABLE = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID_}.slice`;
const GUARANTEED = `/kubepods.slice/kubepods-pod${UID_}.slice`;

describe('engines name their cgroups', () => {
  const rows: [string, string, string[]][] = [
    [
      'docker, systemd driver',
      `/system.slice/docker-${A}.scope`,
      [sure('docker', A, 'systemd', `/system.slice/docker-${A}.scope`)],
    ],
    ['docker, cgroupfs driver', `/docker/${A}`, [sure('docker', A, 'cgroupfs', `/docker/${A}`)]],
    [
      'docker, the process deeper inside (systemd in it)',
      `/docker/${A}/system.slice/nginx.service`,
      [sure('docker', A, 'cgroupfs', `/docker/${A}`)],
    ],
    [
      'docker, systemd-style parent under the cgroupfs driver',
      `/system.slice:docker:${A}`,
      [sure('docker', A, 'cgroupfs', `/system.slice:docker:${A}`)],
    ],
    [
      'docker rootless, a unit of the user manager',
      `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${A}.scope`,
      [
        sure(
          'docker',
          A,
          'systemd',
          `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${A}.scope`,
        ),
      ],
    ],
    [
      'buildkit in dockerd, cgroupfs driver',
      '/docker/buildkit/p9l7xq2m4kz0v1b8n3c5d6f7g',
      [sure('docker', 'p9l7xq2m4kz0v1b8n3c5d6f7g', 'cgroupfs', '/docker/buildkit/p9l7xq2m4kz0v1b8n3c5d6f7g')],
    ],
    [
      'buildkit in dockerd, systemd driver (system.slice:docker:ID becomes a scope)',
      '/system.slice/docker-p9l7xq2m4kz0v1b8n3c5d6f7g.scope',
      [
        sure(
          'docker',
          'p9l7xq2m4kz0v1b8n3c5d6f7g',
          'systemd',
          '/system.slice/docker-p9l7xq2m4kz0v1b8n3c5d6f7g.scope',
        ),
      ],
    ],
    ['docker --cgroup-parent', `/jobs/${A}`, [weak('oci', A, `/jobs/${A}`)]],
    [
      'docker --cgroup-parent, systemd driver',
      `/jobs.slice/docker-${A}.scope`,
      [sure('docker', A, 'systemd', `/jobs.slice/docker-${A}.scope`)],
    ],
    [
      'containerd for CRI, systemd driver',
      `${BURSTABLE}/cri-containerd-${A}.scope`,
      [sure('containerd', A, 'systemd', `${BURSTABLE}/cri-containerd-${A}.scope`, UID)],
    ],
    [
      'containerd for CRI, guaranteed pod',
      `${GUARANTEED}/cri-containerd-${A}.scope`,
      [sure('containerd', A, 'systemd', `${GUARANTEED}/cri-containerd-${A}.scope`, UID)],
    ],
    [
      'containerd for CRI, one segment with colons',
      `/system.slice/containerd.service/kubepods-burstable-pod${UID_}.slice:cri-containerd:${A}`,
      [
        sure(
          'containerd',
          A,
          'cgroupfs',
          `/system.slice/containerd.service/kubepods-burstable-pod${UID_}.slice:cri-containerd:${A}`,
          UID,
        ),
      ],
    ],
    [
      'nerdctl, systemd driver',
      `/system.slice/nerdctl-${A}.scope`,
      [sure('containerd', A, 'systemd', `/system.slice/nerdctl-${A}.scope`)],
    ],
    ['nerdctl, cgroupfs driver', `/default/${A}`, [weak('containerd', A, `/default/${A}`)]],
    ['ctr', '/default/web_1.blue-2', [weak('containerd', 'web_1.blue-2', '/default/web_1.blue-2')]],
    ['containerd for CRI without a parent', `/k8s.io/${A}`, [weak('containerd', A, `/k8s.io/${A}`)]],
    [
      'CRI-O, systemd driver',
      `${BURSTABLE}/crio-${A}.scope`,
      [sure('cri-o', A, 'systemd', `${BURSTABLE}/crio-${A}.scope`, UID)],
    ],
    [
      'CRI-O, systemd driver, with the payload one deeper (crun)',
      `${BURSTABLE}/crio-${A}.scope/container`,
      [sure('cri-o', A, 'systemd', `${BURSTABLE}/crio-${A}.scope`, UID)],
    ],
    [
      'CRI-O, cgroupfs driver',
      `/kubepods/burstable/pod${UID}/crio-${A}`,
      [sure('cri-o', A, 'cgroupfs', `/kubepods/burstable/pod${UID}/crio-${A}`, UID)],
    ],
    [
      'podman as root',
      `/machine.slice/libpod-${A}.scope`,
      [sure('podman', A, 'systemd', `/machine.slice/libpod-${A}.scope`)],
    ],
    [
      'podman with crun: a leaf below the scope',
      `/machine.slice/libpod-${A}.scope/container`,
      [sure('podman', A, 'systemd', `/machine.slice/libpod-${A}.scope`)],
    ],
    [
      'podman rootless',
      `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${A}.scope/container`,
      [
        sure(
          'podman',
          A,
          'systemd',
          `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${A}.scope`,
        ),
      ],
    ],
    [
      'podman, cgroupfs manager',
      `/libpod_parent/libpod-${A}`,
      [sure('podman', A, 'cgroupfs', `/libpod_parent/libpod-${A}`)],
    ],
    [
      'podman pod, cgroupfs manager: the pod is no container',
      `/libpod_parent/${B}/libpod-${A}`,
      [sure('podman', A, 'cgroupfs', `/libpod_parent/${B}/libpod-${A}`, B)],
    ],
    ['podman pod itself', `/libpod_parent/${B}`, []],
    [
      'podman pod, systemd manager',
      `/machine.slice/machine-libpod_pod_${B}.slice/libpod-${A}.scope/container`,
      [sure('podman', A, 'systemd', `/machine.slice/machine-libpod_pod_${B}.slice/libpod-${A}.scope`, B)],
    ],
    [
      'podman pod, rootless',
      `/user.slice/user-1000.slice/user@1000.service/user.slice/user-libpod_pod_${B}.slice/libpod-${A}.scope`,
      [
        sure(
          'podman',
          A,
          'systemd',
          `/user.slice/user-1000.slice/user@1000.service/user.slice/user-libpod_pod_${B}.slice/libpod-${A}.scope`,
          B,
        ),
      ],
    ],
    [
      'podman quadlet (cgroups=split)',
      `/system.slice/web.service/libpod-payload-${A}`,
      [sure('podman', A, 'cgroupfs', `/system.slice/web.service/libpod-payload-${A}`)],
    ],
    [
      'Kubernetes, cgroupfs: the id is some engine’s, the pod is told',
      `/kubepods/burstable/pod${UID}/${A}`,
      [weak('oci', A, `/kubepods/burstable/pod${UID}/${A}`, UID)],
    ],
    [
      'Kubernetes, cgroupfs, guaranteed',
      `/kubepods/pod${UID}/${A}`,
      [weak('oci', A, `/kubepods/pod${UID}/${A}`, UID)],
    ],
    [
      'a static pod: the UID is a hash without hyphens',
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod6d5c8a9f0e1b2c3d4e5f60718293a4b5.slice/cri-containerd-${A}.scope`,
      [
        sure(
          'containerd',
          A,
          'systemd',
          `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod6d5c8a9f0e1b2c3d4e5f60718293a4b5.slice/cri-containerd-${A}.scope`,
          '6d5c8a9f0e1b2c3d4e5f60718293a4b5',
        ),
      ],
    ],
    [
      'dockershim, systemd driver',
      `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${UID_}.slice/docker-${A}.scope`,
      [
        sure(
          'docker',
          A,
          'systemd',
          `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${UID_}.slice/docker-${A}.scope`,
          UID,
        ),
      ],
    ],
    ['lxc 4 and later, lxd, incus', '/lxc.payload.web', [sure('lxc', 'web', 'cgroupfs', '/lxc.payload.web')]],
    [
      'lxc, a service inside',
      '/lxc.payload.web/system.slice/cron.service',
      [sure('lxc', 'web', 'cgroupfs', '/lxc.payload.web')],
    ],
    ['lxc with a nested payload', '/lxc.payload/web', [sure('lxc', 'web', 'cgroupfs', '/lxc.payload/web')]],
    [
      'lxc before 4; Proxmox adds ns',
      '/lxc/101/ns/system.slice/cron.service',
      [weak('lxc', '101', '/lxc/101')],
    ],
    [
      'nspawn, v2 with its split',
      '/machine.slice/machine-deb\\x2d12.scope/payload/system.slice/cron.service',
      [sure('nspawn', 'deb-12', 'systemd', '/machine.slice/machine-deb\\x2d12.scope')],
    ],
    [
      'nspawn as a service, the name escaped',
      '/machine.slice/systemd-nspawn@deb\\x2d12.service/payload/init.scope',
      [sure('nspawn', 'deb-12', 'systemd', '/machine.slice/systemd-nspawn@deb\\x2d12.service')],
    ],
    [
      'libvirt lxc',
      '/machine.slice/machine-lxc\\x2d4213\\x2dweb\\x2d1.scope',
      [sure('libvirt-lxc', 'web-1', 'systemd', '/machine.slice/machine-lxc\\x2d4213\\x2dweb\\x2d1.scope')],
    ],
    [
      'ECS on EC2',
      `/ecs/0f9e8d7c6b5a49382716051423324150/${A}`,
      [sure('ecs', A, 'cgroupfs', `/ecs/0f9e8d7c6b5a49382716051423324150/${A}`)],
    ],
    ['ECS with the older task UUID', `/ecs/${UID}/${A}`, [sure('ecs', A, 'cgroupfs', `/ecs/${UID}/${A}`)]],
    [
      'ECS on Fargate',
      '/ecs/0f9e8d7c6b5a49382716051423324150/0f9e8d7c6b5a49382716051423324150-2531612879',
      [
        sure(
          'ecs',
          '0f9e8d7c6b5a49382716051423324150-2531612879',
          'cgroupfs',
          '/ecs/0f9e8d7c6b5a49382716051423324150/0f9e8d7c6b5a49382716051423324150-2531612879',
        ),
      ],
    ],
    [
      'garden: 28 characters',
      '/system.slice/garden.service/garden/8d1a3c7e-4f2b-4c6d-5e7a-9b0c',
      [
        weak(
          'garden',
          '8d1a3c7e-4f2b-4c6d-5e7a-9b0c',
          '/system.slice/garden.service/garden/8d1a3c7e-4f2b-4c6d-5e7a-9b0c',
        ),
      ],
    ],
    [
      'nomad',
      `/nomad.slice/share.slice/${UID}.web.scope`,
      [sure('nomad', `${UID}.web`, 'systemd', `/nomad.slice/share.slice/${UID}.web.scope`)],
    ],
    ['mesos', `/mesos/${UID}`, [sure('mesos', UID, 'cgroupfs', `/mesos/${UID}`)]],
    [
      'flatpak',
      '/user.slice/user-1000.slice/user@1000.service/app.slice/app-flatpak-org.mozilla.firefox-12345.scope',
      [
        sure(
          'flatpak',
          'org.mozilla.firefox',
          'systemd',
          '/user.slice/user-1000.slice/user@1000.service/app.slice/app-flatpak-org.mozilla.firefox-12345.scope',
        ),
      ],
    ],
  ];
  it.each(rows)('%s', (_name, path, expected) => {
    expect(told(path)).toEqual(expected);
  });
});

describe('containers in containers, outermost first', () => {
  const KIND = `/docker/${A}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod${UID_}.slice`;
  const rows: [string, string, string[]][] = [
    [
      'docker in docker, cgroupfs',
      `/docker/${A}/docker/${B}`,
      [
        sure('docker', A, 'cgroupfs', `/docker/${A}`),
        sure('docker', B, 'cgroupfs', `/docker/${A}/docker/${B}`),
      ],
    ],
    [
      'docker in docker, systemd outside',
      `/system.slice/docker-${A}.scope/docker/${B}`,
      [
        sure('docker', A, 'systemd', `/system.slice/docker-${A}.scope`),
        sure('docker', B, 'cgroupfs', `/system.slice/docker-${A}.scope/docker/${B}`),
      ],
    ],
    [
      'three deep',
      `/docker/${A}/docker/${B}/docker/${C}`,
      [
        sure('docker', A, 'cgroupfs', `/docker/${A}`),
        sure('docker', B, 'cgroupfs', `/docker/${A}/docker/${B}`),
        sure('docker', C, 'cgroupfs', `/docker/${A}/docker/${B}/docker/${C}`),
      ],
    ],
    [
      'podman in lxc',
      `/lxc.payload.web/machine.slice/libpod-${A}.scope/container`,
      [
        sure('lxc', 'web', 'cgroupfs', '/lxc.payload.web'),
        sure('podman', A, 'systemd', `/lxc.payload.web/machine.slice/libpod-${A}.scope`),
      ],
    ],
    [
      'lxc in lxc',
      '/lxc.payload.web/lxc.payload.inner',
      [
        sure('lxc', 'web', 'cgroupfs', '/lxc.payload.web'),
        sure('lxc', 'inner', 'cgroupfs', '/lxc.payload.web/lxc.payload.inner'),
      ],
    ],
    [
      'docker in nspawn',
      `/machine.slice/machine-deb.scope/payload/system.slice/docker-${A}.scope`,
      [
        sure('nspawn', 'deb', 'systemd', '/machine.slice/machine-deb.scope'),
        sure(
          'docker',
          A,
          'systemd',
          `/machine.slice/machine-deb.scope/payload/system.slice/docker-${A}.scope`,
        ),
      ],
    ],
    [
      'kind: Kubernetes in docker, kubelet- before every slice',
      `${KIND}/cri-containerd-${B}.scope`,
      [
        sure('docker', A, 'cgroupfs', `/docker/${A}`),
        sure('containerd', B, 'systemd', `${KIND}/cri-containerd-${B}.scope`, UID),
      ],
    ],
    [
      'kind with the cgroupfs driver',
      `/docker/${A}/kubelet/kubepods/burstable/pod${UID}/${B}`,
      [
        sure('docker', A, 'cgroupfs', `/docker/${A}`),
        weak('oci', B, `/docker/${A}/kubelet/kubepods/burstable/pod${UID}/${B}`, UID),
      ],
    ],
    [
      'the pod of the outer one is not that of the inner one',
      `${BURSTABLE}/cri-containerd-${A}.scope/docker/${B}`,
      [
        sure('containerd', A, 'systemd', `${BURSTABLE}/cri-containerd-${A}.scope`, UID),
        sure('docker', B, 'cgroupfs', `${BURSTABLE}/cri-containerd-${A}.scope/docker/${B}`),
      ],
    ],
    [
      'ctr in docker',
      `/docker/${A}/default/web`,
      [sure('docker', A, 'cgroupfs', `/docker/${A}`), weak('containerd', 'web', `/docker/${A}/default/web`)],
    ],
    [
      'a monitor inside a container is in that container',
      `/docker/${A}/machine.slice/libpod-conmon-${B}.scope`,
      [sure('docker', A, 'cgroupfs', `/docker/${A}`)],
    ],
  ];
  it.each(rows)('%s', (_name, path, expected) => {
    expect(told(path)).toEqual(expected);
  });
});

describe('not containers', () => {
  it.each([
    ['the root', '/'],
    ["docker's own service", '/system.slice/docker.service'],
    ["containerd's own service", '/system.slice/containerd.service'],
    ["podman's own service", '/system.slice/podman.service'],
    ["CRI-O's own service", '/system.slice/crio.service'],
    ["kubelet's own service", '/system.slice/kubelet.service'],
    ["lxc's own service", '/system.slice/lxc.service'],
    ["libvirt's own service", '/system.slice/libvirtd.service'],
    ['the cgroup all docker containers are in', '/docker'],
    ['the cgroup all lxc containers are in', '/lxc.payload'],
    ['a mount unit with an id', `/system.slice/var-lib-docker-containers-${A}-mounts-shm.mount`],
    ['a mount unit that is an id', `/system.slice/docker-${A}.mount`],
    ['a mount unit of an overlay', `/system.slice/var-lib-docker-overlay2-${A}-merged.mount`],
    ['a netns mount', '/system.slice/run-docker-netns-8d1a3c7e4f2b.mount'],
    ['conmon of podman, systemd', `/machine.slice/libpod-conmon-${A}.scope`],
    ['conmon of podman, cgroupfs', '/libpod_parent/conmon'],
    ['conmon of podman, cgroupfs, in a pod', `/libpod_parent/${A}/conmon`],
    ['conmon of a quadlet', '/system.slice/web.service/supervisor'],
    ['conmon of CRI-O', `/kubepods.slice/kubepods-pod${UID_}.slice/crio-conmon-${A}.scope`],
    ['the monitor of lxc', '/lxc.monitor.web'],
    ['the monitor of lxc, nested', '/lxc.monitor/web'],
    ['the pivot cgroup of lxc', '/lxc.pivot'],
    ['a virtual machine', '/machine.slice/machine-qemu\\x2d1\\x2dvm.scope'],
    ["a virtual machine's emulator", '/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator'],
    ['a pod without a container', `${BURSTABLE}`],
    ['a pod without a container, cgroupfs', `/kubepods/burstable/pod${UID}`],
    ['a podman pod', `/machine.slice/machine-libpod_pod_${A}.slice`],
    ['an ECS task without a container', '/ecs/0f9e8d7c6b5a49382716051423324150'],
    ['a snap', '/user.slice/user-1000.slice/user@1000.service/app.slice/snap.firefox.firefox-1b2c.scope'],
    ['a snap service', '/system.slice/snap.lxd.daemon.service'],
    ['a login session', '/user.slice/user-1000.slice/session-3.scope'],
    ["a user's own manager", '/user.slice/user-1000.slice/user@1000.service/init.scope'],
    ['an id one digit short', `/docker/${A.slice(1)}`],
    ['an id one digit long', `/docker/${A}0`],
    ['an id in capitals', `/docker/${A.toUpperCase()}`],
    ['an id with more behind it', `/system.slice/docker-${A}.scope.d`],
    ['a default cgroup further down', '/system.slice/default/web'],
    ['what only begins like docker', '/system.slice/docker-compose.service'],
  ])('%s', (_name, path) => {
    expect(told(path)).toEqual([]);
  });
});

describe('unescapeUnit', () => {
  it.each([
    ['a hyphen', 'machine-deb\\x2d12.scope', 'machine-deb-12.scope'],
    ['a backslash that is one', 'a\\x5cx2d', 'a\\x2d'],
    ['a character of two bytes', 'caf\\xc3\\xa9.service', 'café.service'],
    ['nothing to do', 'docker.service', 'docker.service'],
    ['a name that would be a cgroup file', '_cgroup.procs', 'cgroup.procs'],
    ['a name that would be a controller file', '_memory.slice', 'memory.slice'],
    ['tasks', '_tasks', 'tasks'],
    ['a name that begins with an underscore', '__x.service', '_x.service'],
    ['a name that begins with a dot', '_.x', '.x'],
    ['an underscore that protects nothing', '_x.service', '_x.service'],
  ])('%s', (_name, escaped, plain) => {
    expect(unescapeUnit(escaped)).toBe(plain);
  });
});

describe('isSupervisorPath', () => {
  const scope = '/machine.slice/machine-deb.scope';
  it.each([
    ['nspawn itself', `${scope}/supervisor`, true],
    ['the container', `${scope}/payload`, false],
    ['the container without the split', scope, false],
    ['a service inside that is called alike', `${scope}/supervisord.service`, false],
  ])('%s', (_name, path, expected) => {
    const [mark] = marksOf(path);
    expect(mark && isSupervisorPath(path, mark)).toBe(expected);
  });

  it('is nspawn’s alone', () => {
    const [mark] = marksOf(`/docker/${A}/supervisor`);
    expect(mark && isSupervisorPath(`/docker/${A}/supervisor`, mark)).toBe(false);
  });
});

/** Path segments: the words engines use, ids, and anything a directory may be called. */
const segment = fc.oneof(
  fc.constantFrom(
    'docker',
    'default',
    'k8s.io',
    'lxc',
    'lxc.payload',
    'lxc.payload.x',
    'libpod_parent',
    'kubepods',
    `pod${UID}`,
    `kubepods-pod${UID_}.slice`,
    `docker-${A}.scope`,
    `libpod-conmon-${A}.scope`,
    `x:docker:${B}`,
    'machine-deb\\x2d12.scope',
    'ecs',
    'nomad.slice',
    '..',
    A,
    B,
  ),
  fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.includes('/')),
);

describe('on any path', () => {
  const path = fc.array(segment, { maxLength: 8 }).map((segments) => `/${segments.join('/')}`);

  test('never throws, and every mark is a longer prefix of the path than the one before', () => {
    fc.assert(
      fc.property(path, (text) => {
        let reached = 0;
        for (const mark of marksOf(text)) {
          expect(text === mark.path || text.startsWith(`${mark.path}/`)).toBe(true);
          expect(mark.path.length).toBeGreaterThan(reached);
          expect(mark.id).not.toBe('');
          reached = mark.path.length;
        }
      }),
    );
  });

  test('what is below a container does not change what the container is', () => {
    fc.assert(
      fc.property(
        path,
        fc.constantFrom('container', 'payload', 'init.scope', 'system.slice'),
        (text, leaf) => {
          const above = marksOf(text);
          if (above.at(-1)?.path !== text) return;
          expect(marksOf(`${text}/${leaf}`).slice(0, above.length)).toEqual(above);
        },
      ),
    );
  });

  test('a path of any characters at all', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void marksOf(text)));
  });
});
