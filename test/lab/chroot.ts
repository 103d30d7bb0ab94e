// chroot(8): another root directory and nothing else.
import { defaultCommand, type LabContainer, type RunContainer } from './container.ts';
import type { LabCore } from './core.ts';
import { nsenter, programOf } from './inside.ts';

export interface ChrootOptions extends RunContainer {
  readonly rootfs?: string;
}

export async function startChroot(core: LabCore, options: ChrootOptions): Promise<LabContainer> {
  const { name, cmd = defaultCommand, args = [], rootfs = core.rootfs } = options;
  const launched = core.launch(['chroot', ...args, rootfs, ...cmd], `chroot ${name}`);
  const { pid } = await programOf(launched);
  const { stop } = core.process(pid, `chroot ${name}`);
  return {
    runtime: 'chroot',
    name,
    id: undefined,
    initPid: pid,
    commandPid: pid,
    exec: (argv, execOptions) => nsenter(core, pid, ['-r'], argv, execOptions),
    stop,
  };
}
