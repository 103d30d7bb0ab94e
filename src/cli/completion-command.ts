/** `porthole completion SHELL`, and the description of all commands that it is made from. */
import { Argument, type Command, Help, type Option } from 'commander';
import { limitKeyIds } from '../model/limits/keys.ts';
import { type CommandSpec, completionScript, type OptionSpec, SHELLS, type Shell } from './completion.ts';
import { UsageError } from './exit.ts';
import { ColumnsOption, DirectoryOption } from './options.ts';
import { printOwn } from './print.ts';

const EXAMPLES = `
Examples:
  source <(porthole completion bash)                              in ~/.bashrc
  porthole completion zsh > "\${fpath[1]}/_porthole"
  porthole completion fish > ~/.config/fish/completions/porthole.fish`;

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', `which shell: ${SHELLS.join(', ')}`).argParser(shellOf))
    .summary('a completion script for bash, zsh or fish')
    .description('Print a completion script.')
    .addHelpText('after', EXAMPLES)
    .action((shell: Shell) => {
      return printOwn(completionScript(shell, commandSpecs(program)));
    });
}

function shellOf(word: string): Shell {
  const shell = SHELLS.find((each) => each === word);
  if (shell === undefined)
    throw new UsageError(`completion: no shell ${JSON.stringify(word)}; there are ${SHELLS.join(', ')}`);
  return shell;
}

/** Read off the commands themselves, so that completion knows every option there is. */
export function commandSpecs(program: Command): CommandSpec[] {
  const [version, ...shared] = new Help().visibleOptions(program);
  const names = program.commands.map((command) => command.name());
  return [
    {
      name: '',
      summary: '',
      targets: false,
      options: shared.map(optionSpec),
      alone: version === undefined ? [] : [optionSpec(version)],
    },
    ...namedSpecs(program),
    { name: 'help', summary: 'help for a command', targets: false, options: [], arguments: names },
  ];
}

function namedSpecs(program: Command): CommandSpec[] {
  return program.commands.map((command) => {
    const first = command.registeredArguments[0];
    return {
      name: command.name(),
      summary: command.summary(),
      options: command.options.filter(({ hidden }) => !hidden).map(optionSpec),
      targets: first?.name() === 'target',
      ...(first?.name() === 'source' && { targetPaths: true }),
      ...(first?.name() === 'shell' && { arguments: SHELLS }),
      ...(command.name() === 'limit' && { later: limitKeyIds().map((id) => `${id}=`) }),
    };
  });
}

function optionSpec(option: Option): OptionSpec {
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
    takesValue: option.required || option.optional,
    description: option.description,
    ...(option.argChoices !== undefined && { values: option.argChoices }),
    ...(option instanceof ColumnsOption && { values: option.words, list: true }),
    ...(option instanceof DirectoryOption && { values: option.words, directories: true }),
  };
}
