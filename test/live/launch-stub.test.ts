// The stub that is checked in is what its source gives, and its tables of numbers are those of the kernel's headers.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildStub, COMPILERS, sha256 } from '../../src/launch/build.mjs';
import * as flag from '../../src/launch/flags.ts';
import { STARTERS } from '../../src/launch/starter.generated.ts';
import { STUBS } from '../../src/launch/stub.generated.ts';
import { allCalls } from '../../src/launch/syscalls.ts';

/** Another compiler may give other bytes for the same source. */
const COMPILER = '12.2.0';
const directory = mkdtempSync(join(tmpdir(), 'porthole-launch-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Of the one that every action starts, half a page; of the one that lies beside a container's programs, one. */
const MOST_BYTES = { 'stub.c': 2048, 'starter.c': 4096 };

const CASES = (['x64', 'arm64'] as const).flatMap((processor) => [
  { source: 'stub.c' as const, processor, made: STUBS[processor] },
  { source: 'starter.c' as const, processor, made: STARTERS[processor] },
]);

describe.each(CASES)('$source for $processor', ({ source, processor, made }) => {
  const { command } = COMPILERS[processor];
  const version = spawnSync(command, ['-dumpfullversion'], { encoding: 'utf8' }).stdout?.trim();
  const why = version === undefined ? ` (skipped: there is no ${command})` : '';
  // Only without a compiler: another one is a reason to look, not to skip.
  it.skipIf(version === undefined)(`is what ${command} ${COMPILER} makes of it${why}`, () => {
    expect(version).toBe(COMPILER);
    expect(sha256(buildStub(processor, source))).toBe(made.sha256);
  });

  it('is what its sum says, and small', () => {
    const { base64, sha256: sum } = made;
    const bytes = Buffer.from(base64, 'base64');
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sum);
    expect(bytes.length).toBeLessThanOrEqual(MOST_BYTES[source]);
  });
});

describe('numbers of system calls', () => {
  const names = Object.values(allCalls()).map(({ name }) => name);
  // What asm-generic/unistd.h has is what aarch64 has.
  it.each([
    ['x64', 'asm/unistd_64.h', []],
    ['arm64', 'asm-generic/unistd.h', ['-D__BITS_PER_LONG=64', '-D__ARCH_WANT_SYS_CLONE3']],
  ] as const)('of %s are those of %s', (processor, header, flags) => {
    const source = `#include <${header}>\n${names.map((name) => `line ${name} __NR_${name}`).join('\n')}\n`;
    const found = execFileSync('gcc', ['-E', '-P', ...flags, '-'], { input: source, encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.startsWith('line '))
      .map((line) => line.split(' ').slice(1));
    expect(found).toEqual(
      Object.values(allCalls()).map(({ name, numbers }) => [name, String(numbers[processor])]),
    );
  });
});

it('names of flags have the values that the headers give them', () => {
  const { OPEN, PR_CAP_AMBIENT, ...tables } = flag;
  const names = Object.values({ ...tables, open: OPEN.x64, PR_CAP_AMBIENT }).flatMap((table) =>
    typeof table === 'object' ? Object.entries(table) : [],
  );
  const headers = [
    ...[
      'fcntl.h',
      'sched.h',
      'signal.h',
      'sys/wait.h',
      'sys/socket.h',
      'netinet/in.h',
      'sys/ioctl.h',
      'sys/mount.h',
    ],
    ...[
      'sys/resource.h',
      'sys/personality.h',
      'sys/prctl.h',
      'linux/sched.h',
      'linux/openat2.h',
      'linux/fs.h',
    ],
    ...['linux/close_range.h', 'linux/seccomp.h', 'linux/keyctl.h', 'linux/sockios.h'],
  ];
  const lines = names.map(([name]) => `  printf("%s %llu\\n", "${name}", (unsigned long long)${name});`);
  const source = `#define _GNU_SOURCE\n${headers.map((each) => `#include <${each}>\n`).join('')}#include <stdio.h>
int main(void) {\n${lines.join('\n')}\n  return 0;\n}\n`;
  const program = join(directory, 'flags');
  execFileSync('gcc', ['-w', '-x', 'c', '-o', program, '-'], { input: source });
  const found = execFileSync(program, { encoding: 'utf8' }).trim().split('\n');
  expect(found).toEqual(names.map(([name, value]) => `${name} ${value}`));
});
