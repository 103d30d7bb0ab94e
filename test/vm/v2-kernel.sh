# Runs as root in either machine, without systemd, with the repository at /run/repository. Makes cgroups of every kind that
# this kernel's v2 has, and namespaces; leaves in $OUT what `porthole cgroups` and `porthole ns` say of them, between two
# snapshots of all the kernel's files and two answers of lsns. The test that judges knows what this kernel lacks.

LOOK_SECONDS=60
mkdir -p "$OUT/cgroups" "$OUT/ns"
. /run/repository/test/vm/functions.sh

# Its pages belong to the root cgroup then, whoever runs it later; else each look would change somebody's memory.stat.
cat "$NODE" >/dev/null

mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 $CG
for each in $(cat $CG/cgroup.controllers); do echo "+$each" >$CG/cgroup.subtree_control; done
# hand_down CGROUP: every controller to those below it.
hand_down() {
	for each in $(cat "$CG/$1/cgroup.controllers"); do echo "+$each" >"$CG/$1/cgroup.subtree_control"; done
}
# put VALUE CGROUP/FILE: where the kernel has such a file.
put() { [ ! -e "$CG/$2" ] || echo "$1" >"$CG/$2"; }

# looked_at NAME ARG...: `porthole cgroups` with the kernel's files before and after.
looked_at() {
	looked_name=cgroups/$1
	shift
	"$NODE" /run/repository/test/cgroups/snapshot.mjs $CG $MORE_ROOTS >"$OUT/$looked_name.before"
	look "$looked_name" cgroups --json "$@"
	"$NODE" /run/repository/test/cgroups/snapshot.mjs $CG $MORE_ROOTS >"$OUT/$looked_name.after"
}

section 'limits'
mkdir $CG/lab
hand_down lab
echo 96M >$CG/lab/memory.max
echo 200 >$CG/lab/pids.max
put '150000 100000' lab/cpu.max

mkdir -p $CG/lab/inner/leaf
hand_down lab/inner
echo 256M >$CG/lab/inner/memory.max
echo 32M >$CG/lab/inner/memory.high
echo 4M >$CG/lab/inner/memory.low
echo 1M >$CG/lab/inner/memory.min
put 1 lab/inner/memory.oom.group
put '50000 200000' lab/inner/cpu.max
put 333 lab/inner/cpu.weight
put 1M lab/inner/memory.swap.max
into lab/inner/leaf unshare -Urmpf --mount-proc sh -c 'head -c 3M /dev/zero >/dev/shm/used; sleep 1000'

section 'events'
mkdir $CG/lab/killed
echo 16M >$CG/lab/killed/memory.max
into lab/killed sh -c 'tail /dev/zero; sleep 1000; :'
mkdir $CG/lab/crowded
echo 2 >$CG/lab/crowded/pids.max
into lab/crowded sh -c 'sh -c "sleep 1000 & sleep 1000 & sleep 1000"; sleep 1000'
mkdir $CG/lab/busy
put '20000 100000' lab/busy/cpu.max
into lab/busy sh -c 'while :; do :; done'
# Held back above memory.high: pressure.
mkdir $CG/lab/pressed
echo 8M >$CG/lab/pressed/memory.high
echo 40M >$CG/lab/pressed/memory.max
into lab/pressed unshare -Urmpf --mount-proc tail /dev/zero

section 'disk'
disk=/dev/vda
[ -e $disk ] || disk=/dev/ubda
number=$(cat /sys/class/block/${disk#/dev/}/dev)
mkdir $CG/lab/disk
echo "$number rbps=1048576 wiops=300" >$CG/lab/disk/io.max
put 'default 222' lab/disk/io.weight
into lab/disk sh -c "dd if=/dev/zero of=$disk bs=64k count=8 oflag=direct; dd if=$disk of=/dev/null bs=64k count=4 iflag=direct; touch /run/disk.done; sleep 1000"

section 'frozen'
# runs CGROUP COMM: what was started there has become COMM.
runs() { for each in $(cat "$CG/$1/cgroup.procs"); do cat "/proc/$each/comm"; done | grep -qx "$2"; }
into lab/frozen unshare -Urmpf --mount-proc sleep 1000
into lab/above/frozen sleep 1000
for each_frozen in frozen above/frozen; do until_true 10 runs lab/$each_frozen sleep; done
echo 1 >$CG/lab/frozen/cgroup.freeze
echo 1 >$CG/lab/above/cgroup.freeze
for each in frozen above/frozen; do until_true 5 grep -q 'frozen 1' $CG/lab/$each/cgroup.events; done

section 'threads, nobody and nothing'
# A process with its threads in two cgroups below a threaded domain.
mkdir -p $CG/lab/threads/one $CG/lab/threads/two
echo threaded >$CG/lab/threads/one/cgroup.type
into lab/threads unshare -Urmpf --mount-proc "$NODE" -e 'setInterval(() => {}, 1e6)'
threaded_domain() { grep -q threaded $CG/lab/threads/cgroup.type; }
until_true 5 threaded_domain
has_threads() { [ "$(wc -l <$CG/lab/threads/cgroup.threads)" -gt 4 ]; }
until_true 20 has_threads
tail -n 1 $CG/lab/threads/cgroup.threads >$CG/lab/threads/one/cgroup.threads
mkdir -p $CG/lab/unmanaged/leaf $CG/lab/empty
into lab/unmanaged/leaf sleep 1000
mkdir $CG/lab/delegated
chown 65534:65534 $CG/lab/delegated $CG/lab/delegated/cgroup.procs $CG/lab/delegated/cgroup.subtree_control
# Gone, but its pages of tmpfs are still charged.
into lab/gone sh -c 'head -c 2M /dev/zero >/dev/shm/kept; echo done >/run/gone.done'
until_true 10 [ -e /run/gone.done ]
until_true 10 rmdir $CG/lab/gone
into 'lab/app-with\x2ddash@1.service' sleep 1000

section 'cpuset and huge pages'
if [ -e $CG/lab/cpuset.cpus ]; then
	mkdir -p $CG/partition/below $CG/lab/pinned
	put 1 partition/cpuset.cpus
	put root partition/cpuset.cpus.partition
	put 0 lab/pinned/cpuset.cpus
	put 0 lab/pinned/cpuset.mems
	put root lab/pinned/cpuset.cpus.partition
	into partition/below sleep 1000
	into lab/pinned sleep 1000
fi
if [ -e $CG/lab/hugetlb.2MB.max ]; then
	echo 6 >/proc/sys/vm/nr_hugepages
	mkdir -p /run/huge $CG/lab/huge
	mount -t hugetlbfs -o pagesize=2M none /run/huge
	echo 4M >$CG/lab/huge/hugetlb.2MB.max
	into lab/huge sh -c 'fallocate -l 4M /run/huge/fits; fallocate -l 2M /run/huge/not; touch /run/huge.done; sleep 1000'
	until_true 10 [ -e /run/huge.done ]
fi

until_true 20 grep -q 'oom_kill [1-9]' $CG/lab/killed/memory.events
until_true 20 [ -e /run/disk.done ]
until_true 20 grep -q 'nr_throttled [1-9]' $CG/lab/busy/cpu.stat
until_true 20 grep -q 'high [1-9]' $CG/lab/pressed/memory.events

section 'cgroups'
looked_at all
looked_at subtree /lab/inner
look cgroups/rates cgroups --json --interval 3
look cgroups/tree cgroups --tree
look cgroups/ps ps --json --all

section 'from inside a cgroup namespace'
mkdir $CG/lab/viewer
echo 'umount /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; exec "$@"' >/run/own-mount
(
	echo 0 >$CG/lab/viewer/cgroup.procs
	AS='unshare -Cm'
	look cgroups/host-mount cgroups --json
	AS='unshare -Cm sh /run/own-mount'
	look cgroups/own-mount cgroups --json
)

section 'an ordinary user'
AS='setpriv --reuid 65534 --regid 65534 --clear-groups'
looked_at nobody
AS=

section 'a stray v1 hierarchy beside v2'
mkdir /run/stray
mount -t cgroup -o none,name=stray stray /run/stray
mkdir /run/stray/some
MORE_ROOTS=/run/stray looked_at stray

section 'namespaces'
into lab/spaces unshare -Urmpf --mount-proc sleep 1000
[ ! -e /proc/self/ns/time ] || into lab/times unshare -UrTf --monotonic 3600 sleep 1000
[ ! -e /proc/self/ns/time ] || into lab/waits "$NODE" -e 'require("child_process").spawnSync("unshare", ["-T", "sleep", "1000"])'
into lab/nested unshare -Urmpf --mount-proc sh -c 'unshare -Unipuf --mount-proc sleep 1000; :'
ip netns add named
for each_started in spaces nested times waits; do
	[ ! -d $CG/lab/$each_started ] || until_true 10 runs lab/$each_started sleep
done
# As many processes look as with porthole: timeout and the program.
timeout 60 lsns -J -l >"$OUT/ns/lsns.before"
look ns/ns ns --json
timeout 60 lsns -J -l >"$OUT/ns/lsns.after"
ip netns >"$OUT/ns/ip-netns"
stat -Lc %i /run/netns/named >"$OUT/ns/named"
ls -l /proc/[0-9]*/ns/time_for_children /proc/[0-9]*/ns/time >"$OUT/ns/times" 2>/dev/null
look ns/tree ns --tree

section 'end'
cp /run/started.err "$OUT"
