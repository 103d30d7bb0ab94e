// The native scan: what is checked in is what its source gives, and it finds what the reads one by one find.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProcessPass } from '../../collectors/process-pass.ts';
import { NAMESPACE_TYPES, type NamespaceType } from '../../src/kernel/tables/namespaces.ts';
import type { ProcessFacts } from '../../src/model/sample.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';
import { buildLibrary, COMPILERS, sha256 } from '../../src/sys/native/build.mjs';
import { LIBRARIES } from '../../src/sys/native/library.generated.ts';
import { beginScan } from '../../src/sys/scan-ahead.ts';
import { LEAST_BYTES, nativeScan } from '../../src/sys/scan-batch.ts';
import { Lab, type LabContainer } from '../lab/index.ts';
import { porthole, repository } from './porthole.ts';

/** Another compiler may give other bytes for the same source. */
const COMPILER = '12.2.0';

let lab: Lab;
let odd: LabContainer;

beforeAll(async () => {
  lab = await Lab.create();
  const script = '$0 = shift; sleep 1000000';
  odd = await lab.unshare({ name: 'odd', cmd: ['perl', '-e', script, ') S 1\n(b \x80\xff'] });
  await lab.chroot({ name: 'jail' });
});
afterAll(() => lab?.close());

describe.each(['x64', 'arm64'] as const)('the shared object for %s', (processor) => {
  const { command } = COMPILERS[processor];
  const version = spawnSync(command, ['-dumpfullversion'], { encoding: 'utf8' }).stdout?.trim();
  const why = version === undefined ? ` (skipped: there is no ${command})` : '';
  // Only without a compiler: another one is a reason to look, not to skip.
  it.skipIf(version === undefined)(`is what ${command} ${COMPILER} makes of the C files${why}`, () => {
    expect(version).toBe(COMPILER);
    expect(sha256(buildLibrary(processor))).toBe(LIBRARIES[processor].sha256);
  });

  it('is what its sum says', () => {
    const { gzip, sha256: sum } = LIBRARIES[processor];
    expect(sha256(gunzipSync(Buffer.from(gzip, 'base64')))).toBe(sum);
  });

  it.skipIf(process.arch !== processor)('loads from a sealed memfd', () =>
    expect(nativeScan()).toBeDefined(),
  );
});

// As of those of the launcher (launch-stub.test.ts): what asm-generic/unistd.h has is what aarch64 has.
it.each([
  ['x64', 'asm/unistd_64.h', ['-D__x86_64__'], []],
  [
    'arm64',
    'asm-generic/unistd.h',
    ['-U__x86_64__', '-D__aarch64__'],
    ['-D__BITS_PER_LONG=64', '-D__ARCH_WANT_NEW_STAT'],
  ],
] as const)('its numbers of system calls for %s are those of %s', (_, header, ownFlags, flags) => {
  const preprocess = (input: string, words: readonly string[]) =>
    execFileSync('gcc', ['-E', '-P', ...words, '-'], { input, encoding: 'utf8', cwd: repository });
  const pairs = (text: string, pattern: RegExp) =>
    [...text.matchAll(pattern)].map(([, name, number]) => [name, number]);
  const ours = pairs(preprocess('#include "src/sys/native/syscalls.h"\n', ownFlags), /SYS_(\w+) = (\d+)/g);
  expect(ours.length).toBeGreaterThan(20);
  const lines = ours.map(([name]) => `line ${name} __NR_${name}`).join('\n');
  expect(ours).toEqual(pairs(preprocess(`#include <${header}>\n${lines}\n`, flags), /^line (\w+) (\d+)$/gm));
});

/** A record and a few more; see scan-batch.ts. */
const ROOM_FOR_A_FEW = LEAST_BYTES + 4096;

/** By pid; what moves between two looks is left out. */
async function scanned(
  how: 'at once' | 'together' | 'begun before' | 'one by one',
  types: readonly NamespaceType[],
): Promise<Map<number, ProcessFacts>> {
  if (how === 'begun before') beginScan('/proc', { types }, ROOM_FOR_A_FEW);
  const pass = new ProcessPass(new KernelFiles(), { types, hierarchies: [] });
  if (how === 'at once') pass.lookAtAll();
  else if (how === 'together' || how === 'begun before') await pass.lookAtAllTogether(() => undefined);
  else for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) pass.look(name);
  pass.close();
  expect([...pass.refused]).toEqual([]);
  const still = (facts: ProcessFacts) => ({
    ...facts,
    // A worker of the kernel is called after what it does.
    ...(facts.isKernelThread && { comm: '' }),
    utimeTicks: 0,
    stimeTicks: 0,
    rssPages: 0,
    threads: 0,
    state: '',
  });
  return new Map([...pass.found].map(([pid, facts]) => [pid, still(facts)]));
}

describe('what it finds', () => {
  it.each<[string, 'at once' | 'together' | 'begun before', readonly NamespaceType[]]>([
    ['all types', 'at once', NAMESPACE_TYPES],
    ['mnt and pid', 'at once', ['mnt', 'pid']],
    ['by two threads', 'together', NAMESPACE_TYPES],
    ['by a thread that began before, and had too little room', 'begun before', NAMESPACE_TYPES],
  ])('%s: is what the reads one by one find, for every process of this host', async (_name, how, types) => {
    // What changed between two looks, one before and one after, says nothing about the one in between.
    const before = await scanned('one by one', types);
    const batch = await scanned(how, types);
    const after = await scanned('one by one', types);
    const steady = [...before].filter(
      ([pid, facts]) => batch.has(pid) && isDeepStrictEqual(facts, after.get(pid)),
    );
    expect(steady.length).toBeGreaterThan(20);
    for (const [pid, facts] of steady) expect(batch.get(pid)).toEqual(facts);
    expect([...batch.keys()]).toEqual([...batch.keys()].sort((a, b) => a - b));
    expect(batch.get(odd.initPid)?.comm).toContain('\n(b');
  });

  it('is all but kernel threads where nobody asks for those; the first of them stays', () => {
    const found = (natively: boolean, withoutKernelThreads: boolean) => {
      const pass = new ProcessPass(new KernelFiles(), {
        types: ['pid'],
        hierarchies: [],
        withoutKernelThreads,
      });
      if (natively) pass.lookAtAll();
      else for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) pass.look(name);
      pass.close();
      return [...pass.found.values()].filter(({ isKernelThread }) => isKernelThread).map(({ pid }) => pid);
    };
    for (const natively of [true, false]) {
      expect(found(natively, false).length).toBeGreaterThan(10);
      expect(found(natively, true)).toEqual([2]);
    }
  });

  it('refuses nothing it could not read either as an ordinary user', () => {
    const script = `${repository}/dist/porthole.cjs`;
    const list = (env: Record<string, string>) =>
      JSON.parse(
        execFileSync(
          'setpriv',
          [
            '--reuid=65534',
            '--clear-groups',
            '--inh-caps=-all',
            process.execPath,
            script,
            'ps',
            '-a',
            '--json',
          ],
          {
            encoding: 'utf8',
            maxBuffer: 64 * 1024 * 1024,
            env: { ...process.env, ...env },
            cwd: '/',
          },
        ),
      ).containers.map((each: { key: string; namespaces: unknown }) => [each.key, each.namespaces]);
    expect(list({})).toEqual(list({ PORTHOLE_NO_NATIVE_SCAN: '1' }));
  });

  it('falls back where nothing may run from a memfd', async () => {
    const { status, stdout } = await porthole(['ps', '-q'], { env: { PORTHOLE_NO_NATIVE_SCAN: '1' } });
    expect(status).toBe(0);
    expect(stdout).toContain(`proc:${odd.initPid}:`);
  });
});
