// podman with a storage of the lab's own. No daemon: each container has a conmon, each exec session one more.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultCommand, type LabContainer, type RunContainer } from './container.ts';
import type { LabCore } from './core.ts';
import { packRootfs } from './image.ts';
import { awaitCommand } from './inside.ts';
import { orUndefined } from './proc.ts';
import { waitFor } from './wait.ts';

// Podman raises nofile and nproc unless told otherwise; its default locks live in /dev/shm, its events in the journal.
const containersConf = `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
lock_type = "file"
events_logger = "none"
`;

export class PodmanEngine {
  static readonly image = 'localhost/porthole-lab:latest';
  readonly root: string;
  readonly runRoot: string;
  readonly #core: LabCore;
  readonly #dir: string;

  /** @param storageArgs words of podman about its storage */
  constructor(
    core: LabCore,
    readonly storageArgs: readonly string[] = [],
  ) {
    this.#core = core;
    this.#dir = join(core.dir, 'podman');
    this.root = join(this.#dir, 'root');
    this.runRoot = join(this.#dir, 'run');
  }

  async start(): Promise<this> {
    await this.#core.run(['mkdir', this.#dir]);
    writeFileSync(join(this.#dir, 'containers.conf'), containersConf);
    const storage = [
      '[storage]',
      'driver = "overlay"',
      `graphroot = "${this.root}"`,
      `runroot = "${this.runRoot}"`,
    ];
    writeFileSync(join(this.#dir, 'storage.conf'), `${storage.join('\n')}\n`);
    for (const path of ['libpod_parent', 'libpod_parent/conmon']) this.#core.claimCgroup(path, false);
    await this.cli(['import', await packRootfs(this.#core), PodmanEngine.image]);
    return this;
  }

  cli(words: readonly string[]): Promise<string> {
    const places = ['--root', this.root, '--runroot', this.runRoot, '--tmpdir', join(this.#dir, 'tmp')];
    const runtime = ['--runtime', 'runc', '--cgroup-manager=cgroupfs', '--storage-driver', 'overlay'];
    const storage = [...places, ...this.storageArgs, ...runtime];
    return this.#core.runEnclosed(['podman', ...storage, ...words], {
      env: {
        CONTAINERS_CONF: join(this.#dir, 'containers.conf'),
        CONTAINERS_STORAGE_CONF: join(this.#dir, 'storage.conf'),
      },
    });
  }

  async run({ name, args = [], cmd = defaultCommand }: RunContainer): Promise<LabContainer> {
    const { image } = PodmanEngine;
    const id = (
      await this.cli(['run', '-d', '--name', name, '--network', 'none', ...args, image, ...cmd])
    ).trim();
    this.#core.onClose(
      `podman ${name}`,
      async () => void (await this.cli(['rm', '-f', '-i', '-t', '0', id])),
    );
    const { State } = await this.inspect(id);
    const initPid = await awaitCommand(State.Pid);
    this.#core.process(initPid, `podman ${name}`);
    this.#core.process(State.ConmonPid, `conmon of ${name}`);
    this.#core.claimCgroupsOf(initPid);
    return {
      runtime: 'podman',
      name,
      id,
      initPid,
      commandPid: initPid,
      image,
      exec: async (argv, { args: execArgs = [] } = {}) => {
        const session = (await this.cli(['exec', '-d', ...execArgs, id, ...argv])).trim();
        const pid = await waitFor(() => this.#execPid(id, session), `podman exec ${argv.join(' ')}`);
        return this.#core.process(await awaitCommand(pid), argv.join(' '));
      },
      pause: async () => void (await this.cli(['pause', id])),
      resume: async () => void (await this.cli(['unpause', id])),
      stop: async () => void (await this.cli(['rm', '-f', '-t', '0', id])),
    };
  }

  /** Podman tells an exec'd process's pid to nobody but itself: in the session's pid file. */
  #execPid(id: string, session: string): number | undefined {
    const file = join(this.root, 'overlay-containers', id, 'userdata', session, 'exec_pid');
    const text = orUndefined(() => readFileSync(file, 'latin1'));
    return text ? Number(text) : undefined;
  }

  async inspect(id: string): Promise<PodmanInspect> {
    const [container] = JSON.parse(await this.cli(['inspect', id])) as PodmanInspect[];
    if (!container) throw new Error(`podman inspect ${id}: empty answer`);
    return container;
  }
}

export interface PodmanInspect {
  readonly Id: string;
  readonly State: { readonly Pid: number; readonly ConmonPid: number; readonly CgroupPath: string };
  readonly [key: string]: unknown;
}
