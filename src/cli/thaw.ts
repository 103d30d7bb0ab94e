/** `porthole thaw TARGET`: a frozen container goes on. */
import type { Command } from 'commander';
import { addFreezing } from './freeze.ts';
import type { ThawWords } from './freeze-run.ts';
import { addJsonOption, addSourceOptions } from './options.ts';

const EXAMPLES = `
Examples:
  porthole thaw web
  porthole thaw web --dry-run        which file would be written

Exit status: 0 it runs; 4 it is frozen still, as when a cgroup above it is; 3 no such target; 5 not permitted.`;

export function addThaw(program: Command): void {
  const command = program
    .command('thaw')
    .argument('<target>', 'container name, id, host pid, cgroup path or namespace')
    .summary('let a frozen container go on')
    .description('Let a frozen container go on, whoever froze it.');
  addSourceOptions(addJsonOption(addFreezing(command)))
    .addHelpText('after', EXAMPLES)
    .action((target: string, options: ThawWords) => run(target, options));
}

async function run(target: string, words: ThawWords): Promise<void> {
  const { thawTarget } = await import('./freeze-run.ts');
  return thawTarget(target, words);
}
