/**
 * The bash script. Container names are hostile, so candidates never pass through `compgen -W` or anything else that expands
 * words, and each is quoted before the shell sees it. Pure.
 */
import { inQuotes } from '../model/shell-word.ts';
import type { CommandSpec, OptionSpec } from './completion-spec.ts';

export function bashCompletion(commands: readonly CommandSpec[]): string {
  return [
    '# bash completion for porthole: source this file, or put it in /usr/share/bash-completion/completions/porthole',
    TARGETS,
    caseFunction('_porthole_option', '"$1 $2"', commands.flatMap(optionCases)),
    caseFunction('_porthole_flags', '"$1"', commands.map(flagCase)),
    caseFunction('_porthole_first', '"$1"', commands.flatMap(firstArgumentCase)),
    caseFunction('_porthole_later', '"$1"', commands.flatMap(laterCase)),
    caseFunction('_porthole_paths', '"$1"', commands.flatMap(targetPathCase)),
    COMPLETE,
    'complete -F _porthole porthole',
    '',
  ].join('\n');
}

/** Sets takes=1 for an option with a value, and values and list for one that can be completed. */
function optionCases({ name, options }: CommandSpec): string[] {
  return options.filter((option) => option.takesValue).map((option) => optionCase(name, option));
}

function optionCase(command: string, { flags, values, list, directories }: OptionSpec): string {
  const patterns = flags.map((flag) => inQuotes(`${command} ${flag}`)).join('|');
  const offered = values === undefined ? '' : ` values=(${values.map(inQuotes).join(' ')})`;
  const also = `${list === true ? ' list=1' : ''}${directories === true ? ' directories=1' : ''}`;
  return `    ${patterns}) takes=1${offered}${also} ;;`;
}

function flagCase({ name, options }: CommandSpec): string {
  return `    ${inQuotes(name)}) values=(${options.flatMap((option) => option.flags.map(inQuotes)).join(' ')}) ;;`;
}

function firstArgumentCase(command: CommandSpec, _index: number, all: readonly CommandSpec[]): string[] {
  if (command.targets) return [`    ${inQuotes(command.name)}) mapfile -t values < <(_porthole_targets) ;;`];
  const words =
    command.name === '' ? all.map(({ name }) => name).filter((name) => name !== '') : command.arguments;
  return words === undefined
    ? []
    : [`    ${inQuotes(command.name)}) values=(${words.map(inQuotes).join(' ')}) ;;`];
}

function laterCase({ name, later }: CommandSpec): string[] {
  if (later === undefined) return [];
  return [
    `    ${inQuotes(name)}) values=(${later.map(inQuotes).join(' ')}); compopt -o nospace 2>/dev/null ;;`,
  ];
}

/** Targets with the colon that comes before a path; no blank behind it, and files of the host where none fits. */
function targetPathCase({ name, targetPaths }: CommandSpec): string[] {
  if (targetPaths !== true) return [];
  return [
    `    ${inQuotes(name)}) mapfile -t values < <(_porthole_targets); values=("\${values[@]/%/:}"); compopt -o default -o nospace 2>/dev/null ;;`,
  ];
}

function caseFunction(name: string, subject: string, cases: readonly string[]): string {
  return [`${name}() {`, `  case ${subject} in`, ...cases, '    *) ;;', '  esac', '}', ''].join('\n');
}

const TARGETS = `
_porthole_targets() {
  porthole ps -a -q --no-headers 2>/dev/null
  porthole ps -a --columns name --no-headers 2>/dev/null
}
`;

const COMPLETE = `# Offers those of values that begin with the current word. Readline replaces only what follows the last : or = of it.
_porthole_reply() {
  local before=$1 word=$2 value stops= strip=
  [[ $COMP_WORDBREAKS == *:* ]] && stops+=:
  [[ $COMP_WORDBREAKS == *=* ]] && stops+==
  [[ -n $stops ]] && strip=$before$word && strip=\${strip%"\${strip##*[$stops]}"}
  for value in "\${values[@]}"; do
    [[ -n $value && $value == "$word"* ]] || continue
    value=$before$value
    value=\${value#"$strip"}
    [[ $value == *[^A-Za-z0-9_@%+=:,./-]* ]] && printf -v value %q "$value"
    COMPREPLY+=("$value")
  done
}

_porthole() {
  local IFS=$' \\t\\n' line=\${COMP_LINE:0:COMP_POINT} cur= command= expects= before= word takes= list= directories= seen=0 i
  local -a words=() values=()
  COMPREPLY=()
  read -ra words <<<"$line"
  if [[ $line != *[[:blank:]] ]]; then
    cur=\${words[\${#words[@]} - 1]}
    words=("\${words[@]:0:\${#words[@]} - 1}")
  fi
  for ((i = 1; i < \${#words[@]}; i++)); do
    word=\${words[i]}
    if [[ -n $expects ]]; then
      expects=
      continue
    fi
    case $word in
      --)
        compopt -o default 2>/dev/null
        return
        ;;
      -*=*) ;;
      -*)
        takes=
        _porthole_option "$command" "$word"
        [[ -n $takes ]] && expects=$word
        ;;
      *) if [[ -z $command ]]; then command=$word; else seen=$((seen + 1)); fi ;;
    esac
  done
  values=() takes= list= directories=
  if [[ -z $expects && $cur == --*=* ]]; then
    expects=\${cur%%=*}
    before=$expects=
    cur=\${cur#*=}
  fi
  if [[ -n $expects ]]; then
    _porthole_option "$command" "$expects"
    if [[ -n $list ]]; then
      compopt -o nospace 2>/dev/null
      before+=\${cur%"\${cur##*,}"}
      cur=\${cur##*,}
    fi
    [[ -n $directories ]] && compopt -o plusdirs 2>/dev/null
    ((\${#values[@]} == 0)) && compopt -o default 2>/dev/null
  elif [[ $cur == -* ]]; then
    _porthole_flags "$command"
  elif ((seen == 0)); then
    _porthole_first "$command"
  else
    _porthole_later "$command"
  fi
  [[ -z $expects && $cur != -* ]] && ((seen < 2)) && _porthole_paths "$command"
  ((\${#values[@]} == 0)) && [[ -z $expects && -n $command && $cur != -* ]] && compopt -o default 2>/dev/null
  _porthole_reply "$before" "$cur"
}
`;
