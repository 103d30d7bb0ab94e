# Runs as root where there is cgroup v2 alone: what `porthole ps --watch` says of cgroups it does not read in every round. Leaves
# in $OUT what it said last, as soon as it said what it should, and beside it what the kernel's own files say.

mkdir -p "$OUT/fresh"
. /run/repository/test/vm/functions.sh

mount -t cgroup2 cgroup2 $CG
echo '+cpu +memory +pids' >$CG/cgroup.subtree_control
mkdir $CG/lab
echo '+cpu +memory +pids' >$CG/lab/cgroup.subtree_control

init_in() { for each in $(cat $CG/$1/cgroup.procs); do [ "$(cat /proc/$each/comm)" = unshare ] || { echo $each && return; }; done; }
started() { [ -n "$(init_in $1)" ]; }
porthole="$NODE /run/porthole/dist/porthole.cjs"
watched=/run/watched
# Lines, and what is in the last whole one.
rounds() { wc -l <$watched; }
more_than() { [ "$(rounds)" -gt $1 ]; }
# says NAME WORDS...: within 4 s, far less than anything that is not told is good for; then it is NAME.out.
says() {
	says_name=$1
	shift
	until_true 4 said "$@"
	echo $? >"$OUT/fresh/$says_name.status"
	tail -n 1 $watched >"$OUT/fresh/$says_name.out"
	: >"$OUT/fresh/$says_name.err"
}
# said CGROUP EXPRESSION: of the container in it, in the last line.
said() {
	tail -n 1 $watched | "$NODE" -e '
		const { containers } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
		const each = containers.find(({ cgroup }) => cgroup.paths[""] === process.argv[1]);
		process.exit(each !== undefined && new Function("each", `return ${process.argv[2]}`)(each) ? 0 : 1);
	' "$@"
}

section 'containers'
for each in 1 2 3 4 5 6 7 8 9; do into lab/$each unshare -mpf --mount-proc sleep 1000; done
for each in 1 2 3 4 5 6 7 8 9; do until_true 10 started lab/$each; done
$porthole ps --watch 0.3 --json >$watched 2>"$OUT/fresh/watch.err" &
watcher=$!
until_true 30 more_than 8

section 'frozen by somebody else'
echo 1 >$CG/lab/3/cgroup.freeze
says frozen /lab/3 'each.state === "frozen"'
echo 0 >$CG/lab/3/cgroup.freeze
says thawed /lab/3 'each.state === "running"'
echo 1 >$CG/lab/cgroup.freeze
says above /lab/4 'each.state === "frozen"'
echo 0 >$CG/lab/cgroup.freeze
says below /lab/4 'each.state === "running"'

section 'limits'
echo 77 >$CG/lab/5/pids.max
echo 64M >$CG/lab/5/memory.max
echo '50000 100000' >$CG/lab/5/cpu.max
says limits /lab/5 'each.pidsLimit === 77 && each.memory.limitBytes === 67108864 && each.cpu.limitCores === 0.5'

section 'processor time'
sh -c 'echo 0 >"$0/cgroup.procs"; i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done' $CG/lab/7
used=$(sed -n 's/^usage_usec //p' $CG/lab/7/cpu.stat)
echo $used >"$OUT/fresh/used"
says usage /lab/7 "each.cpu.usageUsec >= $used"
for each in 1 2 3 4 5 6 7 8 9; do echo "$each $(sed -n 's/^usage_usec //p' $CG/lab/$each/cpu.stat)"; done >"$OUT/fresh/all.used"
before=$(rounds)
until_true 10 more_than $((before + 2))
says all /lab/7 true

section 'made again at the same path'
kill -KILL $(cat $CG/lab/9/cgroup.procs)
until_true 10 rmdir $CG/lab/9
into lab/9 unshare -mpf --mount-proc sleep 1000
until_true 10 started lab/9
echo 1 >$CG/lab/9/cgroup.freeze
says again /lab/9 'each.state === "frozen"'

section 'end'
kill $watcher
wait $watcher
cp /run/started.err "$OUT"
