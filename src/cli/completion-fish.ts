/** The fish script: one `complete` line for each option. fish quotes what it inserts. Pure. */
import type { CommandSpec, OptionSpec } from './completion-spec.ts';

export function fishCompletion(commands: readonly CommandSpec[]): string {
  return [
    '# fish completion for porthole: put this file into ~/.config/fish/completions/porthole.fish',
    TARGETS,
    ...commands.flatMap((command) => (command.name === '' ? sharedLines(command) : commandLines(command))),
    '',
  ].join('\n');
}

const TARGETS = `
function __porthole_targets
    porthole ps -a -q --no-headers 2>/dev/null
    porthole ps -a --columns name --no-headers 2>/dev/null
end

# The words after the command that are neither options nor the one being typed.
function __porthole_first_argument
    set -l words (commandline -opc)
    test (count (string match -v -- '-*' $words)) -le 2
end
`;

function sharedLines({ options }: CommandSpec): string[] {
  return options.map((option) => `complete -c porthole -n __fish_use_subcommand ${optionWords(option)}`);
}

function commandLines({
  name,
  summary,
  options,
  targets,
  targetPaths,
  later,
  arguments: words,
}: CommandSpec): string[] {
  const here = `__fish_seen_subcommand_from ${name}`;
  const first = `complete -c porthole -n ${quoted(`${here}; and __porthole_first_argument`)} -f -a`;
  return [
    `complete -c porthole -n __fish_use_subcommand -f -a ${quoted(name)} -d ${quoted(summary)}`,
    ...(targets ? [`${first} '(__porthole_targets)'`] : []),
    ...(targetPaths === true
      ? [`complete -c porthole -n ${quoted(here)} -a "(__porthole_targets | string replace -r '\\$' ':')"`]
      : []),
    ...(later === undefined
      ? []
      : [
          `complete -c porthole -n ${quoted(`${here}; and not __porthole_first_argument`)} -f -a ${quoted(later.join(' '))}`,
        ]),
    ...(words === undefined ? [] : [`${first} ${quoted(words.map(quoted).join(' '))}`]),
    ...options.map((option) => `complete -c porthole -n ${quoted(here)} ${optionWords(option)}`),
  ];
}

function optionWords(option: OptionSpec): string {
  const { flags, takesValue, description } = option;
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  return [...names, ...(takesValue ? valueWords(option) : []), `-d ${quoted(description)}`].join(' ');
}

/** -r: needs a value; -f: no files. */
function valueWords({ values, list, directories }: OptionSpec): string[] {
  if (values === undefined) return ['-r'];
  const words = values.map(quoted).join(' ');
  if (directories === true) return ['-x', `-a ${quoted(`${words} (__fish_complete_directories)`)}`];
  const offered = list === true ? `(__fish_complete_list , ${quoted(`printf '%s\\n' ${words}`)})` : words;
  return ['-x', `-a ${quoted(offered)}`];
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
