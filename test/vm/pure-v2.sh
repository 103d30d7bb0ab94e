# Runs inside user-mode Linux as root (see uml.ts), with the repository at /run/repository and $PATTERN_CGROUPS. Makes
# containers of every kind, looks at them with porthole, and leaves what it said in $OUT beside what the kernel's own files
# say. Judging is the test's: nothing here stops at a failure, so that each section can fail on its own.

mkdir -p "$OUT/no-cgroup" "$OUT/kernel/before" "$OUT/kernel/after" "$OUT/engines" "$OUT/nobody" "$OUT/hidepid" "$OUT/inside" "$OUT/stray" "$OUT/cgroups"

. /run/repository/test/vm/functions.sh

section 'no cgroup file system'
unshare -Urmpf --mount-proc sleep 1000 &
until_true 5 pgrep -x sleep >/dev/null
look no-cgroup/ps ps --json
look no-cgroup/text ps
look no-cgroup/doctor doctor --json
nobody look no-cgroup/nobody ps --json
pkill -KILL -x sleep

section 'mount'
mount -t cgroup2 cgroup2 $CG
echo '+cpu +io +memory +pids' >$CG/cgroup.subtree_control
snap root .
look doctor doctor --json
look empty ps --json
cat /proc/meminfo >"$OUT/meminfo"

section 'containers'
mkdir $CG/lab
echo '+cpu +io +memory +pids' >$CG/lab/cgroup.subtree_control
echo 96M >$CG/lab/memory.max
echo 200 >$CG/lab/pids.max

# Anonymous memory, memory of tmpfs, and the pages of a file that nobody else reads (the disk, by its name on the host;
# hostfs forgets the pages of a file that nobody has open).
mkdir $CG/lab/used
echo 20 >$CG/lab/used/pids.max
into lab/used unshare -Urmpf --mount-proc sh -c 'exec 3</run/vm/disk; cat <&3 >/dev/null; head -c 6M /dev/zero >/dev/shm/used; exec "$NODE" -e "globalThis.kept = Buffer.alloc(20 << 20, 1); require(\"fs\").writeFileSync(\"/run/used.ready\", \"\"); setInterval(() => {}, 1e6)"'

mkdir $CG/lab/limited
echo 48M >$CG/lab/limited/memory.max
into lab/limited unshare -Urmpf --mount-proc sleep 1000

# The shell is spared: tail is the largest when the limit is hit.
mkdir $CG/lab/killed
echo 16M >$CG/lab/killed/memory.max
into lab/killed unshare -Urmpf --mount-proc sh -c 'tail /dev/zero; sleep 1000; :'

mkfifo /run/disk.go
into lab/disk unshare -Urmpf --mount-proc sh -c 'read -r _ </run/disk.go; dd if=/dev/zero of=/dev/ubda bs=1M count=8 oflag=direct; dd if=/dev/ubda of=/dev/null bs=1M count=4 iflag=direct; touch /run/disk.done; sleep 1000'

into lab/frozen unshare -Urmpf --mount-proc sleep 1000
into lab/outer/frozen unshare -Urmpf --mount-proc sleep 1000
into lab/thawed unshare -Urmpf --mount-proc sleep 1000

# Everything below `shared` is one cgroup for a container and a stranger.
into lab/shared unshare -Urmpf --mount-proc sleep 1000
into lab/shared sleep 1000

into lab/nested unshare -mpf --mount-proc sh -c 'unshare -mpf --mount-proc sleep 1000; :'

# A process that says it is a container: only by where it is.
echo "$PATTERN_CGROUPS" | while IFS= read -r path; do
	[ -z "$path" ] || into "$path" sleep 1000
done

# A root file system for chroot and the OCI runtimes.
mkdir -p /tmp/rootfs/bin /tmp/rootfs/proc /tmp/rootfs/sys /tmp/rootfs/dev /tmp/rootfs/etc /tmp/rootfs/tmp
cp "$(command -v busybox)" /tmp/rootfs/bin/busybox
for applet in sh sleep; do ln -s busybox /tmp/rootfs/bin/$applet; done
into lab/jail chroot /tmp/rootfs /bin/sleep 1000
into lab/bubble bwrap --unshare-all --ro-bind / / --dev /dev --proc /proc sleep 1000

bundle() {
	mkdir -p /tmp/bundles/$1
	cp -a /tmp/rootfs /tmp/bundles/$1/rootfs
	(
		cd /tmp/bundles/$1
		runc spec
		"$NODE" -e '
			const { readFileSync, writeFileSync } = require("node:fs");
			const config = JSON.parse(readFileSync("config.json", "utf8"));
			config.process.terminal = false;
			config.process.args = ["sleep", "1000"];
			delete config.process.rlimits;
			config.linux.cgroupsPath = process.argv[1];
			config.linux.resources.memory = { limit: 33554432 };
			writeFileSync("config.json", JSON.stringify(config));
		' "$2"
	)
}
section 'runc and crun'
bundle by-runc /by-runc
engine engines/runc runc run -d --bundle /tmp/bundles/by-runc by-runc
engine engines/runc-state runc state by-runc
bundle by-crun /by-crun
engine engines/crun crun --cgroup-manager=cgroupfs run -d --bundle /tmp/bundles/by-crun by-crun
engine engines/crun-state crun state by-crun

until_true 10 [ -e /run/used.ready ]
until_true 10 grep -q 'oom_kill [1-9]' $CG/lab/killed/memory.events
until_true 5 pgrep -x -P "$(pgrep -x bwrap | head -n 1)" bwrap >/dev/null

section 'freeze'
echo 1 >$CG/lab/frozen/cgroup.freeze
echo 1 >$CG/lab/outer/cgroup.freeze
echo 1 >$CG/lab/thawed/cgroup.freeze
for each in frozen outer/frozen thawed; do until_true 5 grep -q 'frozen 1' $CG/lab/$each/cgroup.events; done
echo 0 >$CG/lab/thawed/cgroup.freeze
until_true 5 grep -q 'frozen 0' $CG/lab/thawed/cgroup.events

section 'look at everything at rest'
for each in $(ls $CG/lab); do [ ! -d $CG/lab/$each ] || snap before/$each lab/$each; done
snap before/outer-frozen lab/outer/frozen
look still ps --json --all
snap after/used lab/used
processes still-processes
look tree ps --tree

section 'one container'
look inspect inspect --json /lab/used
look procs procs --json /lab/used
look inspect-frozen inspect --json /lab/outer/frozen

section 'every cgroup'
mkdir -p $CG/lab/threads/part $CG/lab/threads/invalid $CG/lab/given
into lab/threads "$NODE" -e 'setInterval(() => {}, 1e6)'
threads=$!
echo threaded >$CG/lab/threads/part/cgroup.type
until_true 10 grep -q "^Threads:.[5-9]" /proc/$threads/status
echo $threads >$CG/lab/threads/part/cgroup.threads
chown 1000:1000 $CG/lab/given
echo 40M >$CG/lab/limited/memory.high
echo 8M >$CG/lab/limited/memory.low
echo 4M >$CG/lab/memory.low
echo 50 >$CG/lab/limited/cpu.weight
echo 150000 >$CG/lab/cpu.max
echo "$(cat /sys/block/ubda/dev) rbps=1048576 wiops=100" >$CG/lab/limited/io.max
every_cgroup cgroups/all $CG
look cgroups/text cgroups /lab/threads/part --columns procs,threads,psi-cpu,limit --no-headers
look cgroups/nowhere cgroups /lab/nowhere
chmod 000 $CG/lab/used/memory.current $CG/lab/used/memory.stat
nobody look cgroups/nobody cgroups /lab/used --json
nobody look cgroups/nobody-text cgroups /lab/used --columns mem,mem-current,anon,pids --no-headers
chmod 444 $CG/lab/used/memory.current $CG/lab/used/memory.stat
echo max >$CG/lab/cpu.max

section 'rates'
mkdir $CG/lab/busy
echo '50000 100000' >$CG/lab/busy/cpu.max
into lab/busy unshare -Urmpf --mount-proc sh -c 'while :; do :; done'
(
	sleep 1.5
	echo >/run/disk.go
) &
snap before/busy lab/busy
look rates ps --json --interval 5
snap after/busy lab/busy
until_true 5 [ -e /run/disk.done ]
sync
snap disk lab/disk
look disk ps --json
echo 1 >$CG/lab/busy/cgroup.kill

section 'the same path, another cgroup'
mkdir -p $CG/system.slice
echo '+cpu +io +memory +pids' >$CG/system.slice/cgroup.subtree_control
scope=system.slice/docker-$(printf 'c%.0s' $(seq 64)).scope
into $scope sleep 1000
until_true 5 grep -q . $CG/$scope/cgroup.procs
timeout -s INT 30 "$NODE" /run/porthole/dist/porthole.cjs ps -w 1 --json >"$OUT/again.out" 2>"$OUT/again.err" &
watcher=$!
timeout -s INT 30 "$NODE" /run/porthole/dist/porthole.cjs cgroups /system.slice -w 0.5 --json >"$OUT/cgroups/again.out" 2>"$OUT/cgroups/again.err" &
cgroup_watcher=$!
# Either may be the slower one.
has_lines() { [ "$(wc -l <"$OUT/$1")" -ge "$2" ]; }
until_true 10 has_lines again.out 2
until_true 10 has_lines cgroups/again.out 2
snap before/again $scope
echo 1 >$CG/$scope/cgroup.kill
until_true 5 rmdir $CG/$scope
into $scope sh -c 'while :; do :; done'
until_true 5 grep -q . $CG/$scope/cgroup.procs
snap after/again $scope
seen=$(wc -l <"$OUT/again.out")
cgroups_seen=$(wc -l <"$OUT/cgroups/again.out")
until_true 10 has_lines again.out $((seen + 2))
until_true 10 has_lines cgroups/again.out $((cgroups_seen + 4))
echo 1 >$CG/$scope/cgroup.kill
pkill -INT -P $watcher
pkill -INT -P $cgroup_watcher
wait $watcher
echo $? >"$OUT/again.status"

section 'an ordinary user'
nobody look nobody/ps ps --json --all
nobody look nobody/text ps --columns pid,hostname,mem,pids
nobody look nobody/doctor doctor --json
nobody look nobody/inspect inspect --json /lab/used

section 'hidepid'
mount -o remount,hidepid=2 /proc
look hidepid/root ps --json
nobody look hidepid/nobody ps --json
nobody look hidepid/text ps
nobody look hidepid/doctor doctor --json
mount -o remount,hidepid=0 /proc

section 'from inside a cgroup namespace'
mkdir $CG/lab/viewer
echo 'umount /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; exec "$@"' >/run/own-mount
inside() {
	(
		echo 0 >$CG/lab/viewer/cgroup.procs
		AS=$2
		look inside/$1 ps --json
	)
}
inside ps 'unshare -Cm sh /run/own-mount'
inside host-mount 'unshare -Cm'
mkdir $CG/lab/viewer/child
(
	echo 0 >$CG/lab/viewer/cgroup.procs
	AS='unshare -C'
	every_cgroup cgroups/inside $CG
)
# Both snapshots and the look from one namespace, whose mount shows lab/viewer as its top.
cat >/run/own-view <<'END'
umount /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
. /run/repository/test/vm/functions.sh
every_cgroup cgroups/own-mount /sys/fs/cgroup
END
(
	echo 0 >$CG/lab/viewer/cgroup.procs
	unshare -Cm sh /run/own-view
)

section 'a stray v1 controller beside v2'
mkdir /run/net_cls
mount -t cgroup -o net_cls net_cls /run/net_cls 2>"$OUT/stray/mount.err"
echo $? >"$OUT/stray/mount.status"
cat /proc/self/cgroup >"$OUT/stray/cgroup"
look stray/ps ps --json
look stray/doctor doctor --json
every_cgroup cgroups/stray $CG /run/net_cls

section 'memory.events tells changes'
mkdir $CG/lab/watched
echo 8M >$CG/lab/watched/memory.max
"$NODE" -e '
	const { watch, writeFileSync } = require("node:fs");
	watch(process.argv[1], () => { writeFileSync(process.argv[2], "told"); process.exit(); });
	writeFileSync("/run/watching", "");
	setTimeout(() => process.exit(1), 20000);
' $CG/lab/watched/memory.events "$OUT/memory-events" &
until_true 10 [ -e /run/watching ]
into lab/watched tail /dev/zero
until_true 10 [ -s "$OUT/memory-events" ]

section 'end'
cp /run/started.err "$OUT"
