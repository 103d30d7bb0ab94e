/** Short runc containers, where runc and a static busybox are installed: real engine cgroups that come and go. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BUSYBOXES = ['/bin/busybox', '/usr/bin/busybox', '/bin/busybox-static'];
const LIFE_SECONDS = '0.7';

export class RuncContainers {
  #count = 0;

  private constructor(readonly directory: string) {}

  /** @returns why not, in words, when they cannot be made here */
  static prepare(): RuncContainers | string {
    if (spawnSync('runc', ['--version'], { stdio: 'ignore' }).status !== 0) return 'runc is not installed';
    const directory = mkdtempSync(join(tmpdir(), 'porthole-soak-'));
    const rootfs = join(directory, 'rootfs');
    for (const name of ['bin', 'proc', 'dev', 'sys']) mkdirSync(join(rootfs, name), { recursive: true });
    if (!BUSYBOXES.some((path) => runsAlone(path, rootfs))) {
      rmSync(directory, { recursive: true });
      return 'there is no static busybox for their root file system (apt-get install busybox-static)';
    }
    symlinkSync('busybox', join(rootfs, 'bin/sleep'));
    execFileSync('runc', ['spec', '--bundle', directory]);
    const config = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8'));
    config.process.terminal = false;
    config.process.args = ['/bin/sleep', LIFE_SECONDS];
    // Setting them needs CAP_SYS_RESOURCE, which not every root has.
    delete config.process.rlimits;
    writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
    const containers = new RuncContainers(directory);
    // Also when the soak is interrupted.
    process.once('exit', () => containers.dispose());
    return containers;
  }

  /** Runs one to its end and returns its id. */
  async runOne(): Promise<string> {
    this.#count += 1;
    const id = `porthole-soak-${process.pid}-${this.#count}`;
    const child = spawn('runc', [...this.#root, 'run', '--bundle', this.directory, id], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaints = '';
    child.stderr.on('data', (text) => {
      complaints += text;
    });
    const status = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? signal));
    });
    if (status !== 0) throw new Error(`runc run ended with ${status}: ${complaints.trim()}`);
    return id;
  }

  /** Safe to call twice. */
  dispose(): void {
    if (!existsSync(this.directory)) return;
    const left = execFileSync('runc', [...this.#root, 'list', '--quiet'], { encoding: 'utf8' });
    for (const id of left.split('\n').filter((line) => line !== '')) {
      execFileSync('runc', [...this.#root, 'delete', '--force', id]);
    }
    rmSync(this.directory, { recursive: true });
  }

  get #root(): string[] {
    return ['--root', join(this.directory, 'state')];
  }
}

/** A busybox that needs no libraries runs with nothing but itself below `/`. */
function runsAlone(path: string, rootfs: string): boolean {
  try {
    copyFileSync(path, join(rootfs, 'bin/busybox'));
  } catch {
    return false;
  }
  return spawnSync('chroot', [rootfs, '/bin/busybox', 'true'], { stdio: 'ignore' }).status === 0;
}
