/** The zsh script, for `_arguments`. Candidates from containers go through `compadd -a`, which quotes them. Pure. */
import { inQuotes } from '../model/shell-word.ts';
import type { CommandSpec, OptionSpec } from './completion-spec.ts';

export function zshCompletion(commands: readonly CommandSpec[]): string {
  const shared = commands.find((command) => command.name === '');
  const named = commands.filter((command) => command.name !== '');
  return [
    '#compdef porthole',
    '# zsh completion for porthole: put this file as _porthole into a directory of $fpath',
    TARGETS,
    '_porthole_commands() {',
    '  local -a commands',
    `  commands=(${named.map(({ name, summary }) => inQuotes(`${name.replaceAll(':', '\\:')}:${summary}`)).join(' ')})`,
    "  _describe -t commands 'porthole command' commands",
    '}',
    '',
    '_porthole() {',
    '  local curcontext=$curcontext state state_descr line',
    '  local -A opt_args',
    `  _arguments -C -s -S ${optionSpecs(shared?.options ?? [])} '1:command:_porthole_commands' '*::argument:->rest'`,
    '  [[ $state == rest ]] || return',
    '  case $words[1] in',
    ...named.map((command) => `    ${inQuotes(command.name)}) _arguments -s -S ${commandSpecs(command)} ;;`),
    '  esac',
    '}',
    '',
    'if [[ $funcstack[1] == _porthole ]]; then _porthole "$@"; else compdef _porthole porthole; fi',
    '',
  ].join('\n');
}

const TARGETS = `
_porthole_targets() {
  local -a found
  found=(\${(f)"$(porthole ps -a -q --no-headers 2>/dev/null; porthole ps -a --columns name --no-headers 2>/dev/null)"})
  compadd -a found
}

_porthole_paths() {
  local -a found
  found=(\${(f)"$(porthole ps -a -q --no-headers 2>/dev/null; porthole ps -a --columns name --no-headers 2>/dev/null)"})
  compadd -S : -a found
  _files
}
`;

function commandSpecs({ options, targets, targetPaths, later, arguments: words }: CommandSpec): string {
  if (targetPaths === true) return `${optionSpecs(options)} ${inQuotes('*:file:_porthole_paths')}`;
  const first = targets
    ? '_porthole_targets'
    : words === undefined
      ? '_files'
      : `(${words.map(inAction).join(' ')})`;
  const rest = later === undefined ? '_files' : `compadd -S "" - ${later.map(inAction).join(' ')}`;
  return `${optionSpecs(options)} ${inQuotes(`1:argument:${first}`)} ${inQuotes(`*:argument:${rest}`)}`;
}

function optionSpecs(options: readonly OptionSpec[]): string {
  return options
    .flatMap((option) => option.flags.map((flag) => inQuotes(optionSpec(flag, option))))
    .join(' ');
}

/** `-x[what it does]:value:(a b c)`; a long option also takes its value after `=`. */
function optionSpec(flag: string, option: OptionSpec): string {
  const { flags, takesValue, description } = option;
  const others = flags.length > 1 ? `(${flags.join(' ')})` : '';
  const equals = takesValue ? (flag.startsWith('--') ? '=' : '+') : '';
  return `${others}${flag}${equals}[${inBrackets(description)}]${takesValue ? `:value:${action(option)}` : ''}`;
}

function action({ values, list, directories }: OptionSpec): string {
  if (values === undefined) return '_files';
  const words = values.map(inAction).join(' ');
  if (directories === true) return `{compadd - ${words}; _directories}`;
  return list === true ? `_sequence compadd - ${words}` : `(${words})`;
}

function inBrackets(text: string): string {
  return text.replace(/[[\]\\:]/g, '\\$&');
}

/** Actions are split and evaluated by _arguments. */
function inAction(word: string): string {
  return word.replace(/[^\w@%+=.,/-]/g, '\\$&');
}
