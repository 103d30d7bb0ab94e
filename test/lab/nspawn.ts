// systemd-nspawn without systemd: in a scope cgroup that we make as machined would, with payload and supervisor below.
import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defaultCommand, type LabContainer, type RunContainer } from './container.ts';
import type { LabCore } from './core.ts';
import { hierarchyOf } from './host.ts';
import { inCgroups, nsenter } from './inside.ts';
import { descendantsOf, environOf } from './proc.ts';
import { waitFor } from './wait.ts';

export interface NspawnOptions extends RunContainer {
  /** Path of the cgroup in name=systemd and v2. Default: `/machine.slice/machine-NAME.scope`, as on a systemd host. */
  readonly scope?: string;
}

export async function startNspawn(core: LabCore, options: NspawnOptions): Promise<LabContainer> {
  const { name, args = [], cmd = defaultCommand } = options;
  // nspawn locks its directory tree and writes into it.
  const rootfs = join(core.dir, 'nspawn', name);
  cpSync(core.rootfs, rootfs, { recursive: true, verbatimSymlinks: true });
  const scopeDirs = makeScope(core, options.scope ?? `/machine.slice/machine-${escapeUnit(name)}.scope`);
  const nspawn = ['systemd-nspawn', '-D', rootfs, '--register=no', '--keep-unit', `--machine=${name}`];
  const words = [...nspawn, '--private-network', ...args, ...cmd];
  const launched = core.launch(await core.enclosed(inCgroups(scopeDirs, words)), `nspawn ${name}`);
  const init = await waitFor(() => {
    launched.check();
    const children = descendantsOf(launched.pid);
    return children.find((stat) => environOf(stat.pid).includes('container=systemd-nspawn'));
  }, `nspawn ${name} to become its command`);
  const { stop } = core.process(init.pid, `nspawn ${name}`);
  return {
    runtime: 'nspawn',
    name,
    id: name,
    initPid: init.pid,
    commandPid: init.pid,
    launcherPid: launched.pid,
    exec: (argv, execOptions) => nsenter(core, init.pid, ['-a'], argv, execOptions),
    async stop() {
      await stop();
      await launched.end();
    },
  };
}

function makeScope(core: LabCore, path: string): string[] {
  const mountPoints = ['name=systemd', ''].map((controller) => hierarchyOf(controller)?.mountPoint);
  return mountPoints
    .filter((mountPoint) => mountPoint !== undefined)
    .map((mountPoint) => {
      for (let parent = dirname(path); parent !== '/'; parent = dirname(parent)) {
        core.claimCgroupDir(join(mountPoint, parent), false);
      }
      core.claimCgroupDir(join(mountPoint, path), true);
      mkdirSync(dirname(join(mountPoint, path)), { recursive: true });
      mkdirSync(join(mountPoint, path)); // fails when there is a container of this name
      return join(mountPoint, path);
    });
}

/** systemd.unit(5): what is not a letter, digit, `:`, `_` or `.` becomes \xNN. */
const escapeUnit = (name: string): string =>
  name.replace(/[^\w:.]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
