// Finding and starting processes in containers that no engine keeps: by /proc and nsenter.
import type { ExecOptions, LabProcess } from './container.ts';
import type { LabCore, Launched } from './core.ts';
import { argvOf, descendantsOf, namespaceOf, type ProcessStat, statOf } from './proc.ts';
import { waitFor } from './wait.ts';

const enter = 'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 1; shift; done; shift; exec "$@"';

/** The command that runs `argv` in these cgroup directories: it moves there before it becomes the command. */
export const inCgroups = (dirs: readonly string[], argv: readonly string[]): string[] =>
  dirs.length === 0 ? [...argv] : ['sh', '-c', enter, 'sh', ...dirs, '--', ...argv];

/**
 * Waits for the program that a tool (unshare, bwrap, nsenter, chroot) was told to run, in its place or as a descendant: until it
 * has been executed, a process still shows the tool's own argv.
 */
export function programOf(launched: Launched, tool = launched.argv): Promise<ProcessStat> {
  const notYet = new Set(['', asShown(launched.argv), asShown(tool)]);
  return waitFor(
    () => {
      launched.check();
      const self = statOf(launched.pid);
      const tree = [...(self ? [self] : []), ...descendantsOf(launched.pid)];
      return tree.find((stat) => !notYet.has(argvOf(stat.pid).join('\0')));
    },
    `the program of ${launched.argv.join(' ')}`,
  );
}

/** An argv as argvOf() gives it: bytes of UTF-8, each as one character. */
const asShown = (argv: readonly string[]): string => Buffer.from(argv.join('\0')).toString('latin1');

/** The outermost process of `pid`'s own pid namespace among it and its ancestors up to the launcher: the container's init. */
export function initOf(pid: number, launcherPid: number): number {
  let init = pid;
  for (let at = pid; at !== launcherPid && at > 1; at = statOf(at)?.ppid ?? 0) {
    if (namespaceOf(at, 'pid') === namespaceOf(pid, 'pid')) init = at;
  }
  return init;
}

/** `runc` and `crun` start a process as themselves first, and only then become the command: its name comes before its argv. */
export async function awaitCommand(pid: number): Promise<number> {
  await waitFor(() => {
    const stat = statOf(pid);
    if (stat === undefined || /^c?run(c|$)/.test(stat.comm)) return false;
    return stat.state === 'Z' || argvOf(pid).join('') !== '';
  }, `process ${pid} to become its command`);
  return pid;
}

/** Enters what `flags` say (`-a`, or `-r` for a chroot) of a process. */
export async function nsenter(
  core: LabCore,
  pid: number,
  flags: readonly string[],
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<LabProcess> {
  const words = ['nsenter', '-t', String(pid), ...flags, ...(options.args ?? []), '--', ...argv];
  const launched = core.launch(words, `nsenter ${argv[0]}`);
  const program = await programOf(launched);
  return core.process(program.pid, argv.join(' '));
}
