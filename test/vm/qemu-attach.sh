# Runs inside QEMU as a service of systemd, on pure cgroup v2, with the repository at /run/repository: the same shell, put into
# the same containers by their engine's own exec and by `porthole attach`. Leaves in $OUT what each says of itself.

LOOK_SECONDS=60
mkdir -p "$OUT/exec" "$OUT/attach"
. /run/repository/test/vm/functions.sh
ready_within 100

mkdir /tmp/lab
rootfs /tmp/lab/rootfs
echo lab:x:1000:1000:lab:/home:/bin/sh >>/tmp/lab/rootfs/etc/passwd
tar -C /tmp/lab/rootfs -cf /tmp/lab/rootfs.tar .

section 'docker'
docker_service docker systemd
docker_service plain-docker cgroupfs
until_true 60 docker_at docker version
until_true 60 docker_at plain-docker version
for each in docker plain-docker; do docker_at $each import /tmp/lab/rootfs.tar lab; done >/run/import.log
# start NAME OPTION...
start() {
	start_name=$1
	shift
	docker_at docker run -d --name "$start_name" "$@" lab sleep 1000 >>/run/docker.log
}
start usual --network none
start limited --network none -m 64m --cpus 0.5 --pids-limit 50 --ulimit nofile=2000:3000 --oom-score-adj 300
start other --network none --user 1000:7 --group-add 5 --workdir /usr/lib -e GREETING='hello there'
start bare --network none --cap-drop ALL --security-opt no-new-privileges --read-only
start privileged --network none --privileged
start sharing --network host --pid host --ipc host --uts host --cgroupns host
docker_at plain-docker run -d --name plain --network none lab sleep 1000 >>/run/docker.log

section 'podman'
cat >/tmp/lab/containers.conf <<'end'
[engine]
events_logger = "none"
lock_type = "file"
end
export CONTAINERS_CONF=/tmp/lab/containers.conf
podman_at() {
	podman --root /tmp/lab/podman --runroot /run/podman --runtime crun --storage-driver overlay --cgroup-manager systemd "$@"
}
podman_at import -q /tmp/lab/rootfs.tar lab >>/run/import.log
podman_at run -d --name scope --network none --log-driver k8s-file -m 64m lab sleep 1000 >/run/podman.log

ready

section 'exec and attach'
# Of the shell itself: what it starts has the same, but is another process.
says='
b=/bin/busybox
for file in status cgroup mountinfo limits oom_score_adj attr/current; do echo "== $file"; $b cat /proc/$$/$file; echo; done
echo "== links"
for link in ns/cgroup ns/ipc ns/mnt ns/net ns/pid ns/time ns/user ns/uts cwd root; do echo "$link $($b readlink /proc/$$/$link)"; done
echo "== fds"; $b ls /proc/$$/fd
echo "== id"; $b id; umask; pwd
echo "== environment"; $b tr "\0" "\n" </proc/$$/environ | $b sort'
# both NAME EXEC...
both() {
	both_name=$1
	shift
	engine exec/$both_name "$@" /bin/sh -c "$says"
	look attach/$both_name attach -T $both_name -- /bin/sh -c "$says" </dev/null
}
for each in usual limited other bare privileged sharing; do both $each docker -H unix:///run/docker.sock exec $each; done
both plain docker -H unix:///run/plain-docker.sock exec plain
both scope podman --root /tmp/lab/podman --runroot /run/podman --runtime crun --storage-driver overlay --cgroup-manager systemd exec scope

section 'end'
cp /run/*.log /run/*.err "$OUT" 2>/dev/null
true
