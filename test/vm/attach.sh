# Runs inside user-mode Linux as root: `porthole attach` where there is cgroup v2 alone, delegated by cgroup namespaces. Leaves
# in $OUT what attached commands say of themselves.

LOOK_SECONDS=60
mkdir -p "$OUT/attach"
. /run/repository/test/vm/functions.sh

mount -t cgroup2 -o nsdelegate cgroup2 $CG
echo '+cpu +memory +pids' >$CG/cgroup.subtree_control
mkdir $CG/lab
echo '+cpu +memory +pids' >$CG/lab/cgroup.subtree_control

# pid_in CGROUP: the sleep in there.
pid_in() { for each in $(cat $CG/$1/cgroup.procs); do [ "$(cat /proc/$each/comm)" != sleep ] || echo $each; done; }
sleeps_in() { [ -n "$(pid_in $1)" ]; }
says='cat /proc/self/cgroup; cat /proc/self/status'

section 'containers'
into lab/plain unshare -mpuinf --mount-proc sleep 1000
# With a cgroup namespace of its own, which a process from outside may not be moved into from within.
into lab/own unshare -UrmpCf --mount-proc sleep 1000
# Its limit leaves room for one process more.
into lab/full unshare -mpf --mount-proc sleep 1000
# Its init is below a cgroup that hands its controllers down, where no process may be.
mkdir -p $CG/lab/split
into lab/split/leaf unshare -mpf --mount-proc sleep 1000
into lab/threads unshare -mpf --mount-proc sleep 1000
into lab/frozen unshare -mpf --mount-proc sleep 1000
for each in plain own full split/leaf threads frozen; do until_true 10 sleeps_in lab/$each; done
echo $(($(cat $CG/lab/full/pids.current) + 1)) >$CG/lab/full/pids.max
echo '+pids' >$CG/lab/split/cgroup.subtree_control
mkdir $CG/lab/threads/inner
echo threaded >$CG/lab/threads/inner/cgroup.type
pid=$(pid_in lab/threads)
echo $pid >$CG/lab/threads/inner/cgroup.threads
echo 1 >$CG/lab/frozen/cgroup.freeze
until_true 5 grep -q 'frozen 1' $CG/lab/frozen/cgroup.events

section 'attach'
for each in plain own full split/leaf; do
	look attach/$(basename $each) attach -q -T $(pid_in lab/$each) -- sh -c "$says" </dev/null
done
look attach/threads attach -q -T $pid -- sh -c "$says" </dev/null
look attach/frozen attach -q -T $(pid_in lab/frozen) -- true </dev/null
grep -s '' $CG/lab/full/pids.peak $CG/lab/full/pids.events >"$OUT/attach/full.pids"

section 'end'
cp /run/started.err "$OUT"
