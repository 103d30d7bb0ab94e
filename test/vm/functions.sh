# What the scripts of the machines share. Sourced, with the repository at /run/repository: dist is copied to /run/porthole.

CG=/sys/fs/cgroup

# A copy, so that a build on the host in the meantime does not matter; node_modules is only read.
mkdir -p /run/porthole/node_modules "$OUT/kernel"
cp -r /run/repository/dist /run/repository/package.json /run/porthole
mount --bind /run/repository/node_modules /run/porthole/node_modules

# look NAME ARG...: NAME.json (or text), NAME.err, NAME.status. $AS can be a command that changes the user.
look() {
	look_name=$1
	shift
	timeout ${LOOK_SECONDS:-20} $AS "$NODE" /run/porthole/dist/porthole.cjs "$@" >"$OUT/$look_name.out" 2>"$OUT/$look_name.err"
	echo $? >"$OUT/$look_name.status"
}

nobody() {
	AS='setpriv --reuid 65534 --regid 65534 --clear-groups'
	"$@"
	AS=
}

# into CGROUP COMMAND...: starts it there, in the background.
into() {
	into_cgroup=$CG/$1
	shift
	mkdir -p "$into_cgroup"
	sh -c 'echo 0 >"$0/cgroup.procs"; exec "$@"' "$into_cgroup" "$@" </dev/null >/dev/null 2>>/run/started.err &
}

# until_true SECONDS COMMAND...
until_true() {
	tries=$(($1 * 20))
	shift
	while ! "$@" 2>/dev/null; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05
	done
}

# snap NAME CGROUP: the kernel's files as they are now, `file:line` each.
snap() {
	(
		cd "$CG/$2" || exit
		read -r uptime _ </proc/uptime
		echo "uptime:$uptime"
		stat -c 'inode:%i' .
		grep -s '' cgroup.* memory.* pids.* cpu.* io.*
	) >"$OUT/kernel/$1"
}

# processes NAME: every process with its namespaces, as /proc has them.
processes() {
	"$NODE" -e '
		const { readdirSync, readFileSync, readlinkSync } = require("node:fs");
		const attempt = (read) => { try { return read(); } catch (error) { return null; } };
		const types = readdirSync("/proc/self/ns").filter((name) => !name.endsWith("_for_children"));
		const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((pid) => ({
			pid: Number(pid),
			comm: attempt(() => readFileSync(`/proc/${pid}/comm`, "utf8").trim()),
			status: attempt(() => readFileSync(`/proc/${pid}/status`, "utf8")),
			cgroup: attempt(() => readFileSync(`/proc/${pid}/cgroup`, "utf8").trim()),
			root: attempt(() => readlinkSync(`/proc/${pid}/root`)),
			namespaces: Object.fromEntries(types.map((type) =>
				[type, Number(attempt(() => readlinkSync(`/proc/${pid}/ns/${type}`))?.match(/\d+/)?.[0])])),
		}));
		console.log(JSON.stringify(all));
	' >"$OUT/$1.json"
}

# engine NAME COMMAND...: NAME.out, NAME.err, NAME.status of another tool.
engine() {
	engine_name=$1
	shift
	timeout ${LOOK_SECONDS:-20} "$@" </dev/null >"$OUT/$engine_name.out" 2>"$OUT/$engine_name.err"
	echo $? >"$OUT/$engine_name.status"
}

# every_cgroup NAME DIRECTORY...: what `cgroups --json` says, between two snapshots of the kernel's own files below each.
every_cgroup() {
	every_name=$1
	shift
	$AS "$NODE" /run/repository/test/cgroups/snapshot.mjs "$@" >"$OUT/$every_name.before"
	look "$every_name" cgroups --json
	$AS "$NODE" /run/repository/test/cgroups/snapshot.mjs "$@" >"$OUT/$every_name.after"
}

section() {
	echo "$(cut -d' ' -f1 /proc/uptime) $1"
}

# rootfs DIRECTORY: a root file system of busybox.
rootfs() {
	for each in bin dev etc proc root run sbin sys tmp usr/bin usr/lib var; do mkdir -p "$1/$each"; done
	cp "$(command -v busybox)" "$1/bin/busybox"
	for each in sh sleep; do ln -s busybox "$1/bin/$each"; done
	echo root:x:0:0:root:/root:/bin/sh >"$1/etc/passwd"
	echo ID=lab >"$1/etc/os-release"
}

# unit NAME: the unit's file from standard input; nothing of the host's boot is wanted with it.
unit() { { echo '[Unit]'; echo 'DefaultDependencies=no'; cat; } >"/etc/systemd/system/$1"; }

# docker_service NAME DRIVER: a dockerd with everything of its own at /run/NAME.
docker_service() {
	unit "$1.service" <<end
[Service]
Delegate=yes
KillMode=process
StandardError=file:/run/$1.err
ExecStart=dockerd --data-root /tmp/lab/$1 --exec-root /run/$1 --pidfile /run/$1.pid -H unix:///run/$1.sock --storage-driver overlay2 --iptables=false --ip-forward=false --bridge=none --exec-opt native.cgroupdriver=$2
end
	systemctl start "$1.service"
}

docker_at() {
	docker_socket=$1
	shift
	docker -H "unix:///run/$docker_socket.sock" "$@"
}

# ready_within SECONDS: what runs is told when `ready` was not said until then, for whoever wants to know what hangs.
ready_within() {
	(
		ready_turns=$1
		while [ ! -e "$OUT/ready" ] && [ $ready_turns -gt 0 ]; do
			ready_turns=$((ready_turns - 1))
			sleep 1
		done
		[ ! -e "$OUT/ready" ] || exit
		echo "not ready after $1 s, at $(cut -d' ' -f1 /proc/uptime):"
		ps -eo pid,ppid,stat,wchan:24,args | grep -v ' \[.*\]$' | cut -c1-160
		systemctl list-jobs --no-pager
		for each in $(for name in podman conmon crun docker systemd; do pgrep -x $name; done); do
			echo "$each $(cat /proc/$each/comm): $(cat /proc/$each/syscall)"
			cat /proc/$each/task/*/stack | sort | uniq -c | sort -rn | head -20
		done
	) >&2 2>&1 </dev/null &
}

# ready: everything that Porthole is to look at is there (readyWithinMs of machine.ts).
ready() { : >"$OUT/ready"; }
