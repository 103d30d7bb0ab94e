// Docker: a dockerd of the lab's own, with its containerd below it, started when first asked for.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultCommand, type LabContainer, type RunContainer } from './container.ts';
import type { LabCore, Launched } from './core.ts';
import { type DockerInspect, type DockerStats, dockerExec, dockerRequest } from './docker-api.ts';
import { packRootfs } from './image.ts';
import { awaitCommand } from './inside.ts';
import { waitFor } from './wait.ts';

/** dockerd raises the first two when they are low; forwarding is off by flag and kept in case. */
const sysctls = ['kernel/keys/root_maxkeys', 'kernel/keys/root_maxbytes', 'net/ipv4/ip_forward'];

export interface DockerRun extends RunContainer {
  readonly image?: string;
}

export class DockerEngine {
  static readonly image = 'porthole-lab:latest';
  readonly socket: string;
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly #core: LabCore;
  #daemon: Launched | undefined;

  constructor(core: LabCore) {
    this.#core = core;
    const dir = join(core.dir, 'docker');
    mkdirSync(dir);
    this.socket = join(dir, 'docker.sock');
    this.dataRoot = join(dir, 'data');
    this.execRoot = join(dir, 'exec');
  }

  get pid(): number | undefined {
    return this.#daemon?.pid;
  }

  async start(): Promise<this> {
    const core = this.#core;
    for (const path of sysctls) core.keepSysctl(`/proc/sys/${path}`);
    core.claimCgroup('docker', false);
    const daemon = core.launch(await core.enclosed(this.#daemonArgv()), 'dockerd');
    this.#daemon = daemon;
    core.onClose('dockerd', () => this.stop());
    await waitFor(async () => {
      daemon.check();
      return await dockerRequest(this.socket, 'GET', '/_ping').then(
        () => true,
        () => false, // not yet listening
      );
    }, 'dockerd to answer');
    await this.cli(['import', await packRootfs(core), DockerEngine.image]);
    return this;
  }

  #daemonArgv(): string[] {
    const dir = join(this.dataRoot, '..');
    const config = join(dir, 'daemon.json');
    // Without this key dockerd writes /etc/docker/key.json; there is no flag for it.
    writeFileSync(config, JSON.stringify({ 'deprecated-key-path': join(dir, 'key.json') }));
    const paths = [
      '--data-root',
      this.dataRoot,
      '--exec-root',
      this.execRoot,
      '--pidfile',
      join(dir, 'docker.pid'),
    ];
    const network = ['--iptables=false', '--ip-forward=false', '--ip-masq=false', '--bridge=none'];
    const storage = ['--storage-driver', 'overlay2'];
    return [
      'dockerd',
      '--config-file',
      config,
      '-H',
      `unix://${this.socket}`,
      ...paths,
      ...network,
      ...storage,
    ];
  }

  /** The docker client against this daemon. */
  cli(words: readonly string[]): Promise<string> {
    return this.#core.run(['docker', '-H', `unix://${this.socket}`, ...words]);
  }

  async run(options: DockerRun): Promise<LabContainer> {
    const { name, args = [], cmd = defaultCommand, image = DockerEngine.image } = options;
    const network = args.some((word) => /^--net(work)?\b/.test(word)) ? [] : ['--network', 'none'];
    const id = (await this.cli(['run', '-d', '--name', name, ...network, ...args, image, ...cmd])).trim();
    const { State } = await this.inspect(id);
    const initPid = await awaitCommand(State.Pid);
    this.#core.process(initPid, `docker ${name}`);
    this.#core.claimCgroupsOf(initPid);
    return {
      runtime: 'docker',
      name,
      id,
      initPid,
      commandPid: initPid,
      image,
      exec: async (argv, execOptions) => {
        const pid = await awaitCommand(await dockerExec(this.socket, id, argv, execOptions));
        return this.#core.process(pid, argv.join(' '));
      },
      pause: async () => void (await this.cli(['pause', id])),
      resume: async () => void (await this.cli(['unpause', id])),
      stop: async () => void (await this.cli(['rm', '-f', id])),
    };
  }

  /** `docker inspect`, parsed. */
  async inspect(id: string): Promise<DockerInspect> {
    const [container] = JSON.parse(await this.cli(['inspect', id])) as DockerInspect[];
    if (!container) throw new Error(`docker inspect ${id}: empty answer`);
    return container;
  }

  /** `docker stats --no-stream`, parsed: strings such as "560KiB / 64MiB". Takes over a second: docker measures twice. */
  async stats(id: string): Promise<DockerStats> {
    return JSON.parse(await this.cli(['stats', '--no-stream', '--format', '{{json .}}', id])) as DockerStats;
  }

  log(): string {
    return this.#daemon ? readFileSync(this.#daemon.log, 'utf8') : '';
  }

  async stop(): Promise<void> {
    const daemon = this.#daemon;
    if (!daemon || daemon.isEnded()) return; // by a test that wants to see containers without engine: the sweep ends them
    this.#daemon = undefined;
    const ids = (await this.cli(['ps', '-aq'])).split('\n').filter((id) => id !== '');
    if (ids.length > 0) await this.cli(['rm', '-f', ...ids]);
    process.kill(daemon.pid, 'SIGTERM');
    await daemon.end();
  }
}
