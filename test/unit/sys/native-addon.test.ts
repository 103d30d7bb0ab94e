// The native library as Node's addon: what is loaded stays for a whole process, so that each case has its own.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nativeAddon } from '../../../src/sys/native-addon.ts';
import { libraryFile, writeProgram } from '../snippet.ts';

const directory = mkdtempSync(join(tmpdir(), 'porthole-addon-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const file = join(directory, 'library.so');
const plugin = libraryFile(file);

const has = process.arch === 'x64' || process.arch === 'arm64';
/** By processor: not the same numbers. */
const NUMBERS = process.arch === 'x64' ? { read: 0, getpid: 39 } : { read: 63, getpid: 172 };

let programs = 0;
/** @param body of a function that is given what koffi.ts and native-addon.ts export; its result comes back */
async function told(body: string, env: Record<string, string> = {}): Promise<unknown> {
  programs += 1;
  const program = join(directory, `program-${programs}.cjs`);
  await writeProgram(
    program,
    'src/sys',
    `import * as koffi from './koffi.ts';
    import * as own from './native-addon.ts';
    import { readFileSync, openSync } from 'node:fs';
    const NUMBERS = ${JSON.stringify(NUMBERS)};
    const hasKoffi = () => readFileSync('/proc/self/maps', 'latin1').includes('koffi.node');
    const thrown = (action) => { try { return action(); } catch (error) { return String(error); } };
    console.log(JSON.stringify((() => { ${body} })()));`,
    [plugin],
  );
  const options = { encoding: 'utf8', env: { ...process.env, ...env } } as const;
  return JSON.parse(execFileSync(process.execPath, [program], options));
}

describe.skipIf(!has)('the native library as an addon', () => {
  it('makes system calls with numbers, bytes and null, and tells their errnos', async () => {
    writeFileSync(join(directory, 'text'), 'hello');
    const answers = await told(`const { syscall } = own.nativeAddon();
      const into = new Uint8Array(3), big = Buffer.allocUnsafeSlow(10_000);
      const fd = openSync(${JSON.stringify(join(directory, 'text'))});
      return [
        syscall(NUMBERS.getpid) === process.pid,
        syscall(NUMBERS.read, fd, into, 3, 0), Buffer.from(into).toString(),
        syscall(NUMBERS.read, BigInt(fd), big.subarray(5000), 10n, null), big.toString('latin1', 5000, 5002),
        syscall(NUMBERS.read, -1, into, 3),
        syscall(NUMBERS.read, fd, null, 1),
        hasKoffi(),
      ];`);
    // EBADF; a file that is at its end is not read into nowhere.
    expect(answers).toEqual([true, 3, 'hel', 2, 'lo', -9, 0, false]);
  });

  it.each(["'text'", 'undefined', '{}', 'true', '[1]', '() => 0'])('takes no %s', async (what) => {
    const answers = await told(`const { syscall } = own.nativeAddon();
      return [thrown(() => syscall(NUMBERS.getpid, ${what})), syscall(NUMBERS.getpid) === process.pid];`);
    expect(answers).toEqual([
      'TypeError: numbers, views of bytes and null can be passed, and nothing else',
      true,
    ]);
  });

  it("calls by number are the addon's until something needs koffi, and errnos are those of who was called", async () => {
    const answers = await told(`const syscall = () => koffi.libcFunction(koffi.SYSCALL_WITH_POINTERS);
      const failing = () => [syscall()(NUMBERS.read, -1, null, null, 0), koffi.lastErrno()];
      const before = [koffi.isSyscallOpen(), ...failing(), thrown(() => koffi.closeDescriptor(-1)), hasKoffi()];
      const open = koffi.libcFunction('int open(const void *path, int flags)');
      const between = [open(Buffer.from('/nowhere\\0'), 0), koffi.lastErrno(), hasKoffi()];
      return [before, between, failing(), thrown(() => koffi.closeDescriptor(-1)), syscall()(NUMBERS.getpid, 0, null, null, 0) === process.pid];`);
    expect(answers).toEqual([
      [false, -1, 'EBADF', 'SyscallError: close: EBADF', false],
      [-1, 'ENOENT', true],
      [-1, 'EBADF'],
      'SyscallError: close: EBADF',
      true,
    ]);
  });

  it('begins a scan, and gives what it reads, without koffi', async () => {
    const program = join(directory, 'scan.cjs');
    await writeProgram(
      program,
      'src/sys',
      `import { readFileSync } from 'node:fs';
      import { beginScan, takeScan } from './scan-ahead.ts';
      const links = { types: ['mnt'] };
      beginScan('/proc', links);
      const scan = takeScan('/proc', links);
      console.log(scan.pids.includes(process.pid), scan.end() > 0, readFileSync('/proc/self/maps', 'latin1').includes('koffi.node'));`,
      [plugin],
    );
    expect(execFileSync(process.execPath, [program], { encoding: 'utf8' })).toBe('true true false\n');
  });

  it('is done without where it is not wanted, cannot be loaded, or is no addon', async () => {
    const body = 'return [own.nativeAddon() === undefined, own.isAddonLoaded(), hasKoffi()];';
    expect(await told(body, { PORTHOLE_NO_NATIVE_SCAN: '1' })).toEqual([true, false, false]);
    writeFileSync(file, 'no object');
    expect(await told(body)).toEqual([true, false, false]);
    expect(
      await told(
        'return [koffi.libcFunction(koffi.SYSCALL_WITH_POINTERS)(NUMBERS.getpid, 0, null, null, 0) === process.pid, hasKoffi()];',
      ),
    ).toEqual([true, true]);
  });
});

it('as text it is no addon', () => expect(nativeAddon()).toBeUndefined());
