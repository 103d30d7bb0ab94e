// What /proc answers, on the running kernel: the facts of docs/pitfalls.md that no file can hold. Nothing of Porthole runs here.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  opendirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, type LabCgroup, waitFor } from '../lab/index.ts';
import { errnoOf, field, inodeOf, link, type Probe, pids, probe, read, start } from './kernel-probe.ts';
import { ORDINARY_USER } from './porthole.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.create();
});
afterAll(() => lab?.close());

async function ready(...words: string[]): Promise<Probe> {
  const started = probe(lab, ...words);
  expect(await started.line()).toBe('ready');
  return started;
}

/** `sh -c SCRIPT` where nothing of this host is changed by its mounts. */
function withOwnMounts(script: string, through: readonly string[] = []): string {
  const words = ['-m', '--propagation', 'private', 'sh', '-ec', script, 'sh', ...through];
  return execFileSync('unshare', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

describe('names', () => {
  it('a name set by prctl makes stat and comm two lines, and status escapes it', async () => {
    const { pid, end } = await ready('name', 'a) S 1\n(b');
    expect(read(`/proc/${pid}/stat`)).toMatch(/^\d+ \(a\) S 1\n\(b\) S /);
    expect(read(`/proc/${pid}/comm`)).toBe('a) S 1\n(b\n');
    expect(read(`/proc/${pid}/status`)).toMatch(/^Name:\ta\) S 1\\n\(b\n/);
    await end();
  });

  it('a name can be empty, or bytes of no encoding', async () => {
    const empty = await ready('name', '');
    expect(read(`/proc/${empty.pid}/stat`)).toMatch(/^\d+ \(\) S /);
    await empty.end();
    const script = '$0 = "\\xff\\xe9"; $| = 1; print "ready\\n"; <STDIN>';
    const bytes = start(lab, ['perl', '-e', script]);
    await bytes.line();
    expect(readFileSync(`/proc/${bytes.pid}/comm`)).toEqual(Buffer.from('ffe90a', 'hex'));
    await bytes.end();
  });
});

describe('a process that has vanished', () => {
  it('is ENOENT to open, ESRCH to read on, and an empty listing without an error', async () => {
    const gone = await ready('name', 'gone');
    const directory = `/proc/${gone.pid}`;
    const stat = openSync(`${directory}/stat`, 'r');
    const tasks = opendirSync(`${directory}/task`);
    await gone.end();
    const names = [];
    for (let entry = tasks.readSync(); entry !== null; entry = tasks.readSync()) names.push(entry.name);
    expect(names).toEqual([]);
    expect(errnoOf(() => readSync(stat, Buffer.alloc(100)))).toBe('ESRCH');
    expect(errnoOf(() => openSync(`${directory}/stat`, 'r'))).toBe('ENOENT');
    tasks.closeSync();
    closeSync(stat);
  });
});

describe('a zombie', () => {
  let parent: Probe;
  let zombie: string;
  beforeAll(async () => {
    // exec keeps the shell's child, and the new program does not wait for it.
    parent = start(lab, ['sh', '-c', 'sleep 0 & echo $!; exec cat']);
    const pid = await parent.line();
    await waitFor(() => field(pid, 'State').startsWith('Z'), 'a zombie');
    zombie = `/proc/${pid}`;
  });
  afterAll(() => parent?.end());

  it.each(['status', 'stat', 'cgroup', 'uid_map'])('still answers %s', (file) => {
    expect(read(`${zombie}/${file}`)).not.toBe('');
  });
  it.each(['user', 'pid'])('still answers ns/%s', (type) => {
    expect(inodeOf(`${zombie}/ns/${type}`)).toBe(inodeOf(`/proc/self/ns/${type}`));
  });
  it.each(['mnt', 'net', 'uts', 'ipc', 'cgroup', 'time'])('has no ns/%s: ENOENT', (type) => {
    expect(errnoOf(() => link(`${zombie}/ns/${type}`))).toBe('ENOENT');
  });
  it.each(['exe', 'cwd', 'root'])('has no %s: ENOENT', (name) => {
    expect(errnoOf(() => link(`${zombie}/${name}`))).toBe('ENOENT');
  });
  it('lists no descriptor, and no error', () => expect(readdirSync(`${zombie}/fd`)).toEqual([]));
  it('has no argv', () => expect(read(`${zombie}/cmdline`)).toBe(''));
  it('answers EINVAL for mountinfo', () => {
    expect(errnoOf(() => openSync(`${zombie}/mountinfo`, 'r'))).toBe('EINVAL');
  });
});

describe('rights', () => {
  const links = ['ns/net', 'root', 'cwd', 'exe', 'fd/0'];
  const files = ['environ', 'maps'];
  const script = `for (const name of process.argv.slice(2)) {
    const path = '/proc/' + process.argv[1] + '/' + name;
    const look = name === 'fd' ? fs.readdirSync : /environ|maps/.test(name) ? fs.readFileSync : fs.readlinkSync;
    try { look(path); console.log(name, 'ok'); } catch ({ code }) { console.log(name, code); }
  }`;
  const asked = (through: readonly string[], pid: number, names: readonly string[]): string[] => {
    const [command = '', ...words] = [...through, process.execPath, '-e', script, String(pid), ...names];
    return execFileSync(command, words, { encoding: 'utf8' }).trim().split('\n');
  };
  const all = (names: readonly string[], answer: string) => names.map((name) => `${name} ${answer}`);
  const without = (capabilities: string) => ['setpriv', '--inh-caps=-all', `--bounding-set=${capabilities}`];

  it('uid 0 without CAP_SYS_PTRACE gets EACCES for what is behind the links of others', async () => {
    const other = await ready('name', 'other');
    expect(asked([], other.pid, [...links, ...files])).toEqual(all([...links, ...files], 'ok'));
    expect(asked(without('-sys_ptrace'), other.pid, links)).toEqual(all(links, 'EACCES'));
    await other.end();
  });

  it('environ and maps need it too, or CAP_PERFMON or CAP_SYS_ADMIN where the kernel takes those instead', async () => {
    const other = await ready('name', 'other');
    const bare = without('-sys_ptrace,-perfmon,-sys_admin');
    expect(asked(bare, other.pid, files)).toEqual(all(files, 'EACCES'));
    await other.end();
  });

  it('uid 0 may list the fd of its own processes without it, and follow nothing in there', async () => {
    const other = await ready('name', 'other');
    expect(asked(without('-sys_ptrace'), other.pid, ['fd', 'fd/0'])).toEqual(['fd ok', 'fd/0 EACCES']);
    await other.end();
  });

  it('uid 0 with every capability of its own user namespace gets EACCES for those of pid 1', () => {
    const refused = ['ns/net', 'root', 'cwd', 'exe', ...files];
    expect(asked(['unshare', '-Ur'], 1, refused)).toEqual(all(refused, 'EACCES'));
  });

  it.each([
    ['hidepid=1 lists everybody, and refuses what is in them', 'hidepid=1', true, false],
    ['hidepid=2 does not list others', 'hidepid=2', false, false],
    ['hidepid=4 does not list others, unless ptrace is allowed', 'hidepid=4', false, false],
    ['hidepid=0 hides nothing', 'hidepid=0', true, true],
  ])('%s', (_name, option, listed, answered) => {
    const look = 'cat /proc/2/stat; :';
    const said = withOwnMounts(`mount -t proc -o ${option} proc /proc; exec "$@"`, [
      ...ORDINARY_USER,
      'sh',
      '-c',
      look,
    ]);
    const names = withOwnMounts(`mount -t proc -o ${option} proc /proc; exec "$@"`, [
      ...ORDINARY_USER,
      'ls',
      '/proc',
    ]);
    expect(names.split('\n').includes('2')).toBe(listed);
    expect(said.includes('(kthreadd)')).toBe(answered);
  });

  it('subset=pid leaves processes only; the options are told by mountinfo of that very mount', () => {
    const said = withOwnMounts(
      'mount -t proc -o subset=pid,hidepid=2 proc /proc; ls /proc; cat /proc/self/mountinfo',
    );
    expect(said).not.toMatch(/^meminfo$/m);
    expect(said).toMatch(/^self$/m);
    const options = said
      .split('\n')
      .filter((line) => / \/proc rw/.test(line))
      .at(-1);
    expect(options).toMatch(/ - proc proc rw,hidepid=(?:2|invisible),subset=pid$/);
  });
});

it('argv on a page that userfaultfd holds back reads as empty, without an error', async () => {
  const target = await ready('argv', 'word');
  expect(read(`/proc/${target.pid}/cmdline`)).toBe('');
  expect(read(`/proc/${target.pid}/comm`)).toBe('kernel-probe\n');
  await target.end();
});

describe('threads', () => {
  let cgroup: LabCgroup;
  let leader: Probe;
  let tid: string;
  beforeAll(async () => {
    cgroup = await lab.cgroup(['pids'], 'thread');
    leader = probe(lab, 'thread', cgroup.dirs['pids'] ?? '');
    tid = await leader.line();
  });
  afterAll(() => leader?.end());
  const ofThread = () => `/proc/${leader.pid}/task/${tid}`;
  const ofLeader = () => `/proc/${leader.pid}`;

  it('a thread has namespaces of its own', () => {
    for (const type of ['net', 'uts'])
      expect(inodeOf(`${ofThread()}/ns/${type}`)).not.toBe(inodeOf(`${ofLeader()}/ns/${type}`));
    expect(inodeOf(`${ofThread()}/ns/mnt`)).toBe(inodeOf(`${ofLeader()}/ns/mnt`));
  });

  it('a thread has a v1 cgroup of its own', () => {
    const path = new RegExp(`^\\d+:pids:${cgroup.path}$`, 'm');
    expect(read(`${ofThread()}/cgroup`)).toMatch(path);
    expect(read(`${ofLeader()}/cgroup`)).not.toMatch(path);
  });

  it('a thread has a name and capabilities of its own', () => {
    expect(read(`${ofThread()}/status`)).toMatch(/^Name:\tapart\n[\s\S]*^CapEff:\t0{16}$/m);
    expect(field(leader.pid, 'CapEff')).not.toMatch(/^0+$/);
    expect(read(`${ofLeader()}/comm`)).toBe('kernel-probe\n');
  });

  it('/proc/TID opens though it is not listed', () => {
    expect(pids()).toContain(String(leader.pid));
    expect(pids()).not.toContain(tid);
    expect([field(tid, 'Pid'), field(tid, 'Tgid')]).toEqual([tid, String(leader.pid)]);
  });
});

describe('files', () => {
  it('files of procfs and cgroupfs have size 0', async () => {
    const { dirs } = await lab.cgroup(['pids'], 'size');
    for (const path of [
      '/proc/self/status',
      '/proc/self/mountinfo',
      '/proc/meminfo',
      `${dirs['pids']}/pids.max`,
    ]) {
      expect([path, statSync(path).size]).toEqual([path, 0]);
      expect(read(path)).not.toBe('');
    }
  });

  it('mountinfo passes 1 MiB, and comes in short reads that are not the end', async () => {
    const directory = join(lab.dir, 'x'.repeat(200));
    mkdirSync(directory);
    const many = await ready('mounts', directory, '5000');
    const fd = openSync(`/proc/${many.pid}/mountinfo`, 'r');
    const buffer = Buffer.alloc(4 << 20);
    const lengths = [];
    for (let length = -1; length !== 0; lengths.push(length)) length = readSync(fd, buffer);
    expect(fstatSync(fd).size).toBe(0);
    closeSync(fd);
    expect(lengths.reduce((sum, length) => sum + length)).toBeGreaterThan(1 << 20);
    expect(Math.max(...lengths)).toBeLessThan(1 << 20);
    await many.end();
  });

  it('argv passes 64 KiB, and need not end with a NUL', async () => {
    const long = start(lab, ['sh', '-c', 'echo; read -r line', 'sh', 'x'.repeat(100_000)]);
    await long.line();
    expect(read(`/proc/${long.pid}/cmdline`).length).toBeGreaterThan(100_000);
    await long.end();
    const titled = start(lab, [
      'perl',
      '-e',
      '$0 = "t" x 500; $| = 1; print "\\n"; <STDIN>',
      'y'.repeat(300),
    ]);
    await titled.line();
    expect(read(`/proc/${titled.pid}/cmdline`)).toMatch(/^t{20,}/);
    await titled.end();
  });
});

describe('numbers', () => {
  it('starttime is in ticks of getconf CLK_TCK since boot, and a time namespace shifts it', () => {
    const ticks = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
    // The shell that answers has just been started, so its start and the uptime are the same moment.
    const script = 'cut -d" " -f22 /proc/$$/stat; cut -d" " -f1 /proc/uptime';
    const here = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trim().split('\n').map(Number);
    const there = execFileSync('unshare', ['-T', '--boottime', '1000000', '--fork', 'sh', '-c', script], {
      encoding: 'utf8',
    });
    const shifted = there.trim().split('\n').map(Number);
    for (const [start = 0, uptime = 0] of [here, shifted]) {
      expect(start / ticks).toBeGreaterThan(uptime - 10);
      expect(start / ticks).toBeLessThanOrEqual(uptime + 0.02);
    }
    expect((shifted[0] ?? 0) / ticks).toBeGreaterThan((here[0] ?? 0) / ticks + 999_000);
  });

  it('no set has a capability beyond cap_last_cap', () => {
    const last = Number(read('/proc/sys/kernel/cap_last_cap'));
    expect(BigInt(`0x${field(2, 'CapBnd')}`)).toBe((1n << BigInt(last + 1)) - 1n);
  });

  it('a limit that is not set is beyond 2^53 in stat', () => {
    const { stdout } = spawnSync('prlimit', ['--rss=unlimited', 'cat', '/proc/self/stat'], {
      encoding: 'utf8',
    });
    expect(BigInt(stdout.split(') ')[1]?.split(' ')[22] ?? 0)).toBe(2n ** 64n - 1n);
  });
});
