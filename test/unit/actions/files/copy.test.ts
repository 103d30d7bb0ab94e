// Copies below a directory that stands for a container's root: everything but the container itself.
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Copy, type CopyOptions } from '../../../../src/actions/files/copy.ts';
import type { NamedEnd } from '../../../../src/actions/files/ends.ts';
import { FileError } from '../../../../src/actions/files/failure.ts';
import { SyscallError } from '../../../../src/sys/koffi.ts';
import { O_PATH } from '../../../../src/sys/openat2.ts';

/** Whether the file system makes files without a name, and what happens while one is written. */
const around = vi.hoisted(() => ({ unnamed: true, whileWriting: (): void => undefined }));
vi.mock('../../../../src/sys/directory-calls.ts', async (original) => {
  const real = await original<typeof import('../../../../src/sys/directory-calls.ts')>();
  return {
    ...real,
    openUnnamed: (fd: number, flag: number) => {
      if (around.unnamed) return real.openUnnamed(fd, flag);
      throw new SyscallError('open', 'EOPNOTSUPP');
    },
    nextData: (fd: number, offset: number) => {
      around.whileWriting();
      return real.nextData(fd, offset);
    },
  };
});

let top: string;
let rootFd: number;
let notes: string[];
let temporaries: string[];

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'porthole-copy-'));
  mkdirSync(join(top, 'root'));
  mkdirSync(join(top, 'host'));
  rootFd = openSync(join(top, 'root'), O_PATH);
  notes = [];
  temporaries = [];
  around.unnamed = true;
  around.whileWriting = () => undefined;
});
afterEach(() => {
  closeSync(rootFd);
  rmSync(top, { recursive: true, force: true });
});

const root = (path: string) => join(top, 'root', path);
const host = (path: string) => join(top, 'host', path);
const inside = (path: string): NamedEnd => ({
  side: { where: 'container', rootFd, label: 'c:' },
  path: Buffer.from(path),
});
const outside = (path: string): NamedEnd => ({
  side: { where: 'host', label: '' },
  path: Buffer.from(`${top}/host/${path}`),
});

function copy(from: NamedEnd, to: NamedEnd, options: Partial<CopyOptions> = {}) {
  const everybody = [{ inside: 0, outside: 0, count: 2 ** 32 - 1 }];
  const us = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  return new Copy({
    archive: false,
    follow: false,
    owner: us,
    uidMap: everybody,
    gidMap: everybody,
    note: (text) => notes.push(text),
    around: {
      creator: us,
      onTemporary: (_, name) => temporaries.push(name.toString()),
      onPlaced: () => undefined,
      onOwnerRefused: (path) => notes.push(path),
    },
    ...options,
  }).run(from, to);
}

async function failureOf(copying: Promise<unknown>): Promise<string> {
  const error = await copying.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FileError)) throw new Error(`it did not fail as it should: ${String(error)}`);
  return `${error.step} ${error.path.replace(top, '')} ${error.errno}`;
}

describe('links inside lead to places inside', () => {
  beforeEach(() => {
    writeFileSync(join(top, 'secret'), 'outside');
    mkdirSync(root('etc'));
    writeFileSync(root('etc/f'), 'inside');
  });

  it.each<[link: string, says: string]>([
    ['absolute', '/etc/f'],
    ['up beyond the root', '../../../../../../../../etc/f'],
    ['to a link', 'etc/second'],
  ])('%s', async (_, says) => {
    symlinkSync('f', root('etc/second'));
    symlinkSync(says, root('link'));
    await copy(inside('/link'), outside('f'), { follow: true });
    expect(readFileSync(host('f'), 'utf8')).toBe('inside');
    writeFileSync(host('new'), 'new');
    await copy(outside('new'), inside('/link'));
    expect(readFileSync(root('etc/f'), 'utf8')).toBe('new');
    expect(readlinkSync(root('link'))).toBe(says);
  });

  it.each<[string, string]>([
    ['a path of the host', 'TOP/secret'],
    ['our own descriptors', '/proc/self/fd/0'],
  ])('not to %s', async (_, says) => {
    symlinkSync(says.replace('TOP', top), root('link'));
    expect(await failureOf(copy(inside('/link'), outside('f'), { follow: true }))).toBe(
      'open c:/link ENOENT',
    );
  });

  it('a link that leads round is an error', async () => {
    symlinkSync('round', root('round'));
    writeFileSync(host('f'), '');
    expect(await failureOf(copy(outside('f'), inside('/round')))).toBe('open c:/round ELOOP');
  });

  it('a directory that a link stands for is not written through, one level down', async () => {
    mkdirSync(host('tree/d'), { recursive: true });
    writeFileSync(host('tree/d/f'), 'planted');
    mkdirSync(root('to'));
    symlinkSync('/etc', root('to/d'));
    expect(await failureOf(copy(outside('tree/.'), inside('/to')))).toBe('mkdir c:/to/d ENOTDIR');
    expect(readFileSync(root('etc/f'), 'utf8')).toBe('inside');
  });

  it('what is copied out as a link does not become a way for what comes after', async () => {
    mkdirSync(root('tree'));
    symlinkSync(join(top, 'secret'), root('tree/a'));
    mkdirSync(root('more'));
    writeFileSync(root('more/a'), 'evil');
    await copy(inside('/tree'), outside('to'));
    await copy(inside('/more/.'), outside('to'));
    expect(readFileSync(join(top, 'secret'), 'utf8')).toBe('outside');
    expect(lstatSync(host('to/a')).isFile()).toBe(true);
  });
});

describe.each([
  ['with files that have no name', true],
  ['without', false],
])('a file takes its place when it is whole, %s', (_, unnamed) => {
  beforeEach(() => {
    around.unnamed = unnamed;
    writeFileSync(host('f'), 'new');
    writeFileSync(root('f'), 'old');
  });

  it('a new one and one that replaces another', async () => {
    utimesSync(host('f'), 1.5, 2.25);
    chmodSync(host('f'), 0o4751);
    await copy(outside('f'), inside('/f'));
    await copy(outside('f'), inside('/g'));
    for (const name of ['f', 'g']) {
      expect(readFileSync(root(name), 'utf8')).toBe('new');
      expect(statSync(root(name))).toMatchObject({ mode: 0o100751, mtimeMs: 2250 });
    }
    expect(readdirSync(root('')).sort()).toEqual(['f', 'g']);
    expect(temporaries.length).toBe(unnamed ? 1 : 2);
  });

  it('nothing is seen of it before, and nothing is left when it fails', async () => {
    around.whileWriting = () => {
      expect(readFileSync(root('f'), 'utf8')).toBe('old');
      expect(readdirSync(root('')).length).toBe(unnamed ? 1 : 2);
      throw new SyscallError('lseek', 'EIO');
    };
    expect(await failureOf(copy(outside('f'), inside('/f')))).toBe('read /host/f EIO');
    expect(readdirSync(root(''))).toEqual(['f']);
    expect(readFileSync(root('f'), 'utf8')).toBe('old');
  });

  it('one that appears meanwhile is replaced, a directory is not', async () => {
    around.whileWriting = () => writeFileSync(root('g'), 'meanwhile');
    await copy(outside('f'), inside('/g'));
    expect(readFileSync(root('g'), 'utf8')).toBe('new');
    around.whileWriting = () => mkdirSync(root('h'));
    expect(await failureOf(copy(outside('f'), inside('/h')))).toBe('rename c:/h EISDIR');
    expect(readdirSync(root('')).sort()).toEqual(['f', 'g', 'h']);
  });

  it('a file that becomes shorter while it is copied is as long as it is then', async () => {
    writeFileSync(host('long'), 'x'.repeat(100_000));
    around.whileWriting = () => writeFileSync(host('long'), 'short');
    await copy(outside('long'), inside('/long'));
    expect(readFileSync(root('long'), 'utf8')).toBe('short');
  });
});

describe('directories', () => {
  it('keep mode and time, which their own files do not change', async () => {
    mkdirSync(root('d/e'), { recursive: true });
    writeFileSync(root('d/e/f'), 'f');
    chmodSync(root('d/e'), 0o2550);
    utimesSync(root('d/e'), 1, 2);
    await copy(inside('/d'), outside('d'));
    expect(statSync(host('d/e'))).toMatchObject({ mode: 0o040550, mtimeMs: 2000 });
    chmodSync(host('d/e'), 0o700);
    chmodSync(root('d/e'), 0o700);
  });

  it('are not copied into themselves', async () => {
    mkdirSync(host('d'));
    writeFileSync(host('d/f'), 'f');
    await copy(outside('d'), outside('d/copy'));
    expect(readdirSync(host('d/copy'))).toEqual(['f']);
    expect(notes).toEqual([`${host('d/copy')}: left out: it is what is copied into`]);
  });

  it('too deep are an error, not the end of our descriptors', async () => {
    let path = 'deep';
    for (let depth = 0; depth < 450; depth++) path += '/d';
    mkdirSync(root(path), { recursive: true });
    expect(await failureOf(copy(inside('/deep'), outside('deep')))).toMatch(/ELOOP$/);
    expect(existsSync(host('deep'))).toBe(true);
  });

  it('leave no descriptor open', async () => {
    mkdirSync(root('d/e/f'), { recursive: true });
    writeFileSync(root('d/e/x'), 'x');
    symlinkSync('x', root('d/e/y'));
    const before = readdirSync('/proc/self/fd').length;
    await copy(inside('/d'), outside('a'));
    await copy(inside('/d'), outside('a'));
    await failureOf(copy(inside('/d'), outside('a/d/e/x')));
    await failureOf(copy(inside('/none'), outside('a')));
    await failureOf(copy(inside('/d/e/x'), outside('a/none/')));
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });
});

it('an owner is translated by the map, and nobody is said', async () => {
  writeFileSync(root('f'), 'f');
  const map = [{ inside: 5_000_000, outside: 5_000_000, count: 1 }];
  await copy(inside('/f'), outside('f'), { archive: true, uidMap: map, gidMap: map });
  expect(notes).toHaveLength(1);
  expect(notes[0]).toContain('nobody on the other side');
});
