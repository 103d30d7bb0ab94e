/**
 * A host made of files: /proc and /sys of any kernel, cgroup layout and set of processes, in a directory that is gone
 * after the test file. What a test does not mention is as on a quiet host.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { PF_EXITING, PF_KTHREAD } from '../../../src/kernel/proc/stat.ts';
import type { NamespaceInodes } from '../../../src/model/sample.ts';
import { errnoOf } from '../../../src/sys/failure.ts';
import { KernelFiles } from '../../../src/sys/kernel-files.ts';
import { INITIAL } from '../model/facts.ts';

export interface FakeProcess {
  readonly ppid?: number;
  readonly comm: string;
  readonly cgroup?: string;
  readonly ns?: NamespaceInodes;
  readonly nsPid?: readonly number[];
  readonly root?: string;
  readonly argv?: readonly string[];
  readonly mountinfo?: string;
  readonly cwd?: string;
  readonly environ?: string;
  readonly state?: string;
  readonly utimeTicks?: number;
  readonly rssPages?: number;
  readonly starttimeTicks?: number;
  readonly isKernelThread?: boolean;
  readonly isExiting?: boolean;
}

/** The observer itself: `self` points to it. */
const SELF = 900;
const EMPTY_NET =
  'Inter-|   Receive                                                |  Transmit\n' +
  ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n';

const made: string[] = [];
// When the file that imports this is done: called inside a test, the hook would never run.
afterAll(() => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
}, 60_000);

export class FakeHost {
  readonly directory = mkdtempSync(join(tmpdir(), 'porthole-host-'));
  readonly files = new KernelFiles(join(this.directory, 'proc'), join(this.directory, 'sys'));

  /** @param mountinfo the observer's mounts; their targets are the host's own paths, as `/sys/fs/cgroup` */
  constructor(mountinfo = '', observerCgroup = '0::/\n') {
    made.push(this.directory);
    this.write(
      'proc/stat',
      'cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 100 0 100 800 0 0 0 0 0 0\nbtime 1700000000\n',
    );
    this.write('proc/meminfo', 'MemTotal:       16777216 kB\nMemAvailable:    8388608 kB\n');
    this.write('proc/uptime', '1000.00 3000.00\n');
    this.write('proc/loadavg', '0.50 0.40 0.30 1/100 900\n');
    this.process(1, { comm: 'systemd', ppid: 0, mountinfo: '22 1 8:1 / / rw - ext4 /dev/sda1 rw\n' });
    this.process(2, { comm: 'kthreadd', ppid: 0, isKernelThread: true });
    this.process(SELF, { comm: 'node', cgroup: observerCgroup, mountinfo });
    symlinkSync(String(SELF), join(this.directory, 'proc/self'));
  }

  write(path: string, content: string): void {
    const file = join(this.directory, path);
    withParent(file, () => writeFileSync(file, content));
  }

  /** Files of one cgroup: `cgroup('/sys/fs/cgroup/docker/x', { 'memory.max': 'max\n' })`. */
  cgroup(directory: string, files: Readonly<Record<string, string>> = {}): this {
    mkdirSync(join(this.directory, directory), { recursive: true });
    for (const [name, content] of Object.entries(files)) this.write(`${directory}/${name}`, content);
    return this;
  }

  remove(path: string): void {
    rmSync(join(this.directory, path), { recursive: true });
  }

  link(path: string, target: string): void {
    const file = join(this.directory, path);
    withParent(file, () => {
      try {
        symlinkSync(target, file);
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw error;
        unlinkSync(file);
        symlinkSync(target, file);
      }
    });
  }

  process(pid: number, about: FakeProcess): this {
    const directory = `proc/${pid}`;
    this.write(`${directory}/stat`, statOf(pid, about));
    this.write(`${directory}/status`, statusOf(pid, about));
    this.write(`${directory}/cmdline`, (about.argv ?? [about.comm]).map((word) => `${word}\0`).join(''));
    if (about.isKernelThread !== true) {
      this.write(`${directory}/cgroup`, about.cgroup ?? '0::/\n');
      this.link(`${directory}/root`, about.root ?? '/');
      this.write(
        `${directory}/io`,
        'rchar: 1\nwchar: 1\nsyscr: 1\nsyscw: 1\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 0\n',
      );
      this.write(
        `${directory}/net/dev`,
        `${EMPTY_NET}    lo: 500 1 0 0 0 0 0 0 500 1 0 0 0 0 0 0\n  eth0: 1000 1 0 0 0 0 0 0 2000 1 0 0 0 0 0 0\n`,
      );
      this.write(`${directory}/environ`, about.environ ?? '');
      this.write(`${directory}/mountinfo`, about.mountinfo ?? '22 1 8:1 / / rw - ext4 /dev/sda1 rw\n');
      if (about.cwd !== undefined) this.link(`${directory}/cwd`, about.cwd);
    }
    for (const [type, inode] of Object.entries({ ...INITIAL, ...about.ns })) {
      if (inode !== undefined) this.link(`${directory}/ns/${type}`, `${type}:[${inode}]`);
    }
    return this;
  }
}

/** Most directories are there by then: hundreds of processes are made of thousands of files. */
function withParent(file: string, put: () => void): void {
  try {
    put();
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    mkdirSync(dirname(file), { recursive: true });
    put();
  }
}

function statOf(pid: number, about: FakeProcess): string {
  const flags =
    (about.isKernelThread === true ? PF_KTHREAD : 0) | (about.isExiting === true ? PF_EXITING : 0);
  const { ppid = 1, comm, state = 'S', utimeTicks = 0, rssPages = 0, starttimeTicks = pid } = about;
  return `${pid} (${comm}) ${state} ${ppid} ${pid} ${pid} 0 -1 ${flags} 0 0 0 0 ${utimeTicks} 0 0 0 20 0 1 0 ${starttimeTicks} 0 ${rssPages} 18446744073709551615 0 0 0\n`;
}

function statusOf(pid: number, { comm, ppid = 1, state = 'S', nsPid = [pid] }: FakeProcess): string {
  const lines = {
    Name: comm,
    State: `${state} (x)`,
    Tgid: pid,
    Pid: pid,
    PPid: ppid,
    TracerPid: 0,
    Uid: '0\t0\t0\t0',
    Gid: '0\t0\t0\t0',
    Groups: '',
    NStgid: nsPid.join('\t'),
    NSpid: nsPid.join('\t'),
    Threads: 1,
    CapInh: '0000000000000000',
    CapPrm: '000001ffffffffff',
    CapEff: '000001ffffffffff',
    CapBnd: '000001ffffffffff',
    CapAmb: '0000000000000000',
    NoNewPrivs: 0,
    Seccomp: 0,
  };
  return Object.entries(lines)
    .map(([key, value]) => `${key}:\t${value}\n`)
    .join('');
}

export const V2_MOUNT = '30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';
/** One line of mountinfo for a v1 hierarchy. */
export const v1Mount = (
  id: number,
  names: string,
  target: string,
  { root = '/', parent = 22 }: { root?: string; parent?: number } = {},
) => `${id} ${parent} 0:${id} ${root} ${target} rw,nosuid - cgroup cgroup rw,${names}\n`;
/** What v1 hierarchies are mounted on: id 24. */
export const TMPFS_MOUNT = '24 22 0:24 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755\n';
export const onTmpfs = { parent: 24 };
export const CONTROLLERS = 'cpuset cpu io memory hugetlb pids rdma misc\n';

const MEMORY_V2 =
  'anon 1000000\nfile 5000000\nkernel 1000\nshmem 2000\ninactive_anon 0\nactive_anon 1000000\ninactive_file 3000000\nactive_file 2000000\n';
/** A v2 cgroup with every controller enabled, in which something runs. */
export const busyV2 = (change: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  'cgroup.controllers': 'cpu io memory pids\n',
  'cgroup.events': 'populated 1\nfrozen 0\n',
  'cgroup.freeze': '0\n',
  'cgroup.procs': '1010\n',
  'cpu.stat':
    'usage_usec 5000000\nuser_usec 4000000\nsystem_usec 1000000\nnr_periods 10\nnr_throttled 2\nthrottled_usec 300\n',
  'cpu.max': 'max 100000\n',
  'memory.current': '6000000\n',
  'memory.max': 'max\n',
  'memory.stat': MEMORY_V2,
  'memory.swap.current': '0\n',
  'memory.events': 'low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n',
  'io.stat': '8:0 rbytes=1000 wbytes=2000 rios=1 wios=2 dbytes=0 dios=0\n',
  'pids.current': '3\n',
  'pids.max': '100\n',
  ...change,
});
