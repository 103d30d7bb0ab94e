// The native library for aarch64: what its functions give under qemu is, byte for byte, what those of this machine give.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadLibrary } from '../../src/sys/koffi.ts';
import { COMPILERS } from '../../src/sys/native/build.mjs';
import { LIBRARIES } from '../../src/sys/native/library.generated.ts';
import { emulatorOf } from '../lab/emulator.ts';
import { argvOf } from '../lab/proc.ts';
import { waitFor } from '../lab/wait.ts';
import { compiled } from '../load/tool.ts';

/** Of repeat.c: nothing was read before. */
const NEVER = -4096;
/** As build.mjs has them. */
const QUIRKS = ['-mno-outline-atomics', '-fno-tree-loop-distribute-patterns'];
const SYSROOT = '/usr/aarch64-linux-gnu';
const { command: emulator = '', missing } = emulatorOf('arm64');
const why =
  process.arch === 'arm64'
    ? ' (skipped: the other tests run it)'
    : missing ||
      (existsSync(`${SYSROOT}/lib/libc.so.6`) ? '' : ` (skipped: there is no ${SYSROOT}/lib/libc.so.6)`);
const directory = mkdtempSync(join(tmpdir(), 'porthole-native-test-'));
const at = (name: string) => join(directory, name);
const children: { readonly end: () => Promise<unknown>; readonly pid: number }[] = [];
let pids: Int32Array;

beforeAll(async () => {
  if (why !== '') return;
  for (const [processor, { gzip }] of Object.entries(LIBRARIES))
    writeFileSync(at(`${processor}.so`), gunzipSync(Buffer.from(gzip, 'base64')));
  const bare = ['-nostdlib', '-O2', '-ffreestanding', '-fno-stack-protector', '-o'];
  const compile = (...words: string[]) => execFileSync(COMPILERS.arm64.command, [...bare, ...words]);
  compile(at('call'), '-pie', 'test/live/native-aarch64.c', `${SYSROOT}/lib/libc.so.6`);
  compile(at('helper'), '-static', 'test/live/helper-aarch64.c');
  const sources = ['arrivals', 'arrivals-looks', 'guarded', 'scan'].map((name) => `src/sys/native/${name}.c`);
  compile(at('arrivals'), '-static', ...QUIRKS, 'test/live/arrivals-aarch64.c', ...sources);
  // One with a thread in a net namespace of its own, one with a namespace and a socket open.
  await start(compiled('porthole-namespaces', ['test/live/namespaces.c']), ['thread']);
  await start('sh', ['-c', 'exec sleep 1000 3</proc/self/ns/net'], 'sleep 1000');
  pids = Int32Array.from([...children.map(({ pid }) => pid), 2, 0x3fff_ffff]);
});
afterAll(async () => {
  for (const { end } of children) await end();
  rmSync(directory, { recursive: true, force: true });
});

async function start(program: string, words: readonly string[], becomes?: string): Promise<void> {
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} cannot be started`);
  const ended = once(child, 'exit');
  children.push({
    pid,
    end: () => {
      child.kill('SIGKILL');
      return ended;
    },
  });
  if (becomes === undefined) await once(child.stdout, 'data');
  else await waitFor(() => argvOf(pid).join(' ') === becomes, becomes);
}

/** A buffer is memory that the call may change; a text is a directory, given as a descriptor. */
type Argument = number | Buffer | string;
interface Called {
  readonly result: number;
  readonly buffers: readonly Buffer[];
}

function here(name: string, words: readonly Argument[]): Called {
  const types = words.map((word, index) => `${Buffer.isBuffer(word) ? 'void *' : 'long '}a${index}`);
  const native = loadLibrary(at('x64.so'))(`long ${name}(${types.join(', ')})`);
  const opened = words.map((word) => (typeof word === 'string' ? openSync(word, 'r') : word));
  const given = opened.map((word) => (Buffer.isBuffer(word) ? Buffer.from(word) : word));
  const result = Number(native(...given));
  for (const [index, word] of words.entries()) if (typeof word === 'string') closeSync(Number(opened[index]));
  return { result, buffers: given.filter((word) => Buffer.isBuffer(word)) };
}

function emulated(name: string, words: readonly Argument[]): Called {
  const files: string[] = [];
  const texts = words.map((word, index) => {
    if (!Buffer.isBuffer(word)) return typeof word === 'string' ? `:${word}` : String(word);
    files.push(at(`argument-${index}`));
    writeFileSync(at(`argument-${index}`), word);
    return at(`argument-${index}`);
  });
  const line = ['-L', SYSROOT, at('call'), at('arm64.so'), name, ...texts];
  const result = Number(execFileSync(emulator, line, { encoding: 'utf8' }));
  return { result, buffers: files.map((file) => readFileSync(file)) };
}

const bytesOf = (array: Int32Array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
const ALL = 0xfff;

/** What both give: the result, and the buffers of these numbers. Room for the kernel's own lists is left out. */
function both(name: string, words: readonly Argument[], numbers: readonly number[]) {
  const [found, expected] = [emulated, here].map((call) => {
    const { result, buffers } = call(name, words);
    return { result, buffers: numbers.map((number) => buffers[number] ?? Buffer.alloc(0)) };
  });
  if (found === undefined) throw new Error('nothing was called');
  expect(found).toEqual(expected);
  return found;
}

describe.skipIf(why !== '')(`the library for aarch64${why}`, () => {
  const room = Buffer.alloc(65_536);
  const list = Buffer.alloc(32_768);

  it('reads processes', () => {
    const out = Buffer.alloc(800_000);
    const words = ['/proc', bytesOf(pids), Buffer.alloc(8), pids.length, ALL, out, out.length, 200_000];
    expect(both('porthole_scan', words, [0, 1, 2]).result).toBeGreaterThan(1000);
  });

  it('lists pids', () => {
    // Of one process: nothing comes and goes there.
    const words = [`/proc/${children[0]?.pid}/task`, room, 1024, list, list.length];
    expect(both('porthole_pids', words, [0]).result).toBe(2);
  });

  it('finds descriptors of namespaces and sockets', () => {
    const used = Buffer.alloc(8);
    const words = ['/proc', bytesOf(pids), 0, pids.length, ALL, room, room.length, list, list.length, used];
    expect(both('porthole_descriptors', words, [1, 3]).buffers[1]?.readBigInt64LE()).toBeGreaterThan(
      24n * 2n,
    );
  });

  it('finds threads that differ', () => {
    const used = Buffer.alloc(8);
    const words = ['/proc', bytesOf(pids), 0, pids.length, room, room.length, list, list.length, used];
    expect(both('porthole_threads', words, [1, 3]).buffers[1]?.readBigInt64LE()).toBeGreaterThan(0n);
  });

  it('knows namespaces by their inodes', () => {
    // What it asks them, by ioctl, qemu does not know.
    const paths = ['user', 'net', 'nothing'].map((type) => `/proc/self/ns/${type}\0`);
    const questions = Buffer.alloc(40 * paths.length);
    for (const index of paths.keys())
      questions.writeInt32LE(paths.slice(0, index).join('').length, index * 40);
    questions.writeDoubleLE(statSync('/proc/self/ns/user').ino, 16);
    const words = [questions, paths.length, Buffer.from(paths.join(''))];
    const [answers = questions] = both('porthole_relations', words, [0]).buffers;
    const { ESTALE, ENOENT } = constants.errno;
    expect([0, 1, 2].map((index) => answers.readInt32LE(index * 40 + 8))).toEqual([0, -ESTALE, -ENOENT]);
  });

  it('reads files again', () => {
    writeFileSync(at('same'), 'what it said');
    writeFileSync(at('other'), 'something else');
    const path = (name: string) => `${at(name)}\0`;
    const paths = [path('same'), path('other'), path('nothing')];
    const texts = Buffer.alloc(4096);
    texts.write('what it said');
    const files = Buffer.alloc(80 * paths.length);
    paths.forEach((_, index) => {
      const length = index === 0 ? 12 : NEVER;
      // fd, path, at, length, room, set, flags, leader, other, good_for, above
      const pathAt = paths.slice(0, index).join('').length;
      const row = [-1, pathAt, 0, length, index === 0 ? 64 : 0, index, 0, -1, -1, 0, -1];
      for (const [place, word] of row.entries()) files.writeInt32LE(word, index * 80 + place * 4);
    });
    const state = Buffer.alloc(32);
    state.writeInt32LE(64);
    const scratch = Buffer.alloc(256);
    const given = [
      files,
      0,
      paths.length,
      Buffer.from(paths.join('')),
      texts,
      texts.length,
      scratch,
      256,
      Buffer.alloc(3),
      state,
    ];
    const [found, expected] = [emulated, here].map((call) => {
      const { result, buffers } = call('porthole_repeat', given);
      const [rows = files, , said, , news, used] = buffers;
      // Without the times of reading.
      const facts = paths.map((_, index) => rows.subarray(index * 80, index * 80 + 56));
      return { result, facts, said, news, used: used?.subarray(0, 8) };
    });
    expect(found).toEqual(expected);
    expect([...(found?.news ?? [])]).toEqual([0, 1, 1]);
    expect(found?.said?.toString('latin1', 64, 78)).toBe('something else');
  });

  it('reads files and links of a process', () => {
    const [pid = 0] = pids;
    const names = ['exe', 'cgroup', 'nothing'].map((name) => `/proc/${pid}/${name}\0`);
    const asked = Buffer.alloc(16 * names.length);
    for (const index of names.keys()) {
      asked.writeInt32LE(names.slice(0, index).join('').length, index * 16);
      asked.writeInt32LE(index === 0 ? 1 : 0, index * 16 + 4);
    }
    const given = [asked, names.length, Buffer.from(names.join('')), Buffer.alloc(4096), 4096];
    // It returns nothing.
    const [found, expected] = [emulated, here].map((call) => call('porthole_files', given).buffers);
    expect(found).toEqual(expected);
    expect(found?.[2]?.toString('latin1')).toContain('porthole-namespaces');
  });

  it('watches arrivals', () => {
    expect(spawnSync(emulator, [at('arrivals')], { timeout: 20_000 }).status).toBe(7);
  });

  it('goes on in a helper', () => {
    // qemu cannot share memory with it: guarded reads and opens as such are not run.
    expect(spawnSync(emulator, [at('helper')]).status).toBe(7);
  });
});
