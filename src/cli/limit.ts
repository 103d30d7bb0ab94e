/** `porthole limit TARGET [KEY=VALUE...]`: the limits of a container's cgroups, shown and changed. */
import { type Command, Option } from 'commander';
import { limitKeys } from '../model/limits/keys.ts';
import { PRESETS } from '../model/limits/presets.ts';
import { durationMs } from './duration.ts';
import type { LimitWords } from './limit-words.ts';
import { addJsonOption, addSourceOptions, seconds } from './options.ts';

const EXAMPLES = `
Examples:
  porthole limit web                             every limit, what counts, what is used
  porthole limit web memory=256M pids=200        set two; when one fails, both are as before
  porthole limit web cpu=1.5                     one and a half cores; cpu=50% is half a core
  porthole limit web memory=+20% --for 10m       more for ten minutes, then as before
  porthole limit web io=/dev/vda:rbps=10M,wiops=200
  porthole limit web memory=1G --dry-run         what would be written into which file
  porthole limit web --undo                      take the last change back
  porthole limit --history                       who changed what when
  porthole limit web memory=1G --persist         and what makes it last`;

function keysHelp(): string {
  const width = Math.max(...limitKeys().map(({ example }) => example.length));
  return limitKeys()
    .map(({ example, summary }) => `  ${example.padEnd(width)}  ${summary}`)
    .join('\n');
}

export function addLimit(program: Command): void {
  const command = program
    .command('limit')
    .argument('[target]', 'container name, id, host pid, cgroup path or namespace')
    .argument('[key=value...]', 'limits to set; without one, they are shown')
    .summary('show or change the limits of a container, live')
    .description(
      'Show the limits of a container, or change them: file by file, read back, and undone when one fails.',
    );
  addSourceOptions(addJsonOption(command))
    .option('--raw', 'exact numbers, and every rule for devices')
    .option(
      '--interval <seconds>',
      'look twice this far apart, for the processors in use and the rates of disks',
      seconds,
    )
    .option('--dry-run', 'print what would be written, and do nothing')
    .option('-q, --quiet', 'print nothing when it is done')
    .option('-f, --force', 'do it although it would do harm')
    .addOption(
      new Option('--for <time>', 'put back what was before after this time, as 30s or 10m').argParser(
        durationMs,
      ),
    )
    .option('--undo', 'take back the last change')
    .option('--history', 'print who changed what when, of all containers without TARGET')
    .option('--from <other>', 'set the limits that another container has')
    .option(
      '--preset <name>',
      `set those of a preset: ${Object.keys(PRESETS).join(', ')}, or one of your own`,
    )
    .option('--persist', 'print what makes limits last; without KEY=VALUE, those that are set')
    .option('--apply', 'with --persist: do that, too')
    .option('--move', 'make a cgroup for a container that has none of its own')
    .addHelpText(
      'after',
      () =>
        `${EXAMPLES}\n\nLimits:\n${keysHelp()}\n  KEY+=VALUE and KEY-=VALUE change what is there; max is no limit.`,
    )
    .action((target: string | undefined, words: readonly string[], options: LimitWords) =>
      run(target, words, options),
    );
}

/** Loaded when it is asked for: it brings the actions along. */
async function run(target: string | undefined, words: readonly string[], options: LimitWords): Promise<void> {
  const { limit } = await import('./limit-run.ts');
  return limit(target, words, options);
}
