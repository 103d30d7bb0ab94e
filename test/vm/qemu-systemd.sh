# Runs inside QEMU as a service of systemd, on pure cgroup v2, with the repository at /run/repository. Starts containers
# with every engine that talks to systemd, and services that look like containers; leaves in $OUT what porthole says beside
# what the engines, systemd and the kernel's files say. Judging is the test's.

LOOK_SECONDS=60
mkdir -p "$OUT/truth" "$OUT/inspect" "$OUT/procs"
. /run/repository/test/vm/functions.sh
ready_within 100

mkdir /tmp/lab
rootfs /tmp/lab/rootfs
tar -C /tmp/lab/rootfs -cf /tmp/lab/rootfs.tar .

unit capped.slice <<'end'
[Slice]
MemoryMax=48M
end

# start NAME DOCKERD OPTION...: a container that sleeps.
start() {
	start_name=$1
	start_at=$2
	shift 2
	docker_at "$start_at" run -d --name "$start_name" "$@" lab sleep 1000
}

podman_with() {
	podman_manager=$1
	shift
	podman --root /tmp/lab/podman --runroot /run/podman --runtime crun --storage-driver overlay --cgroup-manager "$podman_manager" "$@"
}
cat >/tmp/lab/containers.conf <<'end'
[engine]
events_logger = "none"
lock_type = "file"
infra_image = "localhost/lab:latest"
end
export CONTAINERS_CONF=/tmp/lab/containers.conf

section 'docker daemons'
docker_service docker systemd
docker_service plain-docker cgroupfs

(
	until_true 60 docker_at docker version
	docker_at docker import /tmp/lab/rootfs.tar lab
	start limited docker --network none -m 64m --cpus 0.5 --pids-limit 50
	start sliced docker --network none -m 64m --cgroup-parent capped.slice
	start paused docker --network none
	docker_at docker pause paused
	docker_at docker exec -d limited sleep 500
	start privileged docker --network none --privileged
	start sharing docker --network host --pid host --ipc host --uts host --cgroupns host
) >/run/docker.log 2>&1 &
docker_done=$!
(
	until_true 60 docker_at plain-docker version
	docker_at plain-docker import /tmp/lab/rootfs.tar lab
	start plain plain-docker --network none -m 64m
) >/run/plain-docker.log 2>&1 &
plain_done=$!

section 'podman'
podman_with systemd import -q /tmp/lab/rootfs.tar lab
podman_run() {
	podman_with "$@" lab sleep 1000
}
podman_run systemd run -d --name pod-scope --network none --log-driver k8s-file -m 64m --cpus 0.5 --pids-limit 50
podman_run cgroupfs run -d --name pod-plain --network none --log-driver k8s-file -m 64m
podman_run systemd run -d --name pod-paused --network none --log-driver k8s-file -m 64m --cgroup-parent capped.slice
podman_with systemd pause pod-paused
podman_with systemd exec -d pod-scope sleep 500
# Podman's default for the pod's first container is an image with catatonit.
podman_with systemd pod create --name pod --network none --infra-image localhost/lab:latest --infra-name pod-infra --infra-command '/bin/sleep 1000' >/run/pod.log
podman_run systemd run -d --name in-pod --pod pod --log-driver k8s-file -m 64m
podman_run systemd run -d --name no-cgroup --network none --log-driver k8s-file --cgroups=disabled
# As podman's generator for services (quadlet) has it.
unit split.service <<'end'
[Service]
Delegate=yes
Type=notify
NotifyAccess=all
MemoryMax=80M
Environment=CONTAINERS_CONF=/tmp/lab/containers.conf
StandardError=file:/run/split.err
ExecStart=podman --root /tmp/lab/podman --runroot /run/podman --runtime crun --storage-driver overlay run -d --name split --cgroups=split --sdnotify=conmon --network none --log-driver k8s-file lab sleep 1000
end
systemctl start split.service

section 'nspawn'
cp -a /tmp/lab/rootfs /tmp/lab/old-stable
unit by-hand.service <<'end'
[Service]
ExecStart=systemd-nspawn -D /tmp/lab/old-stable --machine=old-stable --slice=capped.slice --private-network --link-journal=no sleep 1000
end
systemctl start by-hand.service
mkdir -p /var/lib/machines/web /etc/systemd/system/systemd-nspawn@web.service.d
cp -a /tmp/lab/rootfs/. /var/lib/machines/web
printf '#!/bin/sh\nwhile :; do sleep 1000; done\n' >/var/lib/machines/web/sbin/init
chmod +x /var/lib/machines/web/sbin/init
unit systemd-nspawn@web.service.d/memory.conf <<'end'
[Service]
MemoryMax=100M
end
systemctl start systemd-nspawn@web.service
until_true 20 machinectl show old-stable >/dev/null
systemctl freeze 'machine-old\x2dstable.scope'

section 'services'
unit hardened.service <<'end'
[Service]
ExecStart=sleep 1000
PrivateTmp=yes
PrivateNetwork=yes
PrivateUsers=yes
PrivateIPC=yes
PrivateDevices=yes
PrivateMounts=yes
ProtectSystem=strict
ProtectHostname=yes
ProtectHome=yes
ProtectControlGroups=yes
ProtectKernelTunables=yes
MemoryMax=32M
end
unit dynamic.service <<'end'
[Service]
ExecStart=sleep 1000
DynamicUser=yes
PrivateTmp=yes
end
unit rooted.service <<'end'
[Service]
ExecStart=/bin/sleep 1000
RootDirectory=/tmp/lab/rootfs
PrivateTmp=yes
end
unit unshared.service <<'end'
[Service]
ExecStart=unshare -Cmpf --mount-proc sleep 1000
end
systemctl start hardened.service dynamic.service rooted.service unshared.service
systemd-run -q --scope --unit=session-9 -p DefaultDependencies=no chroot /tmp/lab/rootfs /bin/sleep 1000 2>/run/scope.err &
until_true 20 grep -q . $CG/system.slice/session-9.scope/cgroup.procs
wait $docker_done $plain_done
ready

section 'truth'
docker_at docker inspect limited sliced paused privileged sharing >"$OUT/truth/docker.json"
docker_at plain-docker inspect plain >"$OUT/truth/plain-docker.json"
podman_with systemd inspect pod-scope pod-plain pod-paused pod-infra in-pod split no-cgroup >"$OUT/truth/podman.json"
for each in old-stable web; do machinectl show $each >"$OUT/truth/machine-$each"; done
systemctl show --property=Id,MainPID,ControlGroup,MemoryMax,FreezerState hardened.service dynamic.service rooted.service docker.service plain-docker.service 'machine-old\x2dstable.scope' systemd-nspawn@web.service capped.slice unshared.service >"$OUT/truth/units"
processes truth/processes
cat /proc/meminfo >"$OUT/truth/meminfo"
# Every cgroup's limits and freezer, as `PATH/FILE:LINE`.
(cd $CG && grep -rs '' --include=memory.max --include=cpu.max --include=pids.max --include=cgroup.events .) >"$OUT/truth/cgroups"

section 'porthole'
look ps ps --json
look all ps --json --all
look text ps --columns name,runtime,state,limit
look doctor doctor --json
for each in limited pod-scope old-stable web; do
	look inspect/$each inspect --json $each
	look procs/$each procs --json $each
done

section 'thawed'
podman_with systemd unpause pod-paused
docker_at docker unpause paused
systemctl thaw 'machine-old\x2dstable.scope'
look thawed ps --json

section 'end'
cp /run/*.log /run/*.err "$OUT" 2>/dev/null
true
