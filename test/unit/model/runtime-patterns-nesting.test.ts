// Paths with several marks, and those with none.
import { describe, expect, it } from 'vitest';
import { A, B, BURSTABLE, C, sure, told, UID, UID_, weak } from './runtime-patterns-kit.ts';

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
