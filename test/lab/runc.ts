// runc (and crun where it runs) with a bundle from `runc spec`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultCommand, type LabContainer, type LabProcess, type RunContainer } from './container.ts';
import type { LabCore } from './core.ts';
import { awaitCommand } from './inside.ts';

/** The parts of an OCI config.json that the lab or a test sets; the rest is as `runc spec` made it. */
export interface OciSpec {
  process: { terminal: boolean; args: string[]; rlimits?: unknown; [key: string]: unknown };
  root: { path: string; readonly?: boolean };
  linux: { cgroupsPath?: string; [key: string]: unknown };
  annotations?: Record<string, string>;
  [key: string]: unknown;
}

export interface RuncOptions extends RunContainer {
  /** crun 1.8 refuses hybrid hosts. */
  readonly binary?: 'runc' | 'crun';
  /** Default: none, so that runc uses the caller's own cgroups with the name appended. */
  readonly cgroupsPath?: string;
  readonly rootfs?: string;
  readonly edit?: (spec: OciSpec) => void;
}

export async function startRunc(core: LabCore, options: RuncOptions): Promise<LabContainer> {
  const { name, binary = 'runc', args = [] } = options;
  const bundle = join(core.dir, binary, name);
  const pidFile = join(bundle, 'init.pid');
  const runtime = [binary, '--root', join(core.dir, binary, 'state')];
  await writeBundle(core, bundle, options);
  await core.run([...runtime, 'run', '-d', '--bundle', bundle, '--pid-file', pidFile, ...args, name]);
  const initPid = await awaitCommand(readPid(pidFile));
  const init = core.process(initPid, `${binary} ${name}`);
  core.claimCgroupsOf(initPid);
  const resume = async () => void (await core.run([...runtime, 'resume', name]));
  const isPaused = async () =>
    (JSON.parse(await core.run([...runtime, 'state', name])) as { status: string }).status === 'paused';
  let execs = 0;
  return {
    runtime: binary,
    name,
    id: name,
    initPid,
    commandPid: initPid,
    async exec(argv, { args: execArgs = [] } = {}): Promise<LabProcess> {
      execs += 1;
      const execPidFile = join(bundle, `exec-${execs}.pid`);
      await core.run([...runtime, 'exec', '-d', '--pid-file', execPidFile, ...execArgs, name, ...argv]);
      return core.process(await awaitCommand(readPid(execPidFile)), argv.join(' '));
    },
    pause: async () => void (await core.run([...runtime, 'pause', name])),
    resume,
    async stop() {
      // `delete -f` would poll until somebody reaps the init, which may take pid 1 of the host two seconds.
      if (await isPaused()) await resume(); // SIGKILL waits in a frozen v1 cgroup
      await init.stop();
      await core.run([...runtime, 'delete', name]);
    },
  };
}

const readPid = (file: string): number => Number(readFileSync(file, 'latin1'));

async function writeBundle(core: LabCore, bundle: string, options: RuncOptions): Promise<void> {
  mkdirSync(bundle, { recursive: true });
  await core.run(['runc', 'spec', '--bundle', bundle]);
  const file = join(bundle, 'config.json');
  const spec = JSON.parse(readFileSync(file, 'utf8')) as OciSpec;
  spec.process.terminal = false;
  spec.process.args = [...(options.cmd ?? defaultCommand)];
  delete spec.process.rlimits; // raising one needs CAP_SYS_RESOURCE
  spec.root.path = options.rootfs ?? core.rootfs;
  if (options.cgroupsPath !== undefined) spec.linux.cgroupsPath = options.cgroupsPath;
  options.edit?.(spec);
  writeFileSync(file, JSON.stringify(spec, null, 1));
}
