# Runs inside QEMU as a service of systemd, on pure cgroup v2, with the repository at /run/repository: limits of a container of
# docker, one of lxc and a service, set by `porthole limit` and taken back. Leaves in $OUT the kernel's files before and after.

LOOK_SECONDS=60
mkdir -p "$OUT/limit"
. /run/repository/test/vm/functions.sh
ready_within 100
export XDG_STATE_HOME=/run/state XDG_CONFIG_HOME=/run/config DOCKER_HOST=unix:///run/docker.sock

mkdir /tmp/lab
rootfs /tmp/lab/rootfs
tar -C /tmp/lab/rootfs -cf /tmp/lab/rootfs.tar .

section 'containers'
docker_service docker systemd
unit web.service <<'end'
[Service]
Type=exec
ExecStart=unshare -mpf --mount-proc sleep 1000
end
systemctl start web.service
mkdir -p /tmp/lab/lxc/box
cat >/tmp/lab/lxc/box/config <<'end'
lxc.rootfs.path = dir:/tmp/lab/rootfs
lxc.uts.name = box
lxc.net.0.type = empty
lxc.apparmor.profile = unconfined
end
lxc-start -P /tmp/lab/lxc -n box -o /run/lxc.log -- /bin/sleep 1000
until_true 60 docker_at docker version
docker_at docker import /tmp/lab/rootfs.tar lab >/run/import.log
docker_at docker run -d --name engine --network none -m 64m lab sleep 1000 >/run/docker.log
docker_at docker inspect -f '{{.State.Pid}}' engine >/run/engine.pid
lxc-info -P /tmp/lab/lxc -n box -p -H | tr -d ' ' >/run/box.pid
for each in $(cat $CG/$(systemctl show -P ControlGroup web.service)/cgroup.procs); do
	[ "$(cat /proc/$each/comm)" != sleep ] || echo $each >/run/web.pid
done

ready

# settings NAME: every limit of its cgroup.
settings() { (cd $CG/$(sed -n 's/^0:://p' /proc/$(cat /run/$1.pid)/cgroup) && grep -s '' memory.max memory.high memory.low memory.swap.max cpu.max cpu.max.burst cpu.weight cpu.idle cpuset.cpus cpuset.mems pids.max io.max io.weight); }
# tried NAME WORD...: set, and taken back.
tried() {
	tried_name=$1
	shift
	settings $tried_name >"$OUT/limit/$tried_name.before"
	look limit/$tried_name limit $(cat /run/$tried_name.pid) "$@"
	settings $tried_name >"$OUT/limit/$tried_name.after"
	look limit/$tried_name.undo limit $(cat /run/$tried_name.pid) --undo
	settings $tried_name >"$OUT/limit/$tried_name.undone"
}

section 'limits'
tried engine memory=200M memory-high=150M memory-low=32M swap=10M cpu=0.5 cpu-burst=10ms cpu-weight=200 pids=50 io=/dev/vda:wbps=1M
tried box memory=200M cpu=0.5 pids=50
tried web memory=200M cpu=0.5 pids=50

section 'devices of docker'
look limit/device-before attach -q -T engine -- sh -c ': </dev/zero'
look limit/device-deny limit engine devices=deny:/dev/zero
look limit/device-denied attach -q -T engine -- sh -c ': </dev/zero'
look limit/device-other attach -q -T engine -- sh -c ': </dev/null'
look limit/device-undo limit engine --undo
look limit/device-after attach -q -T engine -- sh -c ': </dev/zero'

section 'to last'
look limit/web-note limit $(cat /run/web.pid) pids=40
look limit/web-lasts limit $(cat /run/web.pid) memory=120M --persist --apply
systemctl show -P MemoryMax web.service >"$OUT/limit/web.memory"
look limit/engine-lasts limit engine memory=100M swap=0 --persist --apply
docker_at docker inspect -f '{{.HostConfig.Memory}}' engine >"$OUT/limit/engine.memory"
docker_at docker stop -t 0 engine >/run/stop.log
docker_at docker start engine >>/run/stop.log
docker_at docker inspect -f '{{.State.Pid}}' engine >/run/engine.pid
settings engine >"$OUT/limit/engine.started"

section 'end'
cat /run/docker.err /run/docker.log /run/lxc.log >"$OUT/log" 2>/dev/null
docker_at docker rm -f engine >/dev/null
lxc-stop -P /tmp/lab/lxc -n box -k
