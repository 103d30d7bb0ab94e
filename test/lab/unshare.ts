// unshare(1): any set of namespaces, no engine.
import type { LabCgroup } from './cgroup.ts';
import { defaultCommand, type LabContainer, type RunContainer } from './container.ts';
import type { LabCore } from './core.ts';
import { inCgroups, initOf, nsenter, programOf } from './inside.ts';

export interface UnshareOptions extends Omit<RunContainer, 'name' | 'args'> {
  readonly name?: string;
  /** Default: `-Urmpf --mount-proc`. */
  readonly flags?: readonly string[];
  /** Where it starts; default: where the test is. */
  readonly cgroup?: LabCgroup;
}

export async function startUnshare(core: LabCore, options: UnshareOptions): Promise<LabContainer> {
  const { name = 'unshare', cmd = defaultCommand, flags = ['-Urmpf', '--mount-proc'], cgroup } = options;
  const tool = ['unshare', ...flags, '--', ...cmd];
  const launched = core.launch(inCgroups(Object.values(cgroup?.dirs ?? {}), tool), `unshare ${name}`);
  const program = await programOf(launched, tool);
  const { stop } = core.process(program.pid, `unshare ${name}`);
  const isForked = program.pid !== launched.pid;
  return {
    runtime: 'unshare',
    name,
    id: undefined,
    initPid: initOf(program.pid, launched.pid),
    commandPid: program.pid,
    ...(isForked && { launcherPid: launched.pid }),
    // A user namespace that maps only root refuses setgroups: keep the credentials we have.
    exec: (argv, execOptions) =>
      nsenter(core, program.pid, ['-a', '--preserve-credentials'], argv, execOptions),
    async stop() {
      await stop();
      if (isForked) await launched.end();
    },
  };
}
