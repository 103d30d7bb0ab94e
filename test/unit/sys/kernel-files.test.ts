import { mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { KernelFiles } from '../../../src/sys/kernel-files.ts';
import { isRoot, scratch } from './scratch.ts';

const { path, write } = scratch();
const files = new KernelFiles();
const MIB = 1024 * 1024;

const openDescriptors = () => readdirSync('/proc/self/fd').length;
/** Text that shows where it was cut: every line holds its own number. */
const numbered = (bytes: number) => {
  let text = '';
  for (let line = 0; text.length < bytes; line++) text += `${line}\n`;
  return text.slice(0, bytes);
};

describe.each([['at once'], ['one by one']])('files that are wanted together, %s', (how) => {
  beforeEach(() => {
    if (how === 'one by one') vi.stubEnv('PORTHOLE_NO_NATIVE_SCAN', '1');
    vi.resetModules();
  });
  afterEach(() => vi.unstubAllEnvs());

  it('are what each of them is alone', async () => {
    const fresh = await import('../../../src/sys/kernel-files.ts');
    const reader = new fresh.KernelFiles();
    const large = write('together/large', numbered(2 * MIB));
    const bytes = write('together/\u00e9', Buffer.from([0xe9, 0, 10]));
    const link = path(`together/link ${how}`);
    symlinkSync('\u00e9', link);
    const texts = ['/proc/self/limits', bytes, write('together/none', ''), large, '/proc/version'];
    const missing = [path('together/gone'), path('together')];
    const together = reader.together([...texts, ...missing], [link, '/proc/self/ns/net', bytes]);
    for (const each of [...texts, ...missing]) expect(together.text(each)).toEqual(reader.text(each));
    expect(together.text(bytes)).toEqual({ ok: true, value: '\xe9\0\n' });
    expect(together.link(link)).toEqual({ ok: true, value: '\xc3\xa9' });
    expect(together.link('/proc/self/ns/net')).toEqual(reader.link('/proc/self/ns/net'));
    expect(together.link(bytes)).toEqual({ ok: false, why: 'unsupported', path: bytes, errno: 'EINVAL' });
    expect(missing.map((each) => together.text(each))).toMatchObject([
      { errno: 'ENOENT' },
      { errno: 'EISDIR' },
    ]);
    expect(together.text('/proc/self/comm'), 'not asked for before').toEqual(reader.text('/proc/self/comm'));
    const before = openDescriptors();
    reader.together(texts);
    expect(openDescriptors()).toBe(before);
  });
});

describe('whole files', () => {
  it.each([
    ['empty', 0],
    ['one byte', 1],
    ['one byte less than the first buffer', 256 * 1024 - 1],
    ['as large as the first buffer', 256 * 1024],
    ['one byte more', 256 * 1024 + 1],
    ['2 MiB, as mountinfo can be', 2 * MIB],
  ])('%s', (name, bytes) => {
    const content = numbered(bytes);
    const file = write(`whole/${name}`, content);
    const reader = new KernelFiles();
    for (const reading of [reader.text(file), reader.small(file)]) {
      expect(reading.ok && reading.value === content).toBe(true);
    }
  });

  it('a large one leaves nothing behind in a small one read after it', () => {
    const reader = new KernelFiles();
    reader.text(write('large', numbered(2 * MIB)));
    expect(reader.text(write('small', 'x\n'))).toEqual({ ok: true, value: 'x\n' });
    expect(reader.small(write('none', ''))).toEqual({ ok: true, value: '' });
  });

  it('every byte is kept as latin1, and UTF-8 decoded where asked for', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_none, byte) => byte);
    const file = write('bytes', bytes);
    const reading = files.text(file);
    expect(reading.ok && Buffer.from(reading.value, 'latin1')).toEqual(Buffer.from(bytes));
    expect(files.text(write('utf8', 'ä → 🐳'), 'utf8')).toEqual({ ok: true, value: 'ä → 🐳' });
    expect(files.text(write('utf8', 'ä'))).toEqual({ ok: true, value: 'Ã¤' });
  });

  it('files of /proc, whose size is 0', () => {
    expect(statSync('/proc/self/mountinfo').size).toBe(0);
    const reading = files.text('/proc/self/mountinfo');
    expect(reading.ok && reading.value.endsWith('\n') && reading.value.length > 0).toBe(true);
    const status = files.small('/proc/self/status');
    expect(status.ok && status.value).toContain(`\nPid:\t${process.pid}\n`);
  });
});

describe('the first bytes', () => {
  const content = numbered(10_000);
  let file = '';
  beforeAll(() => {
    file = write('argv', content);
  });

  it.each([
    ['more than there are', 20_000, 10_000],
    ['as many as there are', 10_000, 10_000],
    ['fewer', 4096, 4096],
    ['one', 1, 1],
  ])('%s', (_name, cap, expected) => {
    const reading = files.bytes(file, cap);
    expect(reading.ok && Buffer.from(reading.value).toString()).toBe(content.slice(0, expected));
  });

  it('beyond the first buffer', () => {
    const large = write('large argv', numbered(2 * MIB));
    const reading = new KernelFiles().bytes(large, MIB);
    expect(reading.ok && Buffer.from(reading.value).toString() === numbered(MIB)).toBe(true);
  });

  it('are a copy: the next read does not change them', () => {
    const reading = files.bytes(file, 8);
    files.text(write('other', 'zzzzzzzzzzzz'));
    expect(reading.ok && Buffer.from(reading.value).toString()).toBe(content.slice(0, 8));
  });
});

describe('what cannot be read names path and errno', () => {
  it.each([
    ['a file that is not there', () => files.text(path('nothing')), 'absent', 'ENOENT'],
    ['the same, in one piece', () => files.small(path('nothing')), 'absent', 'ENOENT'],
    ['the same, as bytes', () => files.bytes(path('nothing'), 10), 'absent', 'ENOENT'],
    ['a link that is not there', () => files.link(path('nothing')), 'absent', 'ENOENT'],
    ['a directory that is not there', () => files.list(path('nothing')), 'absent', 'ENOENT'],
    ['the inode of what is not there', () => files.inode(path('nothing')), 'absent', 'ENOENT'],
    ['a directory instead of a file', () => files.text(path('.')), 'unsupported', 'EISDIR'],
    ['the same, as bytes', () => files.bytes(path('.'), 10), 'unsupported', 'EISDIR'],
    ['a file instead of a directory', () => files.list(write('file', 'x')), 'absent', 'ENOTDIR'],
    ['a file where the path goes on', () => files.text(`${write('file', 'x')}/y`), 'absent', 'ENOTDIR'],
    ['a file instead of a link', () => files.link(write('file', 'x')), 'unsupported', 'EINVAL'],
    ['a process that does not exist', () => files.small('/proc/4194305/stat'), 'absent', 'ENOENT'],
  ])('%s', (_name, read, why, errno) => {
    expect(read()).toMatchObject({ ok: false, why, errno });
  });

  it.skipIf(isRoot)('a file that we may not read', () => {
    const file = write('secret', 'x', 0o000);
    expect(files.text(file)).toEqual({ ok: false, why: 'denied', path: file, errno: 'EACCES' });
  });

  it('and leaves no descriptor open', () => {
    const before = openDescriptors();
    for (let round = 0; round < 20; round++) {
      files.text(path('.'));
      files.bytes(path('.'), 10);
      files.small(path('nothing'));
      files.text(write('file', 'x'));
    }
    expect(openDescriptors()).toBe(before);
  });
});

describe('links, listings, inodes', () => {
  it('a link that dangles is read all the same, as those of nsfs do', () => {
    symlinkSync('mnt:[4026531832]', path('mnt'));
    expect(files.link(path('mnt'))).toEqual({ ok: true, value: 'mnt:[4026531832]' });
  });

  it('a directory lists its names', () => {
    write('dir/a', '');
    mkdirSync(path('dir/b'));
    const listing = files.list(path('dir'));
    expect(listing.ok && listing.value.sort()).toEqual(['a', 'b']);
  });

  it('the inode of a cgroup mounted under a second name is that of the directory behind the link', () => {
    mkdirSync(path('cpu,cpuacct'));
    symlinkSync('cpu,cpuacct', path('cpu'));
    expect(files.inode(path('cpu'))).toEqual(files.inode(path('cpu,cpuacct')));
  });
});

describe('roots', () => {
  const other = new KernelFiles('/host/proc', '/host/sys');
  it.each([
    ['a process', files.proc('41/stat'), '/proc/41/stat'],
    ['a process elsewhere', other.proc('41/stat'), '/host/proc/41/stat'],
    ['a cgroup', files.sys('/sys/fs/cgroup/x'), '/sys/fs/cgroup/x'],
    ['a cgroup elsewhere', other.sys('/sys/fs/cgroup/x'), '/host/sys/fs/cgroup/x'],
    ['a mount that is already below the given root', other.sys('/host/sys/fs/cgroup'), '/host/sys/fs/cgroup'],
    ['a mount outside of /sys', other.sys('/cgroup/memory'), '/cgroup/memory'],
    ['what only begins alike', other.sys('/system/x'), '/system/x'],
  ])('%s', (_name, got, expected) => {
    expect(got).toBe(expected);
  });

  it.each([
    ['/proc and /sys', new KernelFiles(), true],
    ['another /proc', new KernelFiles('/host/proc'), false],
    ['another /sys', new KernelFiles('/proc', '/host/sys'), false],
  ])('ownProc: %s', (_name, reader, expected) => {
    expect(reader.ownProc).toBe(expected);
  });
});
