# Runs as root in either machine, where there is cgroup v2 alone: `porthole freeze`, `thaw` and `kill`. Leaves in $OUT what they
# said, and beside it what the kernel's own files say.

LOOK_SECONDS=60
mkdir -p "$OUT/freeze" "$OUT/kill"
. /run/repository/test/vm/functions.sh

mount -t cgroup2 -o nsdelegate cgroup2 $CG
mkdir $CG/lab

# pids_in CGROUP; init_in CGROUP: the container's, which the tool waits for.
pids_in() { cat $CG/$1/cgroup.procs; }
init_in() { for each in $(pids_in $1); do [ "$(cat /proc/$each/comm)" = unshare ] || { echo $each && return; }; done; }
started() { [ -n "$(init_in $1)" ]; }
# is frozen|populated 0|1 CGROUP
is() { grep -q "^$1 $2$" $CG/$3/cgroup.events; }
events() { cat $CG/$2/cgroup.events >"$OUT/freeze/$1.events"; }
now() { cut -d' ' -f1 /proc/uptime; }
runs() { pgrep -xf "$1" >/dev/null; }
gone() { ! runs "$1"; }
# What is killed is Porthole itself, and no shell around it.
porthole="$NODE /run/porthole/dist/porthole.cjs"

storm='while :; do (sleep 0.01 & sleep 0.01 & wait) & wait; done'
polite='trap "exit 3" TERM; while :; do sleep 0.2; done'

section 'containers'
into lab/plain unshare -mpuif --mount-proc sleep 1000
into lab/storm unshare -mpf --mount-proc sh -c "$storm"
into lab/outer/inner unshare -mpf --mount-proc sleep 1000
into lab/doomed unshare -mpf --mount-proc sleep 1000
into lab/single unshare -mpf --mount-proc sleep 1000
into lab/polite unshare -mpf --mount-proc sh -c "$polite"
for each in plain storm outer/inner doomed single polite; do until_true 10 started lab/$each; done
plain=$(init_in lab/plain)

section 'freeze'
look freeze/plain freeze $plain --json
events plain lab/plain
look freeze/again freeze $plain
look freeze/thawed thaw $plain --json
events thawed lab/plain
for round in 1 2 3; do
	look freeze/storm-$round freeze $(init_in lab/storm)
	events storm-$round lab/storm
	look freeze/storm-thawed-$round thaw $(init_in lab/storm)
done
# The processors are for what follows.
echo 1 >$CG/lab/storm/cgroup.freeze

section 'for a time'
before=$(now)
$porthole freeze $plain --for 6s >/dev/null 2>"$OUT/freeze/for.err" &
until_true 60 is frozen 1 lab/plain
kill -KILL $!
until_true 60 is frozen 0 lab/plain
echo $before $(now) >"$OUT/freeze/for.times"

section 'while a command runs'
look freeze/command freeze $plain -- cat $CG/lab/plain/cgroup.events
events after-command lab/plain
$porthole freeze $plain -- sleep 1001 >/dev/null 2>"$OUT/freeze/killed.err" &
until_true 60 runs 'sleep 1001'
events in-command lab/plain
kill -KILL $!
before=$(now)
until_true 60 is frozen 0 lab/plain
echo $before $(now) >"$OUT/freeze/killed.times"
until_true 10 gone 'sleep 1001' && echo told >"$OUT/freeze/killed.command"

section 'nested'
inner=$(init_in lab/outer/inner)
echo 1 >$CG/lab/outer/cgroup.freeze
until_true 10 is frozen 1 lab/outer/inner
look freeze/below thaw $inner
look freeze/both freeze $inner
echo 0 >$CG/lab/outer/cgroup.freeze
events both lab/outer/inner
look freeze/free thaw $inner
events free lab/outer/inner

section 'refused'
into lab/plain "$NODE" -e 'setInterval(() => 0, 1000)'
(
	echo 0 >$CG/lab/plain/cgroup.procs
	look freeze/ours freeze $plain
)
section 'refused: rights'
nobody look freeze/nobody freeze $(init_in lab/single)
timeout $LOOK_SECONDS unshare -m sh -c "mount -o remount,bind,ro $CG; exec \"\$@\"" sh $porthole freeze $inner >/dev/null 2>"$OUT/freeze/ro.err"
echo $? >"$OUT/freeze/ro.status"
section 'refused: shared'
into lab/shared sleep 1002
into lab/shared unshare -mpf --mount-proc sleep 1003
until_true 10 sh -c "[ \$(wc -l <$CG/lab/shared/cgroup.procs) = 3 ]"
guest=$(pgrep -xf 'sleep 1003')
look freeze/shared freeze $guest
look freeze/moved freeze $guest --move --json
cat /proc/$guest/cgroup $CG/lab/shared/cgroup.events >"$OUT/freeze/moved.cgroup"

section 'kill'
look kill/freeze freeze $(init_in lab/doomed)
look kill/doomed kill $(init_in lab/doomed) -s KILL --all --wait 20s --json
cat $CG/lab/doomed/cgroup.events >"$OUT/kill/doomed.events"
echo 1 >$CG/lab/single/cgroup.freeze
until_true 10 is frozen 1 lab/single
single=$(init_in lab/single)
look kill/single kill $single -s KILL
until_true 20 sh -c "! kill -0 $single" || echo alive >"$OUT/kill/single.alive"
look kill/polite kill $(init_in lab/polite) --wait 30s
# No pid namespace: nobody ends with its init.
into lab/flood unshare -mu sh -c "$storm"
until_true 10 started lab/flood
look kill/flood kill $(init_in lab/flood) -s KILL --all --wait 30s --json
cat $CG/lab/flood/cgroup.events >"$OUT/kill/flood.events"

section 'end'
pgrep -l porthole-watch >"$OUT/watchdogs"
cp /run/started.err "$OUT"
