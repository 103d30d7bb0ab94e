// Makes scan.generated.ts from scan.c: the shared object as text, with its SHA-256. `--check` builds and compares instead:
// what is checked in must be what the source gives with Debian 12's gcc.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

export function buildScan() {
  const directory = mkdtempSync(join(tmpdir(), 'porthole-native-'));
  try {
    const output = join(directory, 'scan.so');
    execFileSync('gcc', [...FLAGS, '-o', output, 'scan.c'], {
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
  const built = buildScan();
  const packed = gzipSync(built, { level: 9 }).toString('base64');
  const text = packed.replace(/.{1,100}/g, (line) => `  '${line}' +\n`).replace(/ \+\n$/, '');
  writeFileSync(
    join(here, 'scan.generated.ts'),
    `/** Made by build.mjs from scan.c; do not edit. x86_64 shared object, gzip, base64. */\nexport const SCAN_SHA256 = '${sha256(built)}';\nexport const SCAN_X86_64 =\n${text};\n`,
  );
}
