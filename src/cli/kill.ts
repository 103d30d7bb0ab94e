/** `porthole kill TARGET`: a signal to a container's init, or to all of it. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { SIGNALS, signalNumber } from '../kernel/tables/signals.ts';
import { durationMs } from './duration.ts';
import type { KillWords } from './kill-run.ts';
import { addJsonOption, addSourceOptions } from './options.ts';

const EXAMPLES = `
Examples:
  porthole kill web                   SIGTERM to its init
  porthole kill web -s HUP            read your configuration again
  porthole kill web --wait 10s        SIGTERM, and SIGKILL to all of it when it has not ended by then
  porthole kill web -s KILL --all     every process of it, at once
  porthole kill web --all --dry-run   which processes that would be

Exit status: 0 sent (with --wait: and it has ended); 4 it has not ended, or was refused; 3 no such target; 5 not
permitted.`;

/** As kill(1) and the dashboard offer them. */
const OFFERED = [...SIGNALS.keys()].filter((name) => !name.includes('RT')).map((name) => name.slice(3));

export function addKill(program: Command): void {
  const command = program
    .command('kill')
    .argument('<target>', 'container name, id, host pid, cgroup path or namespace')
    .summary('send a signal to a container')
    .description('Send a signal to the init of a container, or to every process of it.');
  addSourceOptions(addJsonOption(command))
    .addOption(
      new Option('-s, --signal <signal>', 'which one, by name or number')
        .choices(OFFERED)
        .argParser(signal)
        .default(signalNumber('TERM'), 'TERM'),
    )
    .option('-a, --all', 'to every process of it and of the containers in it, not to its init alone')
    .addOption(
      new Option('--wait <time>', 'wait for its end so long, then send SIGKILL to all of it').argParser(
        durationMs,
      ),
    )
    .option('--dry-run', 'print which processes would be signalled, and do nothing')
    .option('-q, --quiet', 'print nothing when it is done')
    .addHelpText('after', EXAMPLES)
    .action((target: string, options: KillWords) => run(target, options));
}

function signal(word: string): number {
  const number = signalNumber(word);
  if (number === undefined)
    throw new InvalidArgumentError('expected a signal such as TERM, SIGHUP or 15, from 1 to 64.');
  return number;
}

/** Loaded when it is asked for: it brings the launcher along. */
async function run(target: string, words: KillWords): Promise<void> {
  const { killTarget } = await import('./kill-run.ts');
  return killTarget(target, words);
}
