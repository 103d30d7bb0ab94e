// What the lab needs from Debian, and how to get it. Plain node without dependencies: it runs before `npm test` does anything,
// and by itself as `node test/lab/packages.mjs`.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Package, and the program (or file, with a leading slash) that proves it is there. */
export const packages = [
  ['docker.io', 'dockerd'],
  ['docker.io', 'docker'],
  ['containerd', 'containerd'],
  ['containerd', 'ctr'],
  ['containerd', 'containerd-shim-runc-v2'],
  ['runc', 'runc'],
  ['crun', 'crun'],
  ['podman', 'podman'],
  ['podman', 'conmon'],
  ['lxc', 'lxc-start'],
  ['systemd-container', 'systemd-nspawn'],
  ['bubblewrap', 'bwrap'],
  // A busybox that needs libraries cannot run in an empty root; both packages have the same program.
  ['busybox-static', '/var/lib/dpkg/info/busybox-static.list'],
  ['util-linux', 'unshare'],
  ['util-linux', 'findmnt'],
  ['libcap2-bin', 'setcap'],
  ['util-linux', 'nsenter'],
  ['uidmap', 'newuidmap'],
  ['tmux', 'tmux'],
  ['strace', 'strace'],
  ['procps', 'ps'],
  ['htop', 'htop'],
  ['iproute2', 'ip'],
  ['gcc', 'gcc'],
  ['libc6-dev', '/usr/include/stdio.h'],
];

/** Other kernels, processors and file systems. Not every mirror and architecture has them: their tests are skipped without. */
export const machinePackages = [
  ['user-mode-linux', 'linux.uml'],
  ['qemu-system-x86', 'qemu-system-x86_64'],
  ['gcc-aarch64-linux-gnu', 'aarch64-linux-gnu-gcc'],
  ['qemu-user-static', 'qemu-aarch64-static'],
  ['fuse-overlayfs', 'fuse-overlayfs'],
];

/** What the bench holds itself to where it can be had. */
const benchPackages = [['btop', 'btop']];

const alwaysSearched = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** @param {string} proof */
function isThere(proof) {
  if (proof.startsWith('/')) return existsSync(proof);
  const path = [...(process.env['PATH'] ?? '').split(':'), ...alwaysSearched];
  return path.some((directory) => isExecutable(join(directory, proof)));
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // absent or not executable: either way not a program
  }
}

/** @returns {string[]} packages whose proof is missing */
export function missingPackages() {
  return [...new Set(packages.filter(([, proof]) => !isThere(proof)).map(([name]) => name))];
}

/** Installs what is missing, and says so first. Throws an Error that says what could not be done and why. */
export function installPackages() {
  installEach(benchPackages, 'the bench does not compare with it');
  const missing = missingPackages();
  if (missing.length === 0) return;
  install(missing);
  const still = missingPackages();
  if (still.length > 0) throw new Error(`installed, but still without their programs: ${still.join(' ')}`);
}

export function installMachinePackages() {
  installEach(machinePackages, 'tests on its kernel are skipped');
}

/**
 * Each by itself, and what cannot be had is said, not thrown.
 * @param {string[][]} wanted
 * @param {string} otherwise
 */
function installEach(wanted, otherwise) {
  for (const [name = '', proof = ''] of wanted) {
    if (isThere(proof)) continue;
    try {
      install([name]);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      process.stdout.write(`Without ${name}, ${otherwise}: ${why}\n`);
    }
  }
}

/** @param {string[]} missing */
function install(missing) {
  const list = missing.join(' ');
  if (process.geteuid?.() !== 0) throw new Error(`the lab needs root to install: ${list}`);
  if (!isThere('apt-get'))
    throw new Error(`the lab needs these programs, and there is no apt-get to install them: ${list}`);
  process.stdout.write(`Installing with apt-get for the tests with real containers: ${list}\n`);
  withoutServices(() => {
    apt(['update']);
    apt(['install', '-y', '--no-install-recommends', ...missing]);
  });
}

/** @param {string[]} words */
function apt(words) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, signal, error, stdout, stderr } = spawnSync('apt-get', ['-q', ...words], {
    env,
    encoding: 'utf8',
  });
  if (status === 0) return;
  const said = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-20).join('\n');
  throw new Error(
    `apt-get ${words.join(' ')}: ${error?.message ?? `ended with ${signal ?? status}`}\n${said}`,
  );
}

const policyFile = '/usr/sbin/policy-rc.d';
const policy =
  '#!/bin/sh\n# From porthole test/lab/packages.mjs: no service is started by what it installs.\nexit 101\n';

/**
 * Debian packages start their services (dockerd, containerd, lxc-net); a policy-rc.d that says 101 forbids it.
 * One that somebody else put there is theirs to decide; one of ours is left from a run that was killed.
 * @param {() => void} install
 */
function withoutServices(install) {
  const isOurs = !existsSync(policyFile) || readFileSync(policyFile, 'utf8') === policy;
  if (isOurs) writeFileSync(policyFile, policy, { mode: 0o755 });
  try {
    install();
  } finally {
    if (isOurs) rmSync(policyFile, { force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    installPackages();
    process.stdout.write('Everything the lab needs is installed.\n');
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
