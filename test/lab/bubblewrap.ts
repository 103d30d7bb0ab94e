// bubblewrap: the sandbox of flatpak. It puts an init of its own (pid 1 inside, also called bwrap) before the command.
import { defaultCommand, type LabContainer, type RunContainer } from './container.ts';
import type { LabCore } from './core.ts';
import { initOf, nsenter, programOf } from './inside.ts';

export async function startBubblewrap(core: LabCore, options: RunContainer): Promise<LabContainer> {
  const { name, cmd = defaultCommand, args = ['--unshare-all', '--hostname', name] } = options;
  const view = ['--bind', core.rootfs, '/', '--proc', '/proc', '--dev', '/dev'];
  const launched = core.launch(['bwrap', ...args, ...view, '--', ...cmd], `bwrap ${name}`);
  const program = await programOf(launched);
  const initPid = initOf(program.pid, launched.pid);
  const { stop } = core.process(initPid, `bwrap ${name}`);
  return {
    runtime: 'bubblewrap',
    name,
    id: undefined,
    initPid,
    commandPid: program.pid,
    launcherPid: launched.pid,
    exec: (argv, execOptions) =>
      nsenter(core, program.pid, ['-a', '--preserve-credentials'], argv, execOptions),
    async stop() {
      await stop();
      await launched.end();
    },
  };
}
