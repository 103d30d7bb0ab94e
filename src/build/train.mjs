// What V8 makes ahead of a command that acts, for src/sys/compiled.ts, after it has been run: without the functions that were not
// called it is a quarter smaller, and the command is there a millisecond sooner. V8 compiles those when they are called. It is run
// for a container that is made of files.
import { spawn, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

const RUN = fileURLToPath(new URL('train-run.cjs', import.meta.url));
const LONGEST_MS = 30_000;
const ID = '5e1f'.repeat(16);
const NAME = 'trained';
/** No value shorter than what stands there: a file takes what is written into it, and keeps the rest. */
const CHANGES = [['pids+=1'], ['memory=256M'], ['cpu=0.5'], ['cpu-weight=200'], ['pids=max', 'memory=50%']];
/** Inodes of namespaces: the host's, and the container's. */
const HOST = {
  mnt: 4026531832,
  pid: 4026531836,
  net: 4026531833,
  user: 4026531837,
  uts: 4026531838,
  ipc: 4026531839,
};
const OWN = { ...HOST, mnt: 4026532201, pid: 4026532204, net: 4026532206, uts: 4026532202, ipc: 4026532203 };

/**
 * @param directory of the build, with everything in it that the command needs
 * @param name of the command's first file, without what follows the name
 * @returns undefined, or why it could not be run to the end: then nothing is changed
 */
export function trainLimit(directory, name) {
  const place = mkdtempSync(join(tmpdir(), 'porthole-train-'));
  const init = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60_000)'], { stdio: 'ignore' });
  try {
    const rounds = [
      // Of this host: who begins to look before it is asked, and finds nobody.
      { place: '', words: ['limit', '-q', 'no such container', 'pids+=1'], status: 3 },
      ...[fakeHost(join(place, 'v1'), init.pid, V1), fakeHost(join(place, 'v2'), init.pid, V2)].flatMap(
        (host) =>
          CHANGES.map((words, at) => ({
            place: host,
            words: ['limit', '-q', at === 0 ? ID : NAME, ...words],
            status: 0,
          })),
      ),
    ];
    const words = ['--no-deprecation', RUN, directory, name, ...rounds.map((round) => JSON.stringify(round))];
    const { status, stderr, error } = spawnSync(process.execPath, words, {
      encoding: 'utf8',
      timeout: LONGEST_MS,
      env: { PATH: process.env.PATH, XDG_STATE_HOME: join(place, 'state') },
    });
    if (status !== 0) return error?.message ?? stderr.trim();
    const files = [`${name}.js`, `${name}-main.js`].map((file) => join(directory, file));
    if (!files.every(isAccepted)) return 'V8 does not accept what it made';
    for (const file of files) renameSync(`${file}.trained`, `${file}.${process.arch}.compiled`);
    return undefined;
  } finally {
    for (const file of readdirSync(directory)) if (file.endsWith('.trained')) rmSync(join(directory, file));
    init.kill('SIGKILL');
    rmSync(place, { recursive: true, force: true });
  }
}

function isAccepted(file) {
  const script = new Script(readFileSync(file, 'latin1'), { cachedData: readFileSync(`${file}.trained`) });
  return script.cachedDataRejected === false;
}

const V1 = {
  mounts: [
    '30 27 0:30 / /sys/fs/cgroup rw - tmpfs tmpfs rw',
    ...['cpu', 'memory', 'pids', 'blkio', 'cpuset'].map(
      (controller, at) =>
        `${31 + at} 30 0:${31 + at} / /sys/fs/cgroup/${controller} rw - cgroup cgroup rw,${controller}`,
    ),
  ],
  path: `/docker/${ID}`,
  text: (path) =>
    ['5:cpuset', '4:blkio', '3:pids', '2:memory', '1:cpu'].map((line) => `${line}:${path}\n`).join(''),
  files: {
    pids: { 'pids.max': '100', 'pids.current': '3' },
    memory: {
      'memory.limit_in_bytes': '536870912',
      'memory.memsw.limit_in_bytes': '9223372036854771712',
      'memory.soft_limit_in_bytes': '9223372036854771712',
      'memory.usage_in_bytes': '1048576',
      'memory.stat': 'cache 4096\nrss 1044480\ntotal_cache 4096\ntotal_rss 1044480',
    },
    cpu: { 'cpu.cfs_quota_us': '-1', 'cpu.cfs_period_us': '100000', 'cpu.shares': '1024' },
    blkio: {},
    cpuset: {},
  },
};

const V2 = {
  mounts: ['30 27 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw'],
  path: `/system.slice/docker-${ID}.scope`,
  text: (path) => `0::${path}\n`,
  files: {
    '': {
      'cgroup.controllers': 'cpuset cpu io memory pids',
      'cgroup.subtree_control': 'cpuset cpu io memory pids',
      'cgroup.events': 'populated 1\nfrozen 0',
      'cgroup.freeze': '0',
      'pids.max': '100',
      'pids.current': '3',
      'memory.max': 'max',
      'memory.high': 'max',
      'memory.current': '1048576',
      'memory.swap.max': 'max',
      'memory.stat': 'anon 1044480\nfile 4096',
      'cpu.max': 'max 100000',
      'cpu.weight': '100',
    },
  },
};

/** A host with one container of docker's. @returns where it is */
function fakeHost(place, pid, { mounts, path, text, files }) {
  const write = (file, content) => {
    mkdirSync(dirname(join(place, file)), { recursive: true });
    writeFileSync(join(place, file), content);
  };
  const link = (file, target) => {
    mkdirSync(dirname(join(place, file)), { recursive: true });
    symlinkSync(target, join(place, file));
  };
  const root = '27 1 8:1 / / rw,relatime - ext4 /dev/vda rw\n';
  const process = (
    pid,
    { comm, ppid = 1, argv = [comm], at = '/', inodes = HOST, nsPid = [pid], mountinfo = root },
  ) => {
    write(
      `proc/${pid}/stat`,
      `${pid} (${comm}) S ${ppid} ${pid} ${pid} 0 -1 0 0 0 0 0 7 3 0 0 20 0 1 0 ${pid} 0 250 18446744073709551615 0 0 0\n`,
    );
    write(
      `proc/${pid}/status`,
      `Name:\t${comm}\nPid:\t${pid}\nPPid:\t${ppid}\nNSpid:\t${nsPid.join('\t')}\n`,
    );
    write(`proc/${pid}/cmdline`, argv.map((word) => `${word}\0`).join(''));
    write(`proc/${pid}/cgroup`, text(at));
    write(`proc/${pid}/mountinfo`, mountinfo);
    write(`proc/${pid}/environ`, '');
    link(`proc/${pid}/root`, '/');
    for (const [type, inode] of Object.entries(inodes)) link(`proc/${pid}/ns/${type}`, `${type}:[${inode}]`);
  };
  const containers = join(place, 'docker/containers');
  const own = ['hostname', 'hosts', 'resolv.conf'].map(
    (file, at) => `${82 + at} 80 8:1 ${containers}/${ID}/${file} /etc/${file} rw - ext4 /dev/vda rw\n`,
  );
  write(
    `docker/containers/${ID}/config.v2.json`,
    JSON.stringify({
      ID,
      Name: `/${NAME}`,
      State: { Running: true, Pid: pid },
      Config: {
        Hostname: ID.slice(0, 12),
        Env: ['PATH=/bin'],
        Cmd: ['sleep', '1000'],
        Image: 'busybox',
        Labels: {},
      },
    }),
  );
  process(1, { comm: 'systemd', ppid: 0 });
  process(2, { comm: 'kthreadd', ppid: 0 });
  process(700, { comm: 'sshd' });
  process(701, { comm: 'bash', ppid: 700 });
  process(702, {
    comm: 'node',
    ppid: 701,
    mountinfo: `${root}28 27 0:4 / /proc rw - proc proc rw\n${mounts.join('\n')}\n`,
  });
  link('proc/self', '702');
  process(800, { comm: 'dockerd' });
  process(801, { comm: 'containerd', ppid: 800 });
  const shim = ['containerd-shim-runc-v2', '-namespace', 'moby', '-id', ID];
  process(802, { comm: 'containerd-shim', argv: shim });
  const overlay = '80 70 0:60 / / rw,relatime - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w\n';
  const mountinfo = `${overlay}81 80 0:61 / /proc rw - proc proc rw\n${own.join('')}`;
  const inner = { at: path, inodes: OWN, mountinfo };
  process(pid, { comm: 'sleep', ppid: 802, nsPid: [pid, 1], ...inner });
  write('proc/sys/kernel/random/boot_id', '00000000-0000-4000-8000-000000000000\n');
  write('proc/meminfo', 'MemTotal:       16777216 kB\nMemAvailable:    8388608 kB\n');
  for (const [hierarchy, values] of Object.entries(files))
    for (let at = path; ; at = dirname(at)) {
      const directory = join('sys/fs/cgroup', hierarchy, at);
      write(`${directory}/cgroup.procs`, at === path ? `${pid}\n` : '');
      for (const [file, value] of Object.entries(values)) write(`${directory}/${file}`, `${value}\n`);
      if (at === '/') break;
    }
  return place;
}
