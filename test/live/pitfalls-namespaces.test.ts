// What namespaces and their files answer, on the running kernel: the facts of docs/pitfalls.md that no file can hold. Nothing
// of Porthole runs here.
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, statSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INITIAL_INODES, NAMESPACE_TYPES } from '../../src/kernel/tables/namespaces.ts';
import { Lab } from '../lab/index.ts';
import {
  errnoOf,
  field,
  inodeOf,
  ioctl,
  link,
  type Probe,
  pidsWhere,
  probe,
  read,
  start,
  syscall,
} from './kernel-probe.ts';

const NS_GET_USERNS = 0xb701;
const NS_GET_PARENT = 0xb702;
const NS_GET_NSTYPE = 0xb703;
const NS_GET_OWNER_UID = 0xb704;
const NS_GET_MNTNS_ID = 0x8008b705;
const SIOCGSKNS = 0x894c;
const [SYS_pidfd_open, SYS_pidfd_getfd, SYS_listns] = [434, 438, 470];

const [major = 0, minor = 0] = release().split('.').map(Number);
const since = (atLeast: number) => major * 100 + minor >= atLeast;

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.create();
});
afterAll(() => lab?.close());

async function inside(...flags: string[]): Promise<Probe> {
  const started = start(lab, ['unshare', ...flags, 'sh', '-c', 'echo ready; exec cat']);
  expect(await started.line()).toBe('ready');
  return started;
}

/** The same without a shell between: what is asked for children has no child yet. */
async function childless(...flags: string[]): Promise<Probe> {
  const started = start(lab, ['unshare', ...flags, 'perl', '-e', '$| = 1; print "ready\n"; <STDIN>']);
  expect(await started.line()).toBe('ready');
  return started;
}

/** What an ioctl says about an ns file: an errno's name, or the number it gives; a descriptor it gives is closed. */
function asked(path: string, request: number): number | string {
  const fd = openSync(path, 'r');
  const result = ioctl(fd, request);
  closeSync(fd);
  if (typeof result === 'string' || request === NS_GET_NSTYPE) return result;
  const { ino } = request === NS_GET_OWNER_UID ? { ino: 0 } : fstatSync(result);
  if (request !== NS_GET_OWNER_UID) closeSync(result);
  return ino;
}
const hasProcess = (type: string, inode: number) =>
  pidsWhere((pid) => inodeOf(`/proc/${pid}/ns/${type}`) === inode).length > 0;

describe('the initial namespaces', () => {
  const fixed = NAMESPACE_TYPES.filter((type) => since(618) || (type !== 'net' && type !== 'mnt'));
  it('have fixed inodes, which kthreadd shows', () => {
    for (const type of fixed)
      expect([type, inodeOf(`/proc/2/ns/${type}`)]).toEqual([type, INITIAL_INODES[type]]);
    expect(fixed.length).toBeGreaterThanOrEqual(6);
  });

  it('are not all that kernel threads are in: kdevtmpfs has its own mounts', () => {
    const kdevtmpfs = pidsWhere((pid) => field(pid, 'Name') === 'kdevtmpfs');
    // A kernel without devtmpfs has no such thread.
    expect(kdevtmpfs).toHaveLength(read('/proc/filesystems').includes('devtmpfs') ? 1 : 0);
    for (const pid of kdevtmpfs) expect(inodeOf(`/proc/${pid}/ns/mnt`)).not.toBe(inodeOf('/proc/2/ns/mnt'));
  });
});

describe('what is for children only', () => {
  it('pid_for_children dangles until the first child: ENOENT', async () => {
    const first = await childless('-p');
    expect(errnoOf(() => link(`/proc/${first.pid}/ns/pid_for_children`))).toBe('ENOENT');
    expect(inodeOf(`/proc/${first.pid}/ns/pid`)).toBe(inodeOf('/proc/self/ns/pid'));
    await first.end();
  });

  it('pid_for_children is another namespace than pid once it has a child, and stays when the child has ended', async () => {
    const script = '$| = 1; unless (fork) { exit } wait; print "ready\n"; <STDIN>';
    const widow = start(lab, ['unshare', '-p', 'perl', '-e', script]);
    expect(await widow.line()).toBe('ready');
    const inode = inodeOf(`/proc/${widow.pid}/ns/pid_for_children`);
    expect(inode).not.toBe(inodeOf(`/proc/${widow.pid}/ns/pid`));
    expect(hasProcess('pid', inode)).toBe(false);
    await widow.end();
  });

  it('time_for_children does not dangle', async () => {
    const widow = probe(lab, 'time');
    expect(await widow.line()).toBe('ready');
    const inode = inodeOf(`/proc/${widow.pid}/ns/time_for_children`);
    expect(inode).not.toBe(inodeOf(`/proc/${widow.pid}/ns/time`));
    expect(hasProcess('time', inode)).toBe(false);
    await widow.end();
  });
});

describe('what keeps a namespace without processes', () => {
  it('a bind mount, which other mount namespaces need not have', async () => {
    const file = join(lab.dir, 'kept-net');
    writeFileSync(file, '');
    const script = `mount --make-rprivate /; unshare --net=${file} true; echo ready; exec cat`;
    const holder = start(lab, ['unshare', '-m', 'sh', '-ec', script]);
    expect(await holder.line()).toBe('ready');
    const line = read(`/proc/${holder.pid}/mountinfo`)
      .split('\n')
      .find((each) => each.includes(file));
    const inode = Number(/ net:\[(\d+)\] .* - nsfs nsfs /.exec(line ?? '')?.[1]);
    expect(inode).toBe(statSync(`/proc/${holder.pid}/root${file}`).ino);
    expect(read('/proc/self/mountinfo')).not.toContain(file);
    expect(hasProcess('net', inode)).toBe(false);
    await holder.end();
  });

  it('an open descriptor', async () => {
    const maker = await inside('--uts');
    const fd = openSync(`/proc/${maker.pid}/ns/uts`, 'r');
    const inode = inodeOf(`/proc/${maker.pid}/ns/uts`);
    await maker.end();
    expect(hasProcess('uts', inode)).toBe(false);
    expect(link(`/proc/self/fd/${fd}`)).toBe(`uts:[${inode}]`);
    closeSync(fd);
  });

  it('a socket, whose namespace only SIOCGSKNS tells', async () => {
    const holder = probe(lab, 'socket');
    const [inode = 0, fd = 0] = (await holder.line()).split(' ').map(Number);
    expect(hasProcess('net', inode)).toBe(false);
    expect(link(`/proc/${holder.pid}/fd/${fd}`)).toMatch(/^socket:\[\d+\]$/);
    const pidfd = Number(syscall(SYS_pidfd_open, holder.pid, 0));
    const copy = Number(syscall(SYS_pidfd_getfd, pidfd, fd, 0));
    const ns = Number(ioctl(copy, SIOCGSKNS));
    expect(fstatSync(ns).ino).toBe(inode);
    for (const each of [ns, copy, pidfd]) closeSync(each);
    await holder.end();
  });

  it('a child: the parent of a user namespace may have no process, and only NS_GET_PARENT tells', async () => {
    const nested = probe(lab, 'nested');
    expect(await nested.line()).toBe('ready');
    const parent = asked(`/proc/${nested.pid}/ns/user`, NS_GET_PARENT);
    expect(parent).toBeGreaterThan(0);
    expect(hasProcess('user', Number(parent))).toBe(false);
    await nested.end();
  });
});

describe('ioctls on an open ns file', () => {
  it.each(NAMESPACE_TYPES.filter((type) => type !== 'user' && type !== 'pid'))(
    'NS_GET_USERNS of %s is the owner, NS_GET_PARENT EINVAL: the type has no hierarchy',
    async (type) => {
      expect(asked(`/proc/self/ns/${type}`, NS_GET_USERNS)).toBe(inodeOf('/proc/2/ns/user'));
      expect(asked(`/proc/self/ns/${type}`, NS_GET_PARENT)).toBe('EINVAL');
    },
  );

  it.each([
    ['pid', NS_GET_PARENT],
    ['user', NS_GET_PARENT],
    ['user', NS_GET_USERNS],
  ])('the initial %s namespace has none above it: EPERM', (type, request) => {
    expect(asked(`/proc/2/ns/${type}`, request)).toBe('EPERM');
  });

  it('EPERM also means that the answer lies outside our own user namespace', () => {
    const script = `
      use Fcntl; sysopen(my $ns, "/proc/self/ns/$ARGV[0]", O_RDONLY) or die; my $r = ioctl($ns, $ARGV[1], 0);
      print defined $r ? "ok" : $!{EPERM} ? "EPERM" : "$!"`;
    const answer = (type: string, request: number) =>
      execFileSync('unshare', ['-U', 'perl', '-e', `use Errno;${script}`, type, String(request)], {
        encoding: 'utf8',
      });
    expect(answer('net', NS_GET_USERNS)).toBe('EPERM');
    expect(answer('user', NS_GET_PARENT)).toBe('EPERM');
  });

  it('NS_GET_NSTYPE is the clone flag; NS_GET_OWNER_UID is for user namespaces alone, else EINVAL', async () => {
    expect(asked('/proc/self/ns/net', NS_GET_NSTYPE)).toBe(0x40000000);
    expect(asked('/proc/self/ns/net', NS_GET_OWNER_UID)).toBe('EINVAL');
    const owned = await inside('-U');
    const fd = openSync(`/proc/${owned.pid}/ns/user`, 'r');
    const uid = Buffer.alloc(8, 0xff);
    expect(ioctl(fd, NS_GET_OWNER_UID, uid)).toBe(0);
    expect(uid.readUInt32LE()).toBe(0);
    closeSync(fd);
    await owned.end();
  });

  it('a request the kernel does not know is ENOTTY; NS_GET_MNTNS_ID came with 6.11', () => {
    expect(asked('/proc/self/ns/net', 0xb7ff)).toBe('ENOTTY');
    const fd = openSync('/proc/self/ns/mnt', 'r');
    expect(ioctl(fd, NS_GET_MNTNS_ID)).toBe(since(611) ? 0 : 'ENOTTY');
    closeSync(fd);
  });

  it('listns(2) came with 6.19: ENOSYS before', () => {
    if (since(619)) expect(syscall(SYS_listns, 0, 0, 0, 0)).not.toBe('ENOSYS');
    else expect(syscall(SYS_listns, 0, 0, 0, 0)).toBe('ENOSYS');
  });
});

describe('maps of user namespaces', () => {
  const mapOf = (pid: number | string) => read(`/proc/${pid}/uid_map`).trim().split(/\s+/).map(Number);

  it('are empty until written, and are written once', async () => {
    const { pid, end } = await inside('-U');
    expect(read(`/proc/${pid}/uid_map`)).toBe('');
    writeFileSync(`/proc/${pid}/uid_map`, '0 100000 65536');
    expect(mapOf(pid)).toEqual([0, 100000, 65536]);
    expect(errnoOf(() => writeFileSync(`/proc/${pid}/uid_map`, '0 100000 65536'))).toBe('EPERM');
    await end();
  });

  it('can have 340 lines and no more', async () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, i) => `${i} ${1000 + 2 * i} 1\n`).join('');
    const { pid, end } = await inside('-U');
    expect(errnoOf(() => writeFileSync(`/proc/${pid}/uid_map`, lines(341)))).toBe('EINVAL');
    writeFileSync(`/proc/${pid}/uid_map`, lines(340));
    expect(read(`/proc/${pid}/uid_map`).trim().split('\n')).toHaveLength(340);
    await end();
  });

  it('can map every id to itself, as that of the initial namespace does, in a namespace that is not', async () => {
    const { pid, end } = await inside('-U');
    writeFileSync(`/proc/${pid}/uid_map`, '0 0 4294967295');
    expect(mapOf(pid)).toEqual(mapOf('self'));
    expect(inodeOf(`/proc/${pid}/ns/user`)).not.toBe(inodeOf('/proc/self/ns/user'));
    await end();
  });

  it('are shown relative to the reader: an id it does not have is 2^32-1', async () => {
    const { pid, end } = await inside('-U');
    writeFileSync(`/proc/${pid}/uid_map`, '0 100000 65536');
    const stranger = execFileSync('unshare', ['-U', 'cat', `/proc/${pid}/uid_map`], { encoding: 'utf8' });
    expect(stranger.trim().split(/\s+/).map(Number)).toEqual([0, 2 ** 32 - 1, 65536]);
    const reader = await inside('-U');
    writeFileSync(`/proc/${reader.pid}/uid_map`, '5 100000 65536');
    const enter = ['-U', '--preserve-credentials', '-t', String(reader.pid)];
    const mapped = execFileSync('nsenter', [...enter, 'cat', `/proc/${pid}/uid_map`], { encoding: 'utf8' });
    await reader.end();
    expect(mapped.trim().split(/\s+/).map(Number)).toEqual([0, 5, 65536]);
    await end();
  });
});

describe('mounts', () => {
  it('a mount over / is listed, and processes keep the root they had', () => {
    const script = 'mount -t tmpfs over /; stat -fc %T /; cat /proc/self/mountinfo';
    const said = execFileSync('unshare', ['-m', '--propagation', 'private', 'sh', '-ec', script], {
      encoding: 'utf8',
    });
    expect(said.split('\n')[0]).not.toBe('tmpfs');
    expect(said.split('\n').filter((line) => line.split(' ')[4] === '/')).toHaveLength(2);
  });

  it('NSpid of one process has a number less in the /proc of each inner pid namespace', async () => {
    const { pid, end } = await inside('-pmf', '--mount-proc');
    const [child = ''] = pidsWhere((each) => field(each, 'PPid') === String(pid));
    expect(field(child, 'NSpid').split('\t')).toHaveLength(2);
    const inner = execFileSync('nsenter', ['-t', child, '-m', '-p', 'cat', '/proc/1/status'], {
      encoding: 'utf8',
    });
    expect(inner).toMatch(/^NSpid:\t1$/m);
    await end();
  });

  it('what a process has below /, others reach through /proc/PID/root', async () => {
    const directory = join(lab.dir, 'seen-inside');
    mkdirSync(directory);
    const script = `mount -t tmpfs inner ${directory}; touch ${directory}/.flatpak-info; echo ready; exec cat`;
    const holder = start(lab, ['unshare', '-m', '--propagation', 'private', 'sh', '-ec', script]);
    expect(await holder.line()).toBe('ready');
    expect(existsSync(join(directory, '.flatpak-info'))).toBe(false);
    expect(existsSync(`/proc/${holder.pid}/root${directory}/.flatpak-info`)).toBe(true);
    await holder.end();
  });
});
