# Runs inside either machine, without systemd: `porthole limit` where there is cgroup v2 alone. $DISK is an empty disk. Leaves in $OUT
# what it said, and the kernel's files before and after.

LOOK_SECONDS=60
mkdir -p "$OUT/limit"
. /run/repository/test/vm/functions.sh
export XDG_STATE_HOME=/run/state XDG_CONFIG_HOME=/run/config

mount -t cgroup2 -o nsdelegate cgroup2 $CG
for each in $(cat $CG/cgroup.controllers); do echo "+$each" >$CG/cgroup.subtree_control; done
mkdir $CG/lab
for each in $(cat $CG/lab/cgroup.controllers); do echo "+$each" >$CG/lab/cgroup.subtree_control; done
disk=/dev/vda
[ -e $disk ] || disk=/dev/ubda
number=$(cat /sys/class/block/${disk#/dev/}/dev)
echo "$number" >"$OUT/limit/disk"
cat $CG/cgroup.controllers >"$OUT/limit/controllers"
[ ! -e /sys/kernel/mm/hugepages ] || echo 4 >/proc/sys/vm/nr_hugepages

pid_in() { for each in $(cat $CG/$1/cgroup.procs); do [ "$(cat /proc/$each/comm)" = unshare ] || echo $each; done | head -n 1; }
inside() { [ -n "$(pid_in $1)" ]; }
# Every setting, not what counts by itself.
settings() { (cd $CG/$1 && grep -s '' *.max *.high *.low *.min *.weight *.idle *.burst cpuset.cpus cpuset.mems cpu.uclamp.* memory.oom.group); }

section 'each key'
into lab/keys unshare -mpf --mount-proc sleep 1000
until_true 10 inside lab/keys
target=$(pid_in lab/keys)
look limit/show limit $target --json
n=0
for words in memory=200M memory-high=100M memory-low=32M swap=10M cpu=0.5 cpu=30000/50000 'cpu=50% cpu-burst=20ms' cpu-idle=1 cpu-weight=200 \
	cpu-shares=1024 cpu-shares=2000 cpuset-cpus=0 cpuset-mems=0 pids=50 "io=$disk:rbps=1M,wiops=200" io-weight=200 blkio-weight=500 hugetlb=2MB:4M; do
	n=$((n + 1))
	echo "$words" >"$OUT/limit/$n.words"
	settings lab/keys >"$OUT/limit/$n.before"
	look limit/$n limit $target $words
	settings lab/keys >"$OUT/limit/$n.after"
	look limit/$n.undo limit $target --undo
	settings lab/keys >"$OUT/limit/$n.undone"
done

section 'processors'
into lab/busy sh -c 'while :; do :; done'
into lab/one unshare -mpf --mount-proc sh -c 'while :; do :; done'
into lab/four unshare -mpf --mount-proc sh -c 'while :; do :; done'
for each in one four; do until_true 10 inside lab/$each; done
usage() { sed -n 's/^usage_usec //p' $CG/lab/$1/cpu.stat; }
now() { cut -d. -f1 /proc/uptime; cut -d' ' -f1 /proc/uptime; }
# rate NAME CGROUP...: microseconds of processor before and after, and of the clock.
rate() {
	rate_name=$1
	shift
	for each in "$@"; do usage $each; done >"$OUT/limit/$rate_name.before"
	cut -d' ' -f1 /proc/uptime >>"$OUT/limit/$rate_name.before"
	sleep 6
	for each in "$@"; do usage $each; done >"$OUT/limit/$rate_name.after"
	cut -d' ' -f1 /proc/uptime >>"$OUT/limit/$rate_name.after"
}
echo 1 >$CG/lab/busy/cgroup.kill
[ ! -e $CG/lab/one/cpuset.cpus ] || pin=cpuset-cpus=0
look limit/weight-one limit $(pid_in lab/one) cpu-weight=100 $pin
look limit/weight-four limit $(pid_in lab/four) cpu-weight=400 $pin
rate weight one four
echo 1 >$CG/lab/one/cgroup.kill
look limit/quarter limit $(pid_in lab/four) cpu=0.25
rate quarter four
echo 1 >$CG/lab/four/cgroup.kill

section 'disk'
into lab/disk unshare -mpf --mount-proc sh -c 'while [ ! -e /run/go ]; do sleep 0.1; done; cut -d" " -f1 /proc/uptime >/run/dd.time; dd if='$disk' of=/dev/null bs=64k count=64 iflag=direct; cut -d" " -f1 /proc/uptime >>/run/dd.time; touch /run/dd.done; sleep 1000'
until_true 10 inside lab/disk
look limit/dd limit $(pid_in lab/disk) io=$disk:rbps=1M
touch /run/go
until_true 30 [ -e /run/dd.done ]
cp /run/dd.time "$OUT/limit/dd.time"

section 'forks and memory'
into lab/forks unshare -mpf --mount-proc sh -c 'while [ ! -e /run/fork ]; do sleep 0.1; done; ( for i in $(seq 100); do sleep 1000 & done ); sleep 1000; :'
into lab/oom unshare -mpf --mount-proc sh -c 'while [ ! -e /run/eat ]; do sleep 0.1; done; ( tail /dev/zero ); sleep 1000; :'
for each in forks oom; do until_true 10 inside lab/$each; done
look limit/forks limit $(pid_in lab/forks) pids=20
touch /run/fork
until_true 20 grep -q 'max [1-9]' $CG/lab/forks/pids.events
cat $CG/lab/forks/pids.current >"$OUT/limit/forks.current"
look limit/oom limit $(pid_in lab/oom) memory=32M swap=0
touch /run/eat
until_true 60 grep -q 'oom_kill [1-9]' $CG/lab/oom/memory.events
look limit/oom-shown limit $(pid_in lab/oom) --json

section 'refused'
into lab/full unshare -mpf --mount-proc sh -c 'head -c 60M /dev/zero >/dev/shm/full; sleep 1000; :'
has_full() { [ "$(cat $CG/lab/full/memory.current)" -gt 60000000 ]; }
until_true 20 has_full
look limit/below limit $(pid_in lab/full) memory=20M
cat $CG/lab/full/memory.max >"$OUT/limit/below.max"
look limit/high limit $(pid_in lab/full) memory-high=40M
settings lab/keys >"$OUT/limit/second.before"
look limit/second limit $target pids=50 cpu=0.5 cpu-burst=90ms
settings lab/keys >"$OUT/limit/second.after"
look limit/swappiness limit $target swappiness=10
nobody look limit/nobody limit $target pids=50
mkdir -p $CG/lab/bare/leaf
into lab/bare/leaf unshare -mpf --mount-proc sleep 1000
until_true 10 inside lab/bare/leaf
look limit/disabled limit $(pid_in lab/bare/leaf) pids=50

section 'devices'
into lab/device unshare -mpf --mount-proc sleep 1000
until_true 10 inside lab/device
device=$(pid_in lab/device)
# opens NAME CGROUP DEVICE: whether a process in there may open it.
opens() {
	sh -c 'echo 0 >"$0/cgroup.procs"; : <"$1"' "$CG/$2" "$3" 2>"$OUT/limit/$1.opens"
	echo $? >>"$OUT/limit/$1.opens"
}
opens device-before lab/device /dev/zero
look limit/device-deny limit $device devices=deny:/dev/zero
opens device-deny lab/device /dev/zero
look limit/device-allow limit $device devices=allow:/dev/zero
opens device-allow lab/device /dev/zero
look limit/device-shown limit $device --json
look limit/device-undo limit $device --undo
opens device-undo lab/device /dev/zero
look limit/device-undo2 limit $device --undo
opens device-undo2 lab/device /dev/zero
look limit/device-for limit $device devices=deny:/dev/zero --for 5s

section 'devices of runc'
rootfs /tmp/bundle/rootfs
(
	cd /tmp/bundle
	runc spec
	"$NODE" -e '
		const { readFileSync, writeFileSync } = require("node:fs");
		const config = JSON.parse(readFileSync("config.json", "utf8"));
		config.process.terminal = false;
		config.process.args = ["sleep", "1000"];
		delete config.process.rlimits;
		config.linux.cgroupsPath = "/by-runc";
		writeFileSync("config.json", JSON.stringify(config));
	'
)
engine limit/runc runc run -d --bundle /tmp/bundle by-runc
for each in zero kmsg; do opens runc-before-$each by-runc /dev/$each; done
look limit/runc-deny limit by-runc devices=deny:/dev/zero
look limit/runc-allow limit by-runc devices=allow:/dev/kmsg:r
for each in zero kmsg null; do opens runc-after-$each by-runc /dev/$each; done
look limit/runc-undo limit by-runc --undo
look limit/runc-undo2 limit by-runc --undo
for each in zero kmsg; do opens runc-undone-$each by-runc /dev/$each; done

section 'for'
settings lab/keys >"$OUT/limit/for.before"
look limit/for limit $target memory=100M cpu-weight=50 --for 8s --json
settings lab/keys >"$OUT/limit/for.set"
until_true 20 grep -q max $CG/lab/keys/memory.max
date +%s.%N >"$OUT/limit/for.time"
settings lab/keys >"$OUT/limit/for.after"
look limit/history limit --history --json

section 'end'
cp /run/started.err "$OUT"
