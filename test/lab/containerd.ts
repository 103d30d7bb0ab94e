// containerd with its client ctr: shims outlive containerd, so tasks are deleted before it ends.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultCommand, type LabContainer, type RunContainer } from './container.ts';
import type { LabCore, Launched } from './core.ts';
import { packDockerArchive } from './image.ts';
import { awaitCommand } from './inside.ts';
import { waitFor } from './wait.ts';

export interface ContainerdRun extends RunContainer {
  /** containerd's own kind of namespace, which names the parent cgroup: `default`, `k8s.io`. */
  readonly namespace?: string;
}

export class ContainerdEngine {
  static readonly image = 'porthole.test/lab:latest';
  readonly socket: string;
  readonly root: string;
  readonly state: string;
  readonly #core: LabCore;
  readonly #dir: string;
  readonly #running = new Map<string, string>();
  readonly #imported = new Set<string>();
  #daemon: Launched | undefined;

  constructor(core: LabCore) {
    this.#core = core;
    this.#dir = join(core.dir, 'containerd');
    this.socket = join(this.#dir, 'containerd.sock');
    this.root = join(this.#dir, 'root');
    this.state = join(this.#dir, 'state');
  }

  async start(): Promise<this> {
    mkdirSync(this.#dir);
    const config = join(this.#dir, 'config.toml');
    writeFileSync(config, this.#config());
    const daemon = this.#core.launch(
      await this.#core.enclosed(['containerd', '--config', config]),
      'containerd',
    );
    this.#daemon = daemon;
    this.#core.onClose('containerd', () => this.stop());
    await waitFor(async () => {
      daemon.check();
      return await this.cli(['--connect-timeout', '1s', 'version']).then(
        () => true,
        () => false, // not yet listening
      );
    }, 'containerd to answer');
    return this;
  }

  #config(): string {
    return `version = 2
root = "${this.root}"
state = "${this.state}"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${this.socket}"
[ttrpc]
  address = "${this.socket}.ttrpc"
`;
  }

  /** ctr, where its fifos and the shims' sockets are. */
  cli(words: readonly string[], namespace = 'default'): Promise<string> {
    return this.#core.runEnclosed(['ctr', '--address', this.socket, '--namespace', namespace, ...words]);
  }

  async run(options: ContainerdRun): Promise<LabContainer> {
    const { name, args = [], cmd = defaultCommand, namespace = 'default' } = options;
    const { image } = ContainerdEngine;
    const ctr = (...words: string[]) => this.cli(words, namespace);
    await this.#import(namespace);
    this.#core.claimCgroup(namespace, false);
    this.#running.set(name, namespace);
    await ctr('run', '-d', '--null-io', ...args, image, name, ...cmd);
    const initPid = await awaitCommand(await this.#initPid(name, namespace));
    this.#core.process(initPid, `containerd ${name}`);
    this.#core.claimCgroupsOf(initPid);
    let execs = 0;
    return {
      runtime: 'containerd',
      name,
      id: name,
      initPid,
      commandPid: initPid,
      image,
      exec: async (argv, { args: execArgs = [] } = {}) => {
        execs += 1;
        const id = `exec-${execs}`;
        await ctr('task', 'exec', '-d', '--exec-id', id, ...execArgs, name, ...argv);
        const list = await ctr('task', 'ps', name);
        const pid = Number(new RegExp(`^(\\d+).*ExecID:${id},`, 'm').exec(list)?.[1]);
        return this.#core.process(await awaitCommand(pid), argv.join(' '));
      },
      pause: async () => void (await ctr('task', 'pause', name)),
      resume: async () => void (await ctr('task', 'resume', name)),
      stop: () => this.#remove(name, namespace),
    };
  }

  async #import(namespace: string): Promise<void> {
    if (this.#imported.has(namespace)) return;
    await this.cli(
      ['images', 'import', await packDockerArchive(this.#core, ContainerdEngine.image)],
      namespace,
    );
    this.#imported.add(namespace);
  }

  async #initPid(name: string, namespace: string): Promise<number> {
    const tasks = (await this.cli(['task', 'ls'], namespace)).split('\n').map((line) => line.split(/\s+/));
    const pid = Number(tasks.find(([task]) => task === name)?.[1]);
    if (!(pid > 0)) throw new Error(`ctr task ls does not show ${name}`);
    return pid;
  }

  async #remove(name: string, namespace: string): Promise<void> {
    this.#running.delete(name);
    await this.cli(['task', 'rm', '--force', name], namespace);
    await this.cli(['container', 'rm', name], namespace);
  }

  async stop(): Promise<void> {
    const daemon = this.#daemon;
    if (!daemon || daemon.isEnded()) return; // by a test that wants to see containers without engine: the sweep ends them
    this.#daemon = undefined;
    for (const [name, namespace] of this.#running) await this.#remove(name, namespace);
    process.kill(daemon.pid, 'SIGTERM');
    await daemon.end();
  }
}
