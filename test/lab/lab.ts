// The lab of one test: real containers from real engines, all of them gone when it closes, whatever happened in between.
import { mkdtempSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { startBubblewrap } from './bubblewrap.ts';
import { type LabCgroup, makeCgroup } from './cgroup.ts';
import { type ChrootOptions, startChroot } from './chroot.ts';
import type { LabContainer, LabProcess, RunContainer } from './container.ts';
import { ContainerdEngine } from './containerd.ts';
import { LabCore } from './core.ts';
import { DockerEngine } from './docker.ts';
import { cgroupDirs } from './host.ts';
import { Journal, labDirs, labParent, labPrefix } from './journal.ts';
import { type HostSnapshot, leftovers, snapshot } from './leftovers.ts';
import { type LxcOptions, startLxc } from './lxc.ts';
import { type NspawnOptions, startNspawn } from './nspawn.ts';
import { PodmanEngine } from './podman.ts';
import { makeRootfs } from './rootfs.ts';
import { type RuncOptions, startRunc } from './runc.ts';
import { sweep, sweepStale } from './sweep.ts';
import { startUnshare, type UnshareOptions } from './unshare.ts';
import { waitFor } from './wait.ts';

const open = new Set<string>();

// For a test process that ends without close(). One that is killed is swept by the next lab or the next test run.
process.on('exit', () => {
  for (const dir of open) sweep(dir);
});

export class Lab {
  readonly dir: string;
  readonly rootfs: string;
  readonly #core: LabCore;
  readonly #before: HostSnapshot;
  #docker: Promise<DockerEngine> | undefined;
  #containerd: Promise<ContainerdEngine> | undefined;
  #podman: Promise<PodmanEngine> | undefined;

  private constructor(core: LabCore, before: HostSnapshot) {
    this.dir = core.dir;
    this.rootfs = core.rootfs;
    this.#core = core;
    this.#before = before;
  }

  static async create(): Promise<Lab> {
    if (process.getuid?.() !== 0) throw new Error('the lab needs root: it starts real containers');
    sweepStale();
    const before = snapshot();
    const claimed = new Set(labDirs().flatMap((dir) => [...new Journal(dir).cgroups().keys()]));
    const dir = mkdtempSync(join(labParent(), labPrefix));
    open.add(dir);
    const journal = new Journal(dir);
    journal.own();
    // What other labs made they also remove, if we do not keep it busy: whoever is last removes it.
    journal.write({ kind: 'baseline', cgroups: cgroupDirs().filter((path) => !claimed.has(path)) });
    const core = new LabCore(dir);
    makeRootfs(core.rootfs);
    return new Lab(core, before);
  }

  /** Starts dockerd when first called. */
  docker(): Promise<DockerEngine> {
    this.#docker ??= new DockerEngine(this.#core).start();
    return this.#docker;
  }

  /** Starts containerd when first called. */
  containerd(): Promise<ContainerdEngine> {
    this.#containerd ??= new ContainerdEngine(this.#core).start();
    return this.#containerd;
  }

  /** podman has no daemon: its storage with the image, for tests that want more than `podman()`. The first call's words count. */
  podmanEngine(storageArgs: readonly string[] = []): Promise<PodmanEngine> {
    this.#podman ??= new PodmanEngine(this.#core, storageArgs).start();
    return this.#podman;
  }

  async podman(options: RunContainer): Promise<LabContainer> {
    return (await this.podmanEngine()).run(options);
  }

  runc = (options: RuncOptions): Promise<LabContainer> => startRunc(this.#core, options);
  lxc = (options: LxcOptions): Promise<LabContainer> => startLxc(this.#core, options);
  nspawn = (options: NspawnOptions): Promise<LabContainer> => startNspawn(this.#core, options);
  bubblewrap = (options: RunContainer): Promise<LabContainer> => startBubblewrap(this.#core, options);
  unshare = (options: UnshareOptions = {}): Promise<LabContainer> => startUnshare(this.#core, options);
  chroot = (options: ChrootOptions): Promise<LabContainer> => startChroot(this.#core, options);

  /** A cgroup `/LAB/NAME` in the hierarchies of these controllers (`unified`: v2), gone when the lab closes. */
  async cgroup(
    controllers: readonly string[],
    name: string,
    limits: Record<string, string> = {},
  ): Promise<LabCgroup> {
    return makeCgroup(this.#core, controllers, `/${basename(this.dir)}/${name}`, limits);
  }

  readonly waitFor = waitFor;

  /** Takes care of a process that the test itself started: it, and what it starts, ends with the lab. */
  track(process: number | { readonly pid?: number | undefined }): LabProcess {
    const pid = typeof process === 'number' ? process : process.pid;
    if (pid === undefined) throw new Error('cannot track a process that was not started');
    return this.#core.process(pid, 'started by the test');
  }

  /** Stops everything and checks that nothing stays; throws with what could not be stopped and what stays. */
  async close(): Promise<void> {
    if (!open.has(this.dir)) return;
    const failures = await this.#core.stopAll();
    sweep(this.dir);
    open.delete(this.dir);
    rmSync(this.dir, { recursive: true, force: true });
    let left: string[] = [];
    await waitFor(
      () => {
        left = leftovers(this.#before, open).filter((line) => line.includes(basename(this.dir)));
        return left.length === 0;
      },
      () => `nothing to stay of ${this.dir}: ${left.join('; ')}`,
      3000,
    ).catch((error: Error) => failures.push(error));
    if (failures.length > 0)
      throw new AggregateError(failures, failures.map((failure) => failure.message).join('\n'));
  }
}
