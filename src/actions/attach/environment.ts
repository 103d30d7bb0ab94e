/** The environment of the command: that of the container's init, with what `docker exec` would add. Pure. */
import type { Tools } from './tools/tools.ts';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface EnvironmentInput {
  /** `NAME=value` of the container's init, a character for a byte. */
  readonly inherited: readonly string[];
  readonly isClean: boolean;
  /** Another user than the init's: its HOME is not the init's. */
  readonly isOtherUser: boolean;
  home(): string;
  /** Of the terminal, where the command has one. */
  readonly term: string | undefined;
  /** Come first in PATH. */
  readonly tools?: Pick<Tools, 'directories' | 'variables'> | undefined;
  /** What the caller asked for, which counts most. */
  readonly added: readonly string[];
}

/** In the order of the init's, later values of a name in place of earlier ones. */
export function environmentOf(input: EnvironmentInput): string[] {
  const variables = new Map<string, string>();
  const set = (entry: string) => variables.set(nameOf(entry), entry);
  if (!input.isClean) for (const entry of input.inherited) if (!variables.has(nameOf(entry))) set(entry);
  if (!variables.has('PATH')) set(`PATH=${DEFAULT_PATH}`);
  if (input.tools !== undefined) bring(input.tools, variables);
  if (!variables.has('HOME') || input.isOtherUser) set(`HOME=${input.home() || '/'}`);
  if (input.term !== undefined) set(`TERM=${input.term}`);
  for (const entry of input.added) set(entry);
  return [...variables.values()];
}

function bring(
  { directories, variables: theirs }: Pick<Tools, 'directories' | 'variables'>,
  variables: Map<string, string>,
): void {
  const path = variables.get('PATH')?.slice('PATH='.length) ?? '';
  variables.set('PATH', `PATH=${[...directories, path].filter((each) => each !== '').join(':')}`);
  for (const entry of theirs) if (!variables.has(nameOf(entry))) variables.set(nameOf(entry), entry);
}

function nameOf(entry: string): string {
  return entry.slice(0, entry.indexOf('='));
}

export function variableIn(environment: readonly string[], name: string): string | undefined {
  return environment.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}
