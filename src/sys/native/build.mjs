// Makes library.generated.ts from the C files beside it: one shared object as text, with its SHA-256. What is checked in
// must be what the source gives with Debian 12's gcc, which a live test compares.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = fileURLToPath(new URL('.', import.meta.url));
const FLAGS = [
  ['-shared', '-fPIC', '-O2', '-nostdlib', '-ffreestanding', '-fno-stack-protector', '-fcf-protection=none'],
  [
    '-fno-asynchronous-unwind-tables',
    '-fvisibility=hidden',
    '-march=x86-64',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-s',
  ],
  ['-Wl,--build-id=none', '-Wl,-z,noexecstack', '-Wl,-z,noseparate-code', '-Wl,--hash-style=gnu'],
].flat();

export function buildLibrary() {
  const directory = mkdtempSync(join(tmpdir(), 'porthole-native-'));
  try {
    const sources = readdirSync(here)
      .filter((name) => name.endsWith('.c'))
      .sort();
    const output = join(directory, 'library.so');
    execFileSync('gcc', [...FLAGS, '-o', output, ...sources], {
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
  const built = buildLibrary();
  const packed = gzipSync(built, { level: 9 }).toString('base64');
  const text = packed.replace(/.{1,100}/g, (line) => `  '${line}' +\n`).replace(/ \+\n$/, '');
  writeFileSync(
    join(here, 'library.generated.ts'),
    `/** Made by build.mjs from the C files here; do not edit. x86_64 shared object, gzip, base64. */\nexport const LIBRARY_SHA256 = '${sha256(built)}';\nexport const LIBRARY_X86_64 =\n${text};\n`,
  );
}
