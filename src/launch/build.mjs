// Makes stub.generated.ts from stub.c and starter.generated.ts from starter.c: for both processors, as text, each with its
// SHA-256. What is checked in must be what the source gives with Debian 12's compilers, which a live test compares.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';

const here = fileURLToPath(new URL('.', import.meta.url));
const COMMON = [
  ['-std=gnu11', '-Os', '-ffreestanding', '-nostdlib', '-static', '-fno-pic', '-no-pie'],
  ['-fno-stack-protector', '-fno-asynchronous-unwind-tables', '-fno-unwind-tables', '-fno-jump-tables'],
  ['-fno-tree-loop-distribute-patterns', '-fno-strict-aliasing', '-fno-ident', '-Wall', '-Wextra', '-Werror'],
  ['-s', '-Wl,-T,stub.ld', '-Wl,--build-id=none', '-Wl,-z,noexecstack', '-Wl,-z,max-page-size=65536'],
].flat();

/** By processor as Node names it: the compiler, and what it needs to be told. */
export const COMPILERS = {
  x64: { command: 'x86_64-linux-gnu-gcc', flags: ['-march=x86-64', '-fcf-protection=none'] },
  arm64: {
    command: 'aarch64-linux-gnu-gcc',
    flags: ['-march=armv8-a', '-mno-outline-atomics', '-mbranch-protection=none'],
  },
};

/** As the compiler makes it, without what only a debugger would read. */
export function buildStub(processor, source = 'stub.c') {
  const { command, flags } = COMPILERS[processor];
  const directory = mkdtempSync(join(tmpdir(), 'porthole-stub-'));
  try {
    const output = join(directory, 'stub');
    execFileSync(command, [...COMMON, ...flags, '-o', output, source], {
      cwd: here,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return withoutSections(readFileSync(output));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Only the first segment, and a header that names no sections. @see elf(5) */
function withoutSections(elf) {
  const firstSegment = Number(elf.readBigUInt64LE(32));
  const stub = Buffer.from(elf.subarray(0, Number(elf.readBigUInt64LE(firstSegment + 32))));
  stub.writeBigUInt64LE(0n, 40);
  stub.writeUInt16LE(0, 58);
  stub.writeUInt16LE(0, 60);
  stub.writeUInt16LE(0, 62);
  return stub;
}

export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

function generate(source, output, name) {
  const entries = Object.keys(COMPILERS).map((processor) => {
    const stub = buildStub(processor, source);
    const lines = stub.toString('base64').replace(/.{1,96}/g, (line) => `      '${line}' +\n`);
    return `  ${processor}: {\n    sha256: '${sha256(stub)}',\n    crc: ${crc32(stub)},\n    base64:\n${lines.replace(/ \+\n$/, '')},\n  },\n`;
  });
  writeFileSync(
    join(here, output),
    `/** Made by build.mjs from ${source}; do not edit. By processor as Node names it: a static ELF, base64, and its sum. */\nexport const ${name} = {\n${entries.join('')}} as const;\n`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  generate('stub.c', 'stub.generated.ts', 'STUBS');
  generate('starter.c', 'starter.generated.ts', 'STARTERS');
}
