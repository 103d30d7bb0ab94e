// LXC with a config of five lines; the monitor stays as the parent of the container's init.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultCommand, type LabContainer, type RunContainer } from './container.ts';
import type { LabCore } from './core.ts';
import { programOf } from './inside.ts';
import { environOf, isAlive, statOf } from './proc.ts';
import { waitFor } from './wait.ts';

export interface LxcOptions extends RunContainer {
  /** More lines for the container's config. */
  readonly config?: readonly string[];
}

export async function startLxc(core: LabCore, options: LxcOptions): Promise<LabContainer> {
  const { name, args = [], cmd = defaultCommand, config = [] } = options;
  const lxcPath = join(core.dir, 'lxc');
  const lxc = async (tool: string, words: readonly string[]): Promise<string> =>
    core.runEnclosed([tool, '-P', lxcPath, '-n', name, ...words]);
  mkdirSync(join(lxcPath, name), { recursive: true });
  writeFileSync(join(lxcPath, name, 'config'), configOf(core, name, config));
  // lxc.pivot is where the monitor hides for the moment of its end; LXC leaves it behind.
  for (const dir of [`lxc.payload.${name}`, `lxc.monitor.${name}`]) core.claimCgroup(dir, true);
  core.claimCgroup('lxc.pivot', false);
  await lxc('lxc-start', ['-o', join(core.dir, 'log', `lxc-${name}.log`), ...args, '--', ...cmd]);
  const initPid = Number((await lxc('lxc-info', ['-p', '-H'])).trim());
  const init = core.process(initPid, `lxc ${name}`);
  // A name in use gets -1 appended: note what they are really called, the monitor's too.
  for (const pid of [initPid, statOf(initPid)?.ppid ?? initPid]) core.claimCgroupsOf(pid);
  await waitFor(() => environOf(initPid).includes('container=lxc'), `lxc ${name} to become its command`);
  const stopIfRunning = async () => {
    if (isAlive(init)) await lxc('lxc-stop', ['-k']);
  };
  core.onClose(`lxc ${name}`, stopIfRunning);
  return {
    runtime: 'lxc',
    name,
    id: name,
    initPid,
    commandPid: initPid,
    async exec(argv, { args: execArgs = [] } = {}) {
      const words = ['lxc-attach', '-P', lxcPath, '-n', name, ...execArgs, '--', ...argv];
      const launched = core.launch(await core.enclosed(words), `lxc-attach ${name}`);
      const program = await programOf(launched, words);
      return core.process(program.pid, argv.join(' '));
    },
    pause: async () => void (await lxc('lxc-freeze', [])),
    resume: async () => void (await lxc('lxc-unfreeze', [])),
    stop: stopIfRunning,
  };
}

const configOf = (core: LabCore, name: string, more: readonly string[]): string =>
  [
    `lxc.rootfs.path = dir:${core.rootfs}`,
    `lxc.uts.name = ${name}`,
    'lxc.net.0.type = empty',
    'lxc.apparmor.profile = unconfined',
    'lxc.mount.auto = proc sys',
    ...more,
    '',
  ].join('\n');
