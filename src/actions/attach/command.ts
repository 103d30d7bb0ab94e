/** What is run: the command that was asked for, found as execvp would inside, or the user's shell. */
import { asBytes } from '../../kernel/text.ts';
import { variableIn } from './environment.ts';
import { AttachRefusal } from './options.ts';
import type { PlanInput } from './plan-input.ts';
import type { PlannedUser } from './user.ts';

const SHELLS = ['/bin/sh', '/usr/bin/sh', '/bin/bash', '/bin/ash', '/bin/busybox'];
const NO_SHELLS = /\/(?:nologin|false|true|sync|halt|shutdown)$/;

export function chooseCommand(
  input: PlanInput,
  user: Pick<PlannedUser, 'shell'>,
  environment: readonly string[],
): { readonly path: string; readonly argv: readonly string[] } {
  const [word] = input.options.command;
  if (word !== undefined) {
    const bytes = asBytes(word);
    return {
      path: bytes.includes('/') ? bytes : found(input, bytes, environment),
      argv: input.options.command.map(asBytes),
    };
  }
  const shell = user.shell();
  const candidates = [
    ...shellsAmong(input.view?.tools.directories ?? []),
    ...(shell === undefined || shell === '' || NO_SHELLS.test(shell) ? [] : [shell]),
    ...SHELLS,
  ];
  const path = candidates.find((candidate) => isProgram(input, candidate));
  if (path === undefined)
    throw new AttachRefusal(
      `${input.name} has no shell (no ${SHELLS.join(', ')}): bring yours with --tools host, or name a command after --`,
    );
  return { path, argv: path.endsWith('/busybox') ? ['sh'] : [path] };
}

/** The caller's shells come before the container's: who brings tools wants to use them. */
function shellsAmong(directories: readonly string[]): string[] {
  return ['bash', 'sh', 'ash', 'busybox'].flatMap((name) =>
    directories.map((directory) => `${directory}/${name}`),
  );
}

/** Where execvp would find it. Not found, it is looked for in the last place all the same: the kernel says ENOENT. */
function found(input: PlanInput, name: string, environment: readonly string[]): string {
  const directories = (variableIn(environment, 'PATH') ?? '')
    .split(':')
    .filter((each) => each.startsWith('/'));
  const paths = directories.map((directory) => `${directory.replace(/\/+$/, '')}/${name}`);
  return (
    paths.find((path) => isProgram(input, path)) ??
    paths.find((path) => isFile(input, path)) ??
    `/bin/${name}`
  );
}

function isFile({ stat }: PlanInput, path: string): boolean {
  const found = stat(path);
  return found.ok && found.value.isFile;
}

function isProgram({ stat }: PlanInput, path: string): boolean {
  const found = stat(path);
  return found.ok && found.value.isFile && (found.value.mode & 0o111) !== 0;
}
