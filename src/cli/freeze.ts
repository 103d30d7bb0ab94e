/** `porthole freeze TARGET [-- CMD...]`: every process of a container stopped, and how long. */
import { type Command, Option } from 'commander';
import { durationMs } from './duration.ts';
import type { FreezeWords } from './freeze-run.ts';
import { addJsonOption, addSourceOptions } from './options.ts';

const EXAMPLES = `
Examples:
  porthole freeze web                           until somebody thaws it
  porthole freeze web --for 30s                 thaws by itself, also when Porthole is killed
  porthole freeze db -- tar -C /srv/db -cf db.tar .   frozen while the command runs
  porthole freeze web --dry-run                 which file would be written
  porthole freeze 4711 --move                   a container without a cgroup of its own is given one

Exit status: 0 frozen; 4 it could not be frozen in time and was thawed again, or was refused; 3 no such target;
5 not permitted. With a command, the command's own.`;

export function addFreeze(program: Command): void {
  const command = program
    .command('freeze')
    .argument('<target>', 'container name, id, host pid, cgroup path or namespace')
    .argument('[command...]', 'what to run while it is frozen, after --')
    .summary('stop every process of a container')
    .description('Stop every process of a container, with its cgroup, until it is thawed.');
  addSourceOptions(addJsonOption(addFreezing(command)))
    .addOption(new Option('--for <time>', 'thaw by itself after this: 250ms, 30s, 10m').argParser(durationMs))
    .option('--move', 'give a container that has no cgroup of its own one, and freeze that')
    .addHelpText('after', EXAMPLES)
    .action((target: string, argv: readonly string[], options: FreezeWords) => run(target, argv, options));
}

/** What freeze and thaw have in common. */
export function addFreezing(command: Command): Command {
  return command
    .addOption(
      new Option('--timeout <time>', 'give up after this').argParser(durationMs).default(10_000, '10s'),
    )
    .option('--dry-run', 'print what would be done, and do nothing')
    .option('-q, --quiet', 'print nothing when it is done');
}

/** Loaded when it is asked for: it brings the launcher along. */
async function run(target: string, argv: readonly string[], words: FreezeWords): Promise<void> {
  const { freezeTarget } = await import('./freeze-run.ts');
  return freezeTarget(target, argv, words);
}
