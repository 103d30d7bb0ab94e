// Makes library.generated.ts from the C files beside it: for both processors one shared object as text, with its SHA-256. What
// is checked in must be what the source gives with Debian 12's compilers, which a live test compares.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = fileURLToPath(new URL('.', import.meta.url));
const COMMON = [
  ['-shared', '-fPIC', '-O2', '-nostdlib', '-ffreestanding', '-fno-stack-protector'],
  ['-fno-asynchronous-unwind-tables', '-fvisibility=hidden', '-Wall', '-Wextra', '-Werror', '-s'],
  // Copying is a loop, not a call of libc's. What a thread runs stays loaded, and finds what is beside it.
  ['-fno-tree-loop-distribute-patterns', '-Wl,-z,nodelete', '-Wl,-Bsymbolic'],
  ['-Wl,--build-id=none', '-Wl,-z,noexecstack', '-Wl,-z,noseparate-code', '-Wl,--hash-style=gnu'],
].flat();

/** By processor as Node names it: the compiler, and what it needs to be told. */
export const COMPILERS = {
  x64: { command: 'x86_64-linux-gnu-gcc', flags: ['-march=x86-64', '-fcf-protection=none'] },
  arm64: {
    command: 'aarch64-linux-gnu-gcc',
    flags: [
      ['-march=armv8-a', '-mno-outline-atomics', '-mbranch-protection=none', '-fno-unwind-tables'],
      ['-Wl,-z,norelro'],
    ].flat(),
  },
};

export function buildLibrary(processor) {
  const directory = mkdtempSync(join(tmpdir(), 'porthole-native-'));
  try {
    const sources = readdirSync(here)
      .filter((name) => name.endsWith('.c'))
      .sort();
    const output = join(directory, 'library.so');
    const { command, flags } = COMPILERS[processor];
    execFileSync(command, [...COMMON, ...flags, '-o', output, ...sources], {
      cwd: here,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return readFileSync(output);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const entries = Object.keys(COMPILERS).map((processor) => {
    const built = buildLibrary(processor);
    const packed = gzipSync(built, { level: 9 }).toString('base64');
    const text = packed.replace(/.{1,96}/g, (line) => `      '${line}' +\n`).replace(/ \+\n$/, '');
    return `  ${processor}: {\n    sha256: '${sha256(built)}',\n    gzip:\n${text},\n  },\n`;
  });
  writeFileSync(
    join(here, 'library.generated.ts'),
    `/** Made by build.mjs from the C files here; do not edit. By processor as Node names it: a shared object, gzip, base64. */\nexport const LIBRARIES = {\n${entries.join('')}} as const;\n`,
  );
}
