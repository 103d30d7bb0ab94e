import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { isSupervisorPath, marksOf, unescapeUnit } from '../../../src/model/runtime-patterns.ts';
import { A, B, BURSTABLE, GUARANTEED, segment, sure, told, UID, UID_, weak } from './runtime-patterns-kit.ts';

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
