/** `porthole completion SHELL`: scripts generated from a description of the commands, so that they cannot lag behind. Pure. */
import { bashCompletion } from './completion-bash.ts';
import { fishCompletion } from './completion-fish.ts';
import type { CommandSpec } from './completion-spec.ts';
import { zshCompletion } from './completion-zsh.ts';

export type { CommandSpec, OptionSpec } from './completion-spec.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const GENERATORS: Readonly<Record<Shell, (commands: readonly CommandSpec[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

export function completionScript(shell: Shell, commands: readonly CommandSpec[]): string {
  return GENERATORS[shell](withSharedOptions(commands));
}

/** The options of the nameless entry on every command, and the entry itself for what stands before a command. */
function withSharedOptions(commands: readonly CommandSpec[]): CommandSpec[] {
  const shared = commands.find((command) => command.name === '');
  const { options = [], alone = [] } = shared ?? {};
  const named = commands.filter((command) => command.name !== '');
  return [
    { name: '', summary: '', targets: false, ...shared, options: [...options, ...alone] },
    ...named.map((command) => ({ ...command, options: [...command.options, ...options] })),
  ];
}
