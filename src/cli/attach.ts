/** `porthole attach TARGET [-- CMD...]`: a command inside a container, with the container's own view and rights. */
import type { Command } from 'commander';
import { USUAL_DETACH_KEYS } from '../actions/terminal/detach-keys.ts';
import { NAMESPACE_TYPES } from '../kernel/tables/namespaces.ts';
import type { AttachWords } from './attach-words.ts';
import { addSourceOptions, ColumnsOption, DirectoryOption } from './options.ts';

const EXAMPLES = `
Examples:
  porthole attach web                        its user's shell
  porthole attach web -- ps -ef              one command; its exit status is ours
  porthole attach web --user www:www -- id   as another user of the container
  porthole attach web --ns net -- ss -ltn    its network, your files
  porthole attach web --tools host           your shell and programs, where an image has none
  porthole attach web --dry-run -- true      what would be done, as system calls

Exit status: the command's own; 128+n when signal n ended it; 125 when Porthole failed, 126 when the command
could not be executed, 127 when it was not found; 2 wrong usage, 3 no such target, 5 not permitted.`;

const TOOLS = "your programs in the container's view: this host's, or those of a directory";

export function addAttach(program: Command): void {
  const command = program
    .command('attach')
    .argument('<target>', 'container name, id, host pid, cgroup path or namespace')
    .argument('[command...]', "what to run, after --; default: the user's shell in the container")
    .summary('run a command inside a container')
    .description(
      'Run a command inside a container: in its namespaces, cgroups and root, with its user, rights and limits.',
    );
  addSourceOptions(command)
    .option('-u, --user <user[:group]>', "another user than the container's, by name or number")
    .option('--groups <list>', 'supplementary groups, separated by commas')
    .option('--workdir <dir>', "where to start; default: where the container's init is")
    .option('-e, --env <name=value>', 'set a variable; without a value, take ours', collected)
    .option('--env-clean', "leave out the environment of the container's init")
    .addOption(new ColumnsOption('--ns <list>', 'join only these namespaces', NAMESPACE_TYPES))
    .addOption(withoutNamespaces())
    .option('--no-cgroup', 'stay out of its cgroups: its limits do not hold the command')
    .option('--privileged', 'keep all capabilities, and leave out no_new_privs and the security label')
    .option('--cap-add <list>', 'give these capabilities as well')
    .option('--cap-drop <list>', 'take these away')
    .option('--root <dir>', 'a directory of the container as root')
    .addOption(new DirectoryOption('--tools <host-or-dir>', TOOLS, ['host']))
    .option('-d, --detach', 'do not wait for the command; its stdin, stdout and stderr are /dev/null')
    .option('--pid-file <file>', "write the command's pid, as the host counts, into this file")
    .option('-i, --interactive', 'for the habit: stdin is always passed on')
    .option('-t, --tty', 'a terminal of its own; the default when stdin and stdout are terminals')
    .option('-T, --no-tty', 'no terminal of its own: pipes where stdin, stdout or stderr are terminals')
    .option('--raw-tty', 'its terminal changes no byte: no echo, no line endings, no Ctrl-C')
    .option('--detach-keys <keys>', "keys that leave the command; '' for none", USUAL_DETACH_KEYS)
    .option('--ignore-frozen', 'attach to a frozen container; the command waits until it is thawed')
    .option('--dry-run', 'print what would be done, and do nothing')
    .option('-q, --quiet', 'do not say what could not follow the container')
    .addHelpText('after', EXAMPLES)
    .action((target: string, words: readonly string[], options: AttachWords) => run(target, words, options));
}

/** Commander takes a name that begins with `no-` for the opposite of another option. */
function withoutNamespaces(): ColumnsOption {
  const option = new ColumnsOption('--no-ns <list>', 'join all but these', NAMESPACE_TYPES);
  option.negate = false;
  return option;
}

function collected(word: string, before: readonly string[] = []): readonly string[] {
  return [...before, word];
}

/** Loaded when it is asked for: it brings the launcher along. */
async function run(target: string, command: readonly string[], words: AttachWords): Promise<void> {
  const { attach } = await import('./attach-run.ts');
  return attach(target, command, words);
}
